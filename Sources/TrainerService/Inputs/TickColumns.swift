internal import CryptoCore
internal import Storage

/// The columns of a tick that a model is made of, as a store's page has them.
enum TickColumns {
    static let names = [
        "event_time", "kind", "trade_id", "price", "quantity", "side", "block_trade", "change_24h_pct", "volume_24h",
    ]

    /// What a row should hold: `price must be a number above 0`.
    struct Fault: Error, Equatable {
        let wanted: String
    }

    /// *Units*: ms since the epoch; nil where the row has none.
    static func time(_ page: borrowing RowPage, _ row: Int) -> Int64? { page.integer(row, 0) }

    /// Nil for a gap and a block trade, of which no rows are made.
    /// - Throws: what the row should hold; the sink writes no such row.
    static func tick(_ page: borrowing RowPage, _ row: Int) throws(Fault) -> Observation? {
        if page.equals(row, 1, "gap") || page.bool(row, 6) == true { return nil }
        guard let time = time(page, row) else {
            throw Fault(wanted: "event_time must be whole milliseconds since 1970")
        }
        if let wanted = TickView.wanted(insteadOf: time) { throw Fault(wanted: "event_time must be \(wanted)") }
        let price = try positive(page, row, 3, "price")
        if page.equals(row, 1, "quote") {
            return try inTime(
                Observation(
                    quote: price, change24hPct: page.real(row, 7) ?? .nan, volume24h: page.real(row, 8) ?? .nan,
                    eventTime: time))
        }
        guard page.equals(row, 1, "trade") else { throw Fault(wanted: "kind must be trade, quote or gap") }
        let quantity = try positive(page, row, 4, "quantity")
        let side: Side? = page.equals(row, 5, "buy") ? .buy : page.equals(row, 5, "sell") ? .sell : nil
        guard side != nil || page.isNull(row, 5) || page.equals(row, 5, "") else {
            throw Fault(wanted: "side must be buy, sell or missing")
        }
        let tick = page.withBytes(row, 2) { id in
            Observation(price: price, quantity: quantity, side: side, eventTime: time, id: id)
        }
        guard let tick else { throw Fault(wanted: "trade_id must be a text") }
        return try inTime(tick)
    }

    /// The tick; there is none outside the years that a tick can lie in.
    private static func inTime(_ tick: Observation?) throws(Fault) -> Observation {
        if let tick { return tick }
        throw Fault(wanted: "event_time must be milliseconds since 1970 within the years 1 to 9999")
    }

    private static func positive(
        _ page: borrowing RowPage, _ row: Int, _ column: Int, _ name: StaticString
    ) throws(Fault) -> Double {
        if let value = page.real(row, column), value > 0, value.isFinite { return value }
        throw Fault(wanted: "\(name) must be a number above 0")
    }
}
