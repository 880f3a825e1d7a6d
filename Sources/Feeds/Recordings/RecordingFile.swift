internal import Glibc
internal import System

/// The file that a recording is written to, through `gzip` when its name says so.
///
/// *Thread*: one at a time.
final class RecordingFile: @unchecked Sendable {
    // `FrameRecorder` lets one thread in at a time; there is nothing here that belongs to a thread.
    private let path: String
    /// Nil where `gzip` has it, and after the end.
    private var file: FileDescriptor?
    private var gzip: ChildProcess?
    /// Whether lines are there from an earlier run.
    let isContinued: Bool

    /// Opens a new file, or one of ours to go on behind what it holds.
    /// - Throws: `.system` when the folder is missing or not to be written; `.exists` for a file that is not ours, or is
    ///   compressed; `.noGzip`.
    init(_ path: String) throws(RecordingError) {
        self.path = path
        isContinued = try RecordingFile.isOurs(path)
        do throws(SystemError) {
            let opened = try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_APPEND)
            if path.hasSuffix(".gz") {
                gzip = try ChildProcess(
                    ["gzip", "-c"], input: .pipe, output: .descriptor(opened.number), errors: .nowhere)
            } else {
                file = consume opened
            }
        } catch {
            throw RecordingError(error, path)
        }
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
        do throws(SystemError) {
            if let gzip { try gzip.input?.write(bytes) } else { try file?.write(bytes) }
        } catch {
            throw RecordingError(error, path)
        }
    }

    /// Closes the file and waits until `gzip` has written its end; once.
    /// - Throws: `.system`, or `.packingFailed`.
    func end() throws(RecordingError) {
        if let gzip {
            self.gzip = nil
            gzip.input = nil
            guard gzip.wait() == .status(0) else { throw .packingFailed(file: path) }
        }
        do throws(SystemError) { try file.take()?.close() } catch { throw RecordingError(error, path) }
    }
}
