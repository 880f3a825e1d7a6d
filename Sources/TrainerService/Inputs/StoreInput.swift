internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime
internal import Storage
internal import System

/// Reads the ticks of a store, series by series in the order of their times.
struct StoreInput {
    /// How often a store that does not answer is asked again.
    static let attempts = 6

    let context: ServiceContext
    /// As `--from` names it.
    let location: String

    /// - Throws: `.store`, `.stopped`.
    func read(into log: inout TickLog) throws(InputError) {
        let reader = try patiently { () throws(StoreError) in try StoreLocation(location).openReader() }
        let known = try patiently { () throws(StoreError) in try reader.series(in: Tick.table) }
        for series in known.sorted(by: { $0.description < $1.description }) {
            if let index = log.index(of: series) { try read(series, index, reader, into: &log) }
        }
    }

    private func read(
        _ series: Series, _ index: Int, _ reader: any StoreReader, into log: inout TickLog
    ) throws(InputError) {
        var query = try patiently { () throws(StoreError) in
            try StoreQuery(Tick.table, of: series, columns: TickColumns.names)
        }
        (query.from, query.to, query.limit) = (log.filter.from, log.filter.to, 20_000)
        var page = RowPage()
        repeat {
            if context.stop.isRequested { throw .stopped }
            let cursor = page.cursor
            try patiently { () throws(StoreError) in try reader.read(query, after: cursor, into: &page) }
            for row in 0..<page.count {
                if let tick = TickColumns.tick(page, row) { log.add(tick, of: index) }
            }
            log.report()
        } while page.hasMore
        // Rows of another store, under the same address, are not the same history.
        try patiently { () throws(StoreError) in try reader.check() }
    }

    /// Asks again while the store does not answer, a few times.
    private func patiently<Result>(_ ask: () throws(StoreError) -> Result) throws(InputError) -> Result {
        var backoff = Backoff(capMs: 5_000)
        var attempt = 1
        while true {
            do throws(StoreError) { return try ask() } catch {
                let shown = StoreLocation.shown(location)
                guard case .away = error, attempt < StoreInput.attempts else {
                    throw .store(location: shown, reason: "\(error)")
                }
                context.log.warning("waiting for the store", ["store": shown, "error": "\(error)"])
            }
            attempt += 1
            if context.stop.wait(ms: backoff.next()) { throw .stopped }
        }
    }
}

/// The columns of a tick that a model is made of, as a page has them.
private enum TickColumns {
    static let names = [
        "event_time", "kind", "trade_id", "price", "quantity", "side", "block_trade", "change_24h_pct", "volume_24h",
    ]

    /// Nil for a gap, a block trade, and what no sink of ours writes.
    static func tick(_ page: borrowing RowPage, _ row: Int) -> Observation? {
        guard let time = page.integer(row, 0), let price = page.real(row, 3) else { return nil }
        if page.equals(row, 1, "quote") {
            return Observation(
                quote: price, change24hPct: page.real(row, 7) ?? .nan, volume24h: page.real(row, 8) ?? .nan,
                eventTime: time)
        }
        guard page.equals(row, 1, "trade"), page.bool(row, 6) != true, let quantity = page.real(row, 4) else {
            return nil
        }
        let side: Side? = page.equals(row, 5, "buy") ? .buy : page.equals(row, 5, "sell") ? .sell : nil
        return page.withBytes(row, 2) { id in
            Observation(price: price, quantity: quantity, side: side, eventTime: time, id: id)
        } ?? nil
    }
}
