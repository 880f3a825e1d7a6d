/// A text of a JSON file, escapes resolved, that knows where in the file its bytes come from.
struct SourceText: Sendable {
    /// UTF-8.
    private(set) var bytes: [UInt8] = []
    /// The place in the file of each byte, and of the text's end.
    private var places: [Int] = []

    /// - Parameter text: as the scanner found it.
    init(_ text: JSONText, in file: RawSpan) {
        bytes.reserveCapacity(text.count)
        places.reserveCapacity(text.count + 1)
        var at = text.offset
        let end = text.offset + text.count
        while at < end {
            let count = SourceText.escapeLength(at, end, in: file)
            if count == 1 {
                bytes.append(file.byte(at))
            } else {
                bytes += JSONText(offset: at, count: count, isEscaped: true).string(in: file).utf8
            }
            while places.count < bytes.count { places.append(at) }
            at += count
        }
        places.append(end)
    }

    /// A text that is its own file.
    init(_ text: String) {
        bytes = Array(text.utf8)
        places = Array(0...bytes.count)
    }

    var string: String { String(decoding: bytes, as: UTF8.self) }

    /// Where in the file the byte `index` comes from.
    func place(_ index: Int) -> Int { places[min(index, bytes.count)] }

    /// How many bytes write the character at `at`: 1 but for escapes, where both halves of a surrogate pair are one.
    private static func escapeLength(_ at: Int, _ end: Int, in file: RawSpan) -> Int {
        guard file.byte(at) == UInt8(ascii: "\\") else { return 1 }
        guard file.byte(at + 1) == UInt8(ascii: "u") else { return 2 }
        func isSurrogate(_ at: Int, _ third: ClosedRange<UInt8>) -> Bool {
            at + 6 <= end && file.byte(at) == UInt8(ascii: "\\") && file.byte(at + 1) == UInt8(ascii: "u")
                && file.byte(at + 2) | 0x20 == UInt8(ascii: "d")
                && hexValue(file.byte(at + 3)).map(third.contains) == true
        }
        return isSurrogate(at, 8...11) && isSurrogate(at + 6, 12...15) ? 12 : 6
    }
}
