package import System

/// A file's content from beginning to end, unpacked as it is read: plain, gzip, or a zip archive of one file.
///
/// The first bytes decide which, not the name. A pipe may be plain or gzip. Memory is 64 KiB, however large the file.
/// *Thread*: one at a time; reading blocks.
package struct InputFile: ~Copyable {
    private enum Content {
        case plain
        case gzip(GzipReader)
        case zip(ZipReader)
    }

    private let path: String
    private let source: PackedBytes
    private let content: Content

    /// Opens the file and reads its first bytes.
    /// - Throws: `.system` when it cannot be opened or read; `.damaged` or `.unsupported` for a zip archive without its table of
    ///   contents, or of any number of files but one.
    package init(_ path: String) throws(InputFileError) {
        self.path = path
        do { (source, content) = try InputFile.open(path) } catch { throw InputFileError(path: path, problem: error) }
    }

    private static func open(_ path: String) throws(InputFileError.Problem) -> (PackedBytes, Content) {
        let source = try PackedBytes(path)
        // A pipe may give a magic number byte by byte.
        while source.count < 4, try source.fill() {}
        if source.starts(with: [0x1F, 0x8B]) { return (source, .gzip(try GzipReader())) }
        if source.starts(with: "PK\u{3}\u{4}".utf8) { return (source, .zip(try ZipReader(path))) }
        if source.starts(with: "PK\u{5}\u{6}".utf8) { throw .unsupported("the archive holds no file") }
        return (source, .plain)
    }

    /// Fills `buffer`, which is not empty, with what comes next, waiting for the first byte.
    /// - Returns: how many bytes; 0 at the end of the content.
    /// - Throws: `.system`, `.truncated` or `.damaged`, after everything before the fault was handed out.
    package mutating func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputFileError) -> Int {
        precondition(!buffer.isEmpty, "0 bytes read into no room would look like the end")
        do throws(InputFileError.Problem) {
            return switch content {
            case .plain: try source.take(into: buffer)
            case .gzip(let reader): try reader.read(into: buffer, from: source)
            case .zip(let reader): try reader.read(into: buffer)
            }
        } catch {
            throw InputFileError(path: path, problem: error)
        }
    }
}

/// Why a file cannot be read to its end.
package struct InputFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The cases are what is wrong with the file.
    package enum Problem: Error, Equatable, Sendable {
        /// A call of the operating system failed.
        case system(SystemError)
        /// The file ends in the middle of its packed data.
        case truncated
        /// The packed data is not what was packed.
        case damaged(String)
        /// The file is whole, but not one that can be read.
        case unsupported(String)
    }

    package let path: String
    package let problem: Problem

    package init(path: String, problem: Problem) {
        self.path = path
        self.problem = problem
    }

    /// One line, saying how to mend it where that is known.
    package var description: String {
        switch problem {
        case .system(let error): "\(path): \(error.operation) failed: \(error.reason)"
        case .truncated: "\(path) ends in the middle of its compressed data: it was cut off, or is still being written"
        case .damaged(let reason): "\(path) is damaged: \(reason)"
        case .unsupported(let reason): "\(path): \(reason)"
        }
    }
}
