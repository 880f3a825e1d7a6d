package import CryptoCore

/// Where a record stood in Kafka.
package struct RecordOrigin: Sendable, Equatable {
    /// Topics live for ever: no record counts references.
    package unowned(unsafe) var topic: Topic
    package var partition: Int32
    package var offset: Int64
    /// The record's time, whoever set it, Unix ms; -1 where it has none. It tells records apart that stand at the same
    /// place of a topic made anew.
    package var timestampMs: Int64

    package init(_ topic: Topic, partition: Int32, offset: Int64, timestampMs: Int64) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.timestampMs = timestampMs
    }
}

/// A stretch of a batch's text buffer.
package struct TextRange: BitwiseCopyable, Sendable {
    package var offset: UInt32
    package var count: UInt32

    /// The same as indices of the buffer.
    package var indices: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
}

/// One value of a row; texts lie in the batch's buffer.
package enum Cell: BitwiseCopyable, Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case bool(Bool)
    /// UTF-8; may hold NUL characters.
    case text(TextRange)
    /// Bytes that are not UTF-8.
    case bytes(TextRange)
}

/// One document: its table, its `_id` and where its cells begin.
package struct Row: Sendable {
    /// Tables live for ever: no row counts references.
    package unowned(unsafe) var table: Table
    package var origin: RecordOrigin
    package var id: TextRange
    /// Index of the first of the table's cells.
    package var firstCell: Int
}

/// A row that a store refused, and why.
package struct RejectedRow: Equatable, Sendable {
    /// Index in the batch.
    package let row: Int
    package let reason: String

    package init(row: Int, reason: String) {
        self.row = row
        self.reason = reason
    }
}

/// Rows on their way to a store, as three flat arrays that are reused: no allocation per row in steady state.
package struct RowBatch: Sendable {
    package internal(set) var rows: [Row] = []
    package internal(set) var cells: [Cell] = []
    package internal(set) var text: [UInt8] = []
    /// Of the topics' names, which stand in some ids.
    let prefix: String
    /// Where arrays and objects are written before they become texts.
    var json = JSONWriter()

    /// - Parameter prefix: of the topics' names.
    package init(prefix: String) { self.prefix = prefix }

    package var isEmpty: Bool { rows.isEmpty }
    package var count: Int { rows.count }
    /// About what the batch takes on its way to a store.
    package var byteCount: Int { text.count &+ cells.count &* 8 }

    /// Forgets the rows, keeps the memory.
    package mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        cells.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
    }

    /// The `_id` of a row.
    package func id(_ row: Int) -> String { string(rows[row].id) }

    /// The text of a range.
    package func string(_ range: TextRange) -> String { String(decoding: text[range.indices], as: UTF8.self) }

    /// The cell of a row under a column's index.
    package func cell(_ row: Int, _ column: Int) -> Cell { cells[rows[row].firstCell &+ column] }

    /// What a row's texts and cells take in a store, about.
    package func byteCount(_ row: Int) -> Int {
        let first = rows[row].firstCell
        var count = Int(rows[row].id.count)
        for i in first..<first + rows[row].table.columns.count {
            switch cells[i] {
            case .text(let range), .bytes(let range): count += Int(range.count)
            default: count += 8
            }
        }
        return count
    }

    // MARK: Building, for the extensions that read records

    /// The text written since `start`.
    func range(since start: Int) -> TextRange { TextRange(offset: UInt32(start), count: UInt32(text.count - start)) }

    mutating func add(_ string: String) -> TextRange {
        let start = text.count
        text.append(contentsOf: string.utf8)
        return range(since: start)
    }

    /// Adds a text once more. Byte by byte: a slice of the buffer would make it copy itself.
    mutating func repeatText(_ indices: Range<Int>) {
        for i in indices { text.append(text[i]) }
    }

    /// Adds `<source>:<symbol>`.
    mutating func addSeries(_ source: TextRange, _ symbol: TextRange) {
        repeatText(source.indices)
        text.append(UInt8(ascii: ":"))
        repeatText(symbol.indices)
    }

    mutating func add(_ literal: StaticString) -> TextRange {
        let start = text.count
        text.append(contentsOf: UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
        return range(since: start)
    }

    /// A JSON string's text, escapes resolved.
    mutating func add(_ json: JSONText, _ bytes: RawSpan) -> TextRange {
        if json.isEscaped { return add(json.string(in: bytes)) }
        let start = text.count
        bytes.extracting(unchecked: json.offset..<json.offset &+ json.count).withUnsafeBytes {
            text.append(contentsOf: $0)
        }
        return range(since: start)
    }

    mutating func add(_ number: Int64) { text.append(decimal: number) }
}
