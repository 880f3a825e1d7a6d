internal import Glibc

/// Reads a text file line by line: plain, gzip, or a zip archive of one file. A byte order mark is left out.
///
/// A last line without an end is a line, too. Of a line longer than `maximumLine` only the beginning is handed out, which is no JSON.
/// *Thread*: one.
package struct LineReader: ~Copyable {
    /// *Units*: bytes.
    static let maximumLine = 4 << 20

    /// Lines handed out so far; also the number of the last one, from 1.
    package private(set) var lineNumber = 0
    private var file: InputFile
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var start = 0
    private var end = 0
    private var atEnd = false
    /// Whether what comes up to the next line's end belongs to a line that was too long.
    private var isTooLong = false

    /// - Throws: the file cannot be opened.
    package init(path: String) throws(InputFileError) { file = try InputFile(path) }

    /// Hands the next line, without its end, to `body`; nil at the end of the file.
    /// - Throws: the file cannot be read on, after every whole line before that was handed out.
    package mutating func next<R>(_ body: (RawSpan) -> R) throws(InputFileError) -> R? {
        while true {
            let newline = indexOfNewline()
            if newline == nil, !atEnd, end - start < LineReader.maximumLine {
                try fill()
                continue
            }
            let line = start..<(newline ?? end)
            if newline == nil, line.isEmpty { return nil }
            start = newline.map { $0 + 1 } ?? end
            let isRest = isTooLong
            isTooLong = newline == nil && !atEnd
            if !isRest { return hand(line, body) }
        }
    }

    private mutating func hand<R>(_ line: Range<Int>, _ body: (RawSpan) -> R) -> R {
        lineNumber += 1
        var line = line
        if !line.isEmpty, buffer[line.upperBound - 1] == UInt8(ascii: "\r") {
            line = line.lowerBound..<line.upperBound - 1
        }
        if lineNumber == 1, buffer[line].starts(with: [0xEF, 0xBB, 0xBF]) { line = line.dropFirst(3) }
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

    private mutating func fill() throws(InputFileError) {
        if start > 0 {
            buffer.withUnsafeMutableBytes { raw in
                if let base = raw.baseAddress { memmove(base, base + start, end - start) }
            }
            end -= start
            start = 0
        }
        if end == buffer.count { buffer += [UInt8](repeating: 0, count: buffer.count) }
        let count = try buffer.withUnsafeMutableBufferPointer { bytes throws(InputFileError) in
            try file.read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: bytes[end...])))
        }
        end += count
        atEnd = count == 0
    }
}
