/// Rows as a store gave them, in three flat arrays that the next page uses again: nothing is allocated for a row or a cell.
///
/// *Shape*: `rows × columns` of the query, row by row; texts lie in one buffer.
package struct RowPage: Sendable {
    /// A page ends behind the row with which its texts exceed this.
    package static let maximumTextBytes = 32 << 20

    /// How many rows.
    package internal(set) var count = 0
    package internal(set) var columns: [ReadColumn] = []
    /// Row by row.
    package internal(set) var cells: [Cell] = []
    /// UTF-8 of all text cells, and the bytes of others.
    package internal(set) var text: [UInt8] = []
    /// Whether the page ended because it was full: there may be more rows.
    package internal(set) var hasMore = false
    /// Behind the last row; of a page without rows the cursor that it was read with.
    package internal(set) var cursor: StoreCursor?

    /// Of the first row, ms.
    private(set) var firstTime: Int64?
    // Where the last row stands, in memory that is used again.
    private(set) var lastTime: Int64 = 0
    private var lastID: [UInt8] = []

    package init() {}

    package subscript(row: Int, column: Int) -> Cell { cells[row &* columns.count &+ column] }

    package func isNull(_ row: Int, _ column: Int) -> Bool {
        if case .null = self[row, column] { true } else { false }
    }

    /// Nil where there is none, or the column holds none.
    package func integer(_ row: Int, _ column: Int) -> Int64? {
        if case .integer(let number) = self[row, column] { number } else { nil }
    }

    /// A number of either kind; nil where there is none.
    package func real(_ row: Int, _ column: Int) -> Double? {
        switch self[row, column] {
        case .real(let number): number
        case .integer(let number): Double(number)
        default: nil
        }
    }

    package func bool(_ row: Int, _ column: Int) -> Bool? {
        if case .bool(let flag) = self[row, column] { flag } else { nil }
    }

    /// A text as a new string. Where it is read for each row, `withBytes` or `equals` allocate none.
    package func string(_ row: Int, _ column: Int) -> String? {
        if case .text(let range) = self[row, column] {
            String(decoding: text[range.indices], as: UTF8.self)
        } else {
            nil
        }
    }

    /// Whether the cell is this text.
    package func equals(_ row: Int, _ column: Int, _ literal: StaticString) -> Bool {
        guard case .text(let range) = self[row, column], range.count == literal.utf8CodeUnitCount else { return false }
        let start = Int(range.offset)
        for i in 0..<literal.utf8CodeUnitCount where text[start &+ i] != literal.utf8Start[i] { return false }
        return true
    }

    /// Calls `body` with the bytes of a text, or with those that are none; nil for other cells.
    package func withBytes<Result>(_ row: Int, _ column: Int, _ body: (RawSpan) -> Result) -> Result? {
        switch self[row, column] {
        case .text(let range), .bytes(let range): body(text.span.bytes.extracting(range.indices))
        default: nil
        }
    }

    // MARK: Filling, for the backends

    mutating func begin(_ query: StoreQuery, after cursor: StoreCursor?) {
        count = 0
        columns = query.columns
        cells.removeAll(keepingCapacity: true)
        text.removeAll(keepingCapacity: true)
        hasMore = false
        firstTime = nil
        self.cursor = cursor
    }

    /// Whether no row more belongs to it.
    func isFull(_ query: StoreQuery) -> Bool { count >= query.limit || text.count > RowPage.maximumTextBytes }

    /// Makes the cursor, once all rows are there.
    mutating func end(_ query: StoreQuery) {
        if count > 0 { cursor = StoreCursor(time: lastTime, id: lastID) }
        hasMore = isFull(query)
    }

    mutating func addText(_ bytes: UnsafeRawBufferPointer) -> TextRange {
        let start = text.count
        text.append(contentsOf: bytes)
        return TextRange(offset: UInt32(start), count: UInt32(bytes.count))
    }

    /// Ends a row, whose cells are there.
    mutating func endRow(time: Int64, id: UnsafeRawBufferPointer) {
        if count == 0 { firstTime = time }
        count &+= 1
        lastTime = time
        lastID.removeAll(keepingCapacity: true)
        lastID.append(contentsOf: id)
    }
}
