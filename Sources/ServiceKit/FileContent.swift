internal import Glibc
internal import System

/// What reading a file gave.
package enum FileContent: Sendable, Equatable {
    /// There is no such file.
    case absent
    /// The whole file.
    case bytes([UInt8])
    /// It is there, but could not be read: why.
    case unreadable(String)

    /// Reads a file whole, `/dev/stdin` and pipes included. *Thread*: any; blocks.
    package static func read(_ path: String) -> FileContent {
        do throws(SystemError) {
            return .bytes(try FileDescriptor(opening: path).contents())
        } catch {
            return error.code == ENOENT ? .absent : .unreadable(error.reason)
        }
    }

    /// The text of a file that a flag names, such as a token's.
    /// - Parameter flag: without dashes.
    /// - Throws: why it could not be read, in a line that begins with the flag.
    package static func text(of file: String, flag: String) throws(UsageError) -> String {
        switch read(file) {
        case .bytes(let bytes): return String(decoding: bytes, as: UTF8.self)
        case .absent: throw UsageError(["--\(flag): there is no file \(file)"])
        case .unreadable(let reason): throw UsageError(["--\(flag): \(file): \(reason)"])
        }
    }
}
