internal import CryptoCore
internal import Storage

/// Lines of comma-separated values as RFC 4180 has them, numbers as on the topics; nothing stands for null, `""` for the empty text.
struct CSVLines {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true
    private var number = JSONWriter(reservingBytes: 32)

    init(reservingBytes count: Int) { bytes.reserveCapacity(count) }

    mutating func endLine() {
        bytes.append(contentsOf: [13, 10])
        isFirst = true
    }

    mutating func text(_ text: String) {
        comma()
        var text = text
        text.withUTF8 { put($0) }
    }

    mutating func cell(_ page: borrowing RowPage, _ row: Int, _ column: Int) {
        comma()
        switch page[row, column] {
        case .null: break
        case .integer(let value): put { $0.value(value) }
        case .real(let value): if value.isFinite { put { $0.value(value) } }
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .text: _ = page.withBytes(row, column) { text in text.withUnsafeBytes { put($0) } }
        case .bytes:
            bytes.append(contentsOf: "base64:".utf8)
            bytes.append(contentsOf: page.base64(row, column).utf8)
        }
    }

    private mutating func comma() {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }

    private mutating func put(_ write: (inout JSONWriter) -> Void) {
        number.removeAll()
        write(&number)
        bytes.append(contentsOf: number.bytes)
    }

    /// A text, in quotes where it is empty or has a quote, a comma or the end of a line.
    private mutating func put(_ text: some Collection<UInt8>) {
        let quote = UInt8(ascii: "\"")
        let needsQuotes =
            text.isEmpty || text.contains { $0 == quote || $0 == UInt8(ascii: ",") || $0 == 10 || $0 == 13 }
        guard needsQuotes else { return bytes.append(contentsOf: text) }
        bytes.append(quote)
        for byte in text {
            if byte == quote { bytes.append(quote) }
            bytes.append(byte)
        }
        bytes.append(quote)
    }
}
