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
}
