import Glibc
import System

/// A folder of its own for files; it goes with all in it when nobody has it any more.
final class TemporaryFolder {
    let path: String

    init() throws {
        var name = Array("/tmp/cryptostream-bench-XXXXXX".utf8CString)
        guard mkdtemp(&name) != nil else {
            throw SelfProcess.Failed(reason: "no folder for files: \(SystemError.last("mkdtemp").reason)")
        }
        path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { _ = try? OtherProcess(["rm", "-r", path]).finish() }

    /// Calls `body` with the path of one that is there meanwhile.
    static func with(_ body: (String) throws -> Void) throws {
        let folder = try TemporaryFolder()
        try withExtendedLifetime(folder) { try body(folder.path) }
    }
}
