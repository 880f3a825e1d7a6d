internal import CryptoCore

/// Turns rows into documents and selectors. Holds the two documents that every row is written into.
final class MongoDocument {
    let document = BSONDocument()
    let selector = BSONDocument()
    let part = BSONDocument()
    private let layouts: [Layout]

    private struct Layout {
        let table: Table
        let keys: [BSONKey]
        let nullable: [Bool]
        let json: [Bool]

        init(_ table: Table) {
            self.table = table
            keys = table.columns.map { BSONKey($0.name) }
            nullable = table.columns.map(\.isNullable)
            json = table.columns.map { $0.type == .json }
        }
    }

    /// - Parameter tables: those that rows may be of.
    init(_ tables: [Table]) { layouts = tables.map(Layout.init) }

    private func layout(of table: Table) -> Layout {
        for layout in layouts where layout.table === table { return layout }
        preconditionFailure("the store has no collection \(table)")
    }

    static let id = BSONKey("_id")
    static let insertedAt = BSONKey("inserted_at")
    private static let atMost = BSONKey("$lte")
    static let timestamp = BSONKey("timestamp")
    private static let sensorID = BSONKey("sensor_id")
    private static let value = BSONKey("value")
    private static let bidPrice = BSONKey("bid_price")
    private static let askPrice = BSONKey("ask_price")

    /// Fills `document` with a row.
    func read(_ row: Int, of batch: borrowing RowBatch, now: Int64) {
        let entry = batch.rows[row]
        document.removeAll()
        batch.text.withUnsafeBufferPointer { text in
            document.append(MongoDocument.id, text: slice(entry.id, text))
            appendFields(entry, batch.cells, text, to: document)
        }
        document.appendDate(MongoDocument.insertedAt, now)
    }

    /// Fills `selector` with what a row may replace: its id; for a provisional window also that it is
    /// provisional and counts no more.
    func select(_ row: Int, of batch: borrowing RowBatch) {
        let entry = batch.rows[row]
        selector.removeAll()
        batch.text.withUnsafeBufferPointer { selector.append(MongoDocument.id, text: slice(entry.id, $0)) }
        guard MongoDocument.isProvisional(row, of: batch),
            case .provisional(let final, let count) = entry.table.rewriting
        else { return }
        selector.append(BSONKey(final), false)
        if case .integer(let number) = batch.cell(row, entry.table.index(of: count)) {
            part.removeAll()
            part.append(MongoDocument.atMost, number)
            selector.append(BSONKey(count), part)
        }
    }

    /// Whether a row is not final yet.
    static func isProvisional(_ row: Int, of batch: borrowing RowBatch) -> Bool {
        let table = batch.rows[row].table
        guard case .provisional(let final, _) = table.rewriting,
            case .bool(false) = batch.cell(row, table.index(of: final))
        else { return false }
        return true
    }

    func slice(_ range: TextRange, _ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: text[range.indices])
    }

    /// Appends everything but `_id` and `inserted_at`.
    func appendFields(
        _ entry: Row, _ cells: [Cell], _ text: UnsafeBufferPointer<UInt8>, to document: BSONDocument
    ) {
        appendCells(entry, cells, text, to: document)
        if entry.table == .ticks { appendSeedFields(entry, cells, text, to: document) }
    }

    private func appendCells(
        _ entry: Row, _ cells: [Cell], _ text: UnsafeBufferPointer<UInt8>, to document: BSONDocument
    ) {
        let layout = layout(of: entry.table)
        for i in layout.keys.indices {
            let key = layout.keys[i]
            switch cells[entry.firstCell &+ i] {
            case .null: if layout.nullable[i] { document.appendNull(key) }
            case .integer(let number): document.append(key, number)
            case .real(let number): document.append(key, number)
            case .bool(let flag): document.append(key, flag)
            case .text(let range) where layout.json[i]: document.append(key, json: slice(range, text))
            case .text(let range): document.append(key, text: slice(range, text))
            case .bytes(let range): document.append(key, bytes: slice(range, text))
            }
        }
    }

    /// The names under which the first version of the collection had time, price and coin.
    private func appendSeedFields(
        _ entry: Row, _ cells: [Cell], _ text: UnsafeBufferPointer<UInt8>, to document: BSONDocument
    ) {
        if case .integer(let time) = cells[entry.firstCell &+ TickColumn.eventTime] {
            document.appendDate(MongoDocument.timestamp, time)
        }
        if case .text(let symbol) = cells[entry.firstCell &+ TickColumn.symbol] {
            let symbol = slice(symbol, text)
            let base = symbol.lastIndex(of: UInt8(ascii: "-")) ?? symbol.endIndex
            document.append(MongoDocument.sensorID, text: UnsafeBufferPointer(rebasing: symbol[..<base]))
        }
        func append(_ key: BSONKey, _ column: Int) {
            if case .real(let number) = cells[entry.firstCell &+ column] { document.append(key, number) }
        }
        append(MongoDocument.value, TickColumn.price)
        append(MongoDocument.bidPrice, TickColumn.bid)
        append(MongoDocument.askPrice, TickColumn.ask)
    }
}

@available(*, unavailable)
extension MongoDocument: Sendable {}
