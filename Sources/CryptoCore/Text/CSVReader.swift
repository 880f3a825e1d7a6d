/// Reads comma-separated values in place, a row at a time: nothing is allocated for a row or a cell.
///
/// Cells are quoted as RFC 4180 says; lines end in LF or CRLF, the last one may end with the bytes. A line without any character is
/// left out, and so is a byte order mark before the first one. *Source*: RFC 4180.
package struct CSVReader: Sendable {
    /// Where the text of a cell lies, quotes excluded.
    package struct Cell: BitwiseCopyable, Sendable {
        package let offset: Int
        package let count: Int
        /// Whether quotes stood around it; of a cell without text that is the empty text, not nothing.
        package let isQuoted: Bool
    }

    /// Of the row that was read last.
    package private(set) var cells: [Cell] = []
    /// The line on which that row begins, from 1.
    package private(set) var line = 0
    /// Whether that row ended with the bytes, not with a line's end: whoever writes the file may not have come to its end. Also
    /// after an error because the bytes end within quotes, if these began on the last line.
    package private(set) var isCut = false
    /// Where that row begins. Behind the last one: where the bytes end.
    package private(set) var start = 0
    /// Where the next row begins; after an error, how far it came.
    package private(set) var at = 0
    private var nextLine = 1

    package init() {}

    /// Reads the next row into `cells`; false when there is none. Give it the same bytes each time.
    /// - Throws: `.quote` where a quoted cell does not end, or goes on behind its quotes.
    package mutating func next(_ bytes: RawSpan) throws(CSVError) -> Bool {
        let end = bytes.byteCount
        if at == 0, nextLine == 1, bytes.beginsWithByteOrderMark { at = 3 }
        while at < end, bytes.byte(at) == 10 || bytes.byte(at) == 13 {
            if bytes.byte(at) == 10 { nextLine &+= 1 }
            at &+= 1
        }
        start = at
        line = nextLine
        guard at < end else { return false }
        cells.removeAll(keepingCapacity: true)
        isCut = false
        while true {
            if bytes.byteIfInside(at) == UInt8(ascii: "\"") { try readQuoted(bytes) } else { readPlain(bytes) }
            guard at < end else {
                isCut = true
                return true
            }
            let separator = bytes.byte(at)
            at &+= 1
            if separator == UInt8(ascii: ",") { continue }
            nextLine &+= 1
            return true
        }
    }

    /// Gets ready to read the row that was read last once more, from bytes that begin with it: there are more of them now.
    package mutating func readAgain() {
        at = 0
        nextLine = line
    }

    /// Stops at the comma, the LF or the end behind the cell; a CR before the LF is no part of it.
    private mutating func readPlain(_ bytes: RawSpan) {
        let start = at
        let end = bytes.byteCount
        while at < end {
            let byte = bytes.byte(at)
            if byte == UInt8(ascii: ",") || byte == 10 { break }
            at &+= 1
        }
        let endsInCR = at > start && bytes.byte(at &- 1) == 13 && (at == end || bytes.byte(at) == 10)
        cells.append(Cell(offset: start, count: at &- start &- (endsInCR ? 1 : 0), isQuoted: false))
    }

    private mutating func readQuoted(_ bytes: RawSpan) throws(CSVError) {
        let start = at &+ 1
        at = start
        let startLine = nextLine
        while true {
            guard let byte = bytes.byteIfInside(at) else {
                isCut = nextLine == startLine
                throw .quote(line: line)
            }
            at &+= 1
            if byte == 10 { nextLine &+= 1 }
            if byte != UInt8(ascii: "\"") { continue }
            if bytes.byteIfInside(at) != UInt8(ascii: "\"") { break }
            at &+= 1
        }
        cells.append(Cell(offset: start, count: at &- 1 &- start, isQuoted: true))
        if bytes.byteIfInside(at) == 13, bytes.byteIfInside(at &+ 1) ?? 10 == 10 { at &+= 1 }
        let next = bytes.byteIfInside(at)
        if next != nil, next != UInt8(ascii: ","), next != 10 { throw .quote(line: line) }
    }
}

extension CSVReader.Cell {
    /// Whether nothing stands there.
    package var isEmpty: Bool { count == 0 && !isQuoted }

    /// Its text, doubled quotes resolved.
    package func string(in bytes: RawSpan) -> String {
        let text = bytes.extracting(offset..<offset + count).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        guard isQuoted else { return text }
        var result = ""
        var isSecond = false
        for scalar in text.unicodeScalars {
            isSecond = scalar == "\"" && !isSecond
            if !isSecond { result.unicodeScalars.append(scalar) }
        }
        return result
    }

    /// Whether it is this ASCII text without quotes in it.
    package func equals(_ literal: StaticString, in bytes: RawSpan) -> Bool {
        JSONText(offset: offset, count: count).equals(literal, in: bytes)
    }

    /// The number that the whole cell is, written as in JSON; nil where it is none.
    package func real(in bytes: RawSpan) -> Double? {
        DecimalText.value(JSONText(offset: offset, count: count), in: bytes)
    }

    /// The whole number that the whole cell is; nil where it is none, or does not fit.
    package func integer(in bytes: RawSpan) -> Int64? {
        let isNegative = count > 0 && bytes.byte(offset) == UInt8(ascii: "-")
        let digits = isNegative ? count &- 1 : count
        guard 1...19 ~= digits else { return nil }
        var value: UInt64 = 0
        for i in offset &+ count &- digits..<offset &+ count {
            let digit = bytes.byte(i) &- UInt8(ascii: "0")
            if digit > 9 { return nil }
            value = value &* 10 &+ UInt64(digit)
        }
        return Int64(exactly: value).map { isNegative ? -$0 : $0 }
    }
}

extension RawSpan {
    /// The byte at `offset`; nil behind the end.
    fileprivate func byteIfInside(_ offset: Int) -> UInt8? { offset < byteCount ? byte(offset) : nil }

    /// Whether the three bytes come first with which spreadsheets mark UTF-8.
    fileprivate var beginsWithByteOrderMark: Bool {
        byteCount >= 3 && byte(0) == 0xEF && byte(1) == 0xBB && byte(2) == 0xBF
    }
}

/// Why bytes are no comma-separated values.
package enum CSVError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A quoted cell in the row that begins on this line has no end, or something behind it.
    case quote(line: Int)

    package var description: String {
        switch self {
        case .quote(let line): "line \(line): a quoted cell does not end in a quote and a comma or the line's end"
        }
    }
}
