import CryptoCore

/// Rows as lines of comma-separated values: RFC 4180 quoting, lines end with LF.
///
/// Nothing stands for null, `""` for the empty text. Numbers are in the shortest form that reads back to the same
/// double and never digits only where they are no counts, times or ids (`100.0`), booleans `true` and `false`. A dead letter's bytes that are not UTF-8 are `base64:` and their base64, as
/// is text that begins so.
enum CSVText {
    static func header(_ table: Table) -> [UInt8] {
        Array((["_id"] + table.columns.map(\.name.description)).joined(separator: ",").utf8) + [UInt8(ascii: "\n")]
    }

    static func append(_ row: Int, of batch: borrowing RowBatch, numbers: inout JSONWriter, to line: inout [UInt8]) {
        let entry = batch.rows[row]
        let columns = entry.table.columns
        append(batch.text[entry.id.indices], to: &line)
        for i in columns.indices {
            line.append(UInt8(ascii: ","))
            switch batch.cells[entry.firstCell + i] {
            case .null: break
            case .integer(let number): append(&numbers, &line) { $0.value(number) }
            case .real(let number): if number.isFinite { append(&numbers, &line) { $0.value(number) } }
            case .bool(let flag): line.append(contentsOf: (flag ? "true" : "false").utf8)
            case .text(let range):
                let text = batch.text[range.indices]
                if columns[i].type == .bytes, text.starts(with: base64Mark) {
                    appendBase64(text, to: &line)
                } else {
                    append(text, to: &line)
                }
            case .bytes(let range): appendBase64(batch.text[range.indices], to: &line)
            }
        }
        line.append(UInt8(ascii: "\n"))
    }

    private static func append(
        _ numbers: inout JSONWriter, _ line: inout [UInt8], _ write: (inout JSONWriter) -> Void
    ) {
        numbers.removeAll()
        write(&numbers)
        line.append(contentsOf: numbers.bytes)
    }

    /// A text, in quotes where RFC 4180 wants them.
    static func append(_ text: ArraySlice<UInt8>, to line: inout [UInt8]) {
        let quote = UInt8(ascii: "\"")
        let needsQuotes =
            text.isEmpty || text.contains { $0 == quote || $0 == UInt8(ascii: ",") || $0 == 10 || $0 == 13 }
        guard needsQuotes else { return line.append(contentsOf: text) }
        line.append(quote)
        for byte in text {
            if byte == quote { line.append(quote) }
            line.append(byte)
        }
        line.append(quote)
    }

    private static let base64Mark = Array("base64:".utf8)

    private static func appendBase64(_ bytes: ArraySlice<UInt8>, to line: inout [UInt8]) {
        line.append(contentsOf: base64Mark)
        Base64.encode(bytes.span.bytes, to: &line)
    }
}
