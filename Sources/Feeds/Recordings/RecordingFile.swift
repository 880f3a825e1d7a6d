internal import Compression
internal import Glibc
internal import System

/// Why a recording cannot be written.
package enum RecordingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A call of the operating system failed. The code is `errno`.
    case system(operation: String, file: String, code: Int32)
    /// A recording is not written over what is there already.
    case exists(file: String, reason: String)
    /// The disk takes less than what is to be recorded.
    case tooSlow(file: String)

    package var description: String {
        switch self {
        case .system(let operation, let file, let code):
            "\(file): \(operation) failed: \(SystemError(operation: operation, code: code).reason)"
        case .exists(let file, let reason): "\(file) exists and \(reason): name another file or remove it"
        case .tooSlow(let file): "\(file): the disk is too slow for what is to be recorded"
        }
    }

    init(_ error: SystemError, file: String) {
        self = .system(operation: error.operation, file: file, code: error.code)
    }
}

/// The file that a recording is written to, compressed when its name says so. Only its owner may read it.
///
/// *Thread*: one at a time.
final class RecordingFile: @unchecked Sendable {
    // `Recorder` opens it and hands it to its thread; there is nothing here that belongs to a thread.
    /// Nil where the writer has it, and after the end.
    private var file: FileDescriptor?
    private var writer: GzipWriter?
    /// Whether lines are there from an earlier run.
    let isContinued: Bool

    /// Opens a new file, or one of ours to go on behind what it holds.
    /// - Throws: `.system` when the folder is missing or not to be written; `.exists` for a file that is not ours, or is
    ///   compressed.
    init(_ path: String) throws(RecordingError) {
        isContinued = try RecordingFile.isOurs(path)
        do throws(SystemError) {
            let opened = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o600)
            if path.hasSuffix(".gz") { writer = try GzipWriter(opened) } else { file = consume opened }
        } catch {
            throw RecordingError(error, file: path)
        }
    }

    /// Whether the file holds a recording of ours; false when it is new or empty.
    private static func isOurs(_ path: String) throws(RecordingError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size > 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .exists(file: path, reason: "it is no plain file") }
        guard !path.hasSuffix(".gz") else {
            throw .exists(file: path, reason: "a compressed recording cannot be gone on with")
        }
        let mark = Array("{\"t\":\"header".utf8)
        var start = [UInt8](repeating: 0, count: mark.count)
        do throws(SystemError) {
            let file = try FileDescriptor(opening: path)
            _ = try start.withUnsafeMutableBufferPointer { bytes throws(SystemError) in
                try file.read(into: UnsafeMutableRawBufferPointer(bytes), at: 0)
            }
        } catch {
            throw RecordingError(error, file: path)
        }
        guard start == mark else { throw .exists(file: path, reason: "it holds something that is no recording") }
        return true
    }

    /// Writes everything, or keeps it for `flush`.
    /// - Throws: such as a full disk; some of it may be written.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        if let writer { try writer.write(bytes) } else { try file?.write(bytes) }
    }

    /// Whoever reads the file now gets everything.
    func flush() throws(SystemError) { try writer?.flush() }

    /// Closes the file.
    func end() throws(SystemError) {
        try writer?.end()
        writer = nil
        try file.take()?.close()
    }
}
