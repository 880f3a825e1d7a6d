internal import CryptoCore
internal import Glibc
internal import System

/// Why a recorded file cannot be read.
package enum RecordingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `open` or `read` failed. The code is `errno`.
    case system(operation: String, file: String, code: Int32)
    /// The file is compressed and there is no `gzip` to read it with.
    case noGzip(file: String)
    /// `gzip` found the file broken, or was ended.
    case gzipFailed(file: String)
    /// A recording is not written over what is there already.
    case exists(file: String, reason: String)
    /// `gzip` could not write all of a recording.
    case packingFailed(file: String)
    /// The disk takes less than what is to be recorded.
    case tooSlow(file: String)

    package var description: String {
        switch self {
        case .system(let operation, let file, let code):
            "\(file): \(operation) failed: \(SystemError(operation: operation, code: code).reason)"
        case .noGzip(let file): "\(file): there is no gzip in PATH: install gzip or use a file without .gz"
        case .gzipFailed(let file): "\(file): gzip could not unpack it to its end"
        case .exists(let file, let reason): "\(file) exists and \(reason): name another file or remove it"
        case .packingFailed(let file): "\(file): gzip could not write all of it"
        case .tooSlow(let file): "\(file): the disk is too slow for what is to be recorded"
        }
    }
}

extension RecordingError {
    /// What the system said about a recorded file, or about `gzip`.
    init(_ error: SystemError, _ path: String) {
        self =
            error.operation == "posix_spawnp" && error.code == ENOENT
            ? .noGzip(file: path) : .system(operation: error.operation, file: path, code: error.code)
    }
}

/// Reads a text file line by line, unpacking gzip through a child process.
///
/// *Thread*: one. A line longer than `maximumLine` is handed out cut to nothing, as rubbish.
package struct LineReader: ~Copyable {
    /// *Units*: bytes.
    static let maximumLine = 4 << 20

    /// Lines handed out so far; also the number of the last one, from 1.
    private(set) var lineNumber = 0
    private let path: String
    private let file: FileDescriptor?
    private let gzip: ChildProcess?
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    private var start = 0
    private var end = 0
    private var atEnd = false

    /// - Throws: `.system` when it cannot be opened, `.noGzip`.
    package init(path: String) throws(RecordingError) {
        self.path = path
        do throws(SystemError) {
            let opened = try FileDescriptor(opening: path)
            if LineReader.isPacked(opened) {
                // It ends by itself once nobody reads its pipe.
                gzip = try ChildProcess(
                    ["gzip", "-dc"], input: .descriptor(opened.number), output: .pipe, errors: .nowhere)
                file = nil
            } else {
                gzip = nil
                file = consume opened
            }
        } catch {
            throw RecordingError(error, path)
        }
    }

    /// A pipe, which cannot be looked into, is taken as it is.
    private static func isPacked(_ file: borrowing FileDescriptor) -> Bool {
        var magic: [UInt8] = [0, 0]
        let count = magic.withUnsafeMutableBytes { try? file.read(into: $0, at: 0) }
        return count == 2 && magic == [0x1F, 0x8B]
    }

    /// Hands the next line, without its end, to `body`; nil at the end of the file.
    /// - Throws: `.system` or `.gzipFailed` when the file cannot be read on.
    package mutating func next<R>(_ body: (RawSpan) -> R) throws(RecordingError) -> R? {
        while true {
            if let newline = indexOfNewline() {
                let line = start..<newline
                start = newline + 1
                return hand(line, body)
            }
            if atEnd {
                guard start < end else { return nil }
                let line = start..<end
                start = end
                return hand(line, body)
            }
            try fill()
        }
    }

    private mutating func hand<R>(_ line: Range<Int>, _ body: (RawSpan) -> R) -> R {
        lineNumber += 1
        var line = line
        if !line.isEmpty, buffer[line.upperBound - 1] == UInt8(ascii: "\r") {
            line = line.lowerBound..<line.upperBound - 1
        }
        return body(buffer.span.bytes.extracting(line))
    }

    private func indexOfNewline() -> Int? {
        buffer.withUnsafeBufferPointer { bytes in
            guard let base = bytes.baseAddress, start < end,
                let found = memchr(base + start, 0x0A, end - start)
            else { return nil }
            return UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    private mutating func fill() throws(RecordingError) {
        if start > 0 {
            buffer.withUnsafeMutableBytes { raw in
                if let base = raw.baseAddress { memmove(base, base + start, end - start) }
            }
            end -= start
            start = 0
        }
        if end == buffer.count {
            if buffer.count < LineReader.maximumLine {
                buffer += [UInt8](repeating: 0, count: buffer.count)
            } else {
                end = 0  // no line of ours is so long: what is left of it will not be JSON
            }
        }
        let count = try read(from: end)
        end += count
        atEnd = count == 0
        if atEnd, let gzip, gzip.wait() != .status(0) { throw .gzipFailed(file: path) }
    }

    /// Fills the buffer from there on, waiting for the first byte; how many came, 0 at the end.
    private mutating func read(from start: Int) throws(RecordingError) -> Int {
        let result = buffer.withUnsafeMutableBytes { bytes -> Result<Int, SystemError> in
            let room = UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
            do throws(SystemError) {
                if let gzip { return .success(try gzip.output?.read(into: room) ?? 0) }
                return .success(try file?.read(into: room) ?? 0)
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let count): return count
        case .failure(let error): throw RecordingError(error, path)
        }
    }
}
