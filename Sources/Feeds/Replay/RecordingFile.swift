internal import Glibc

/// The file that a recording is written to, through `gzip` when its name says so.
///
/// *Thread*: one at a time.
final class RecordingFile: @unchecked Sendable {
    // `FrameRecorder` lets one thread in at a time; there is nothing here that belongs to a thread.
    private let path: String
    private var descriptor: Int32
    private var gzip: pid_t?
    /// Whether lines are there from an earlier run.
    let isContinued: Bool

    /// Opens a new file, or one of ours to go on behind what it holds.
    /// - Throws: `.system` when the folder is missing or not to be written; `.exists` for a file that is not ours, or is
    ///   compressed; `.noGzip`.
    init(_ path: String) throws(RecordingError) {
        self.path = path
        isContinued = try RecordingFile.isOurs(path)
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard file >= 0 else { throw .system(operation: "open", file: path, code: errno) }
        descriptor = file
        guard path.hasSuffix(".gz") else { return }
        defer { close(file) }
        descriptor = -1
        (descriptor, gzip) = try Gunzip.startPacking(to: file, path)
    }

    deinit { try? end() }

    /// Whether the file holds a recording of ours; false when it is new or empty.
    private static func isOurs(_ path: String) throws(RecordingError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_size > 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .exists(file: path, reason: "it is no plain file") }
        guard !path.hasSuffix(".gz") else {
            throw .exists(file: path, reason: "a compressed recording cannot be gone on with")
        }
        var reader = try LineReader(path: path)
        let start = try reader.next { line in line.withUnsafeBytes { Array($0.prefix(12)) } }
        guard start == Array("{\"t\":\"header".utf8) else {
            throw .exists(file: path, reason: "it holds something that is no recording")
        }
        return true
    }

    /// Writes everything.
    /// - Throws: `.system`, such as a full disk; some of it may be written.
    func write(_ bytes: [UInt8]) throws(RecordingError) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { raw in
                Glibc.write(descriptor, raw.baseAddress! + done, raw.count - done)  // not nil: not empty
            }
            if count > 0 {
                done += count
            } else if count == 0 || errno != EINTR {
                throw .system(operation: "write", file: path, code: count == 0 ? ENOSPC : errno)
            }
        }
    }

    /// Closes the file and waits until `gzip` has written its end; once.
    /// - Throws: `.system`, or `.packingFailed`.
    func end() throws(RecordingError) {
        guard descriptor >= 0 else { return }
        let code = close(descriptor) == 0 ? 0 : errno
        descriptor = -1
        if let gzip {
            self.gzip = nil
            guard Gunzip.reap(gzip) == 0 else { throw .packingFailed(file: path) }
        }
        if code != 0, code != EINTR { throw .system(operation: "close", file: path, code: code) }
    }
}
