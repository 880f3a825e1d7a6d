internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime
internal import Storage
internal import System

/// Reads the ticks of a store, series by series in the order of their times.
struct StoreInput {
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
                do throws(TickColumns.Fault) {
                    if let tick = try TickColumns.tick(page, row) { log.add(tick, of: index) }
                } catch { throw refused(page, row, series, error) }
            }
            log.report()
        } while page.hasMore
        // Rows of another store, under the same address, are not the same history.
        try patiently { () throws(StoreError) in try reader.check() }
    }

    /// Names a row that is no tick.
    private func refused(
        _ page: borrowing RowPage, _ row: Int, _ series: Series, _ fault: TickColumns.Fault
    ) -> InputError {
        let time = TickColumns.time(page, row).map { "\($0)" } ?? "unknown"
        return .store(
            location: StoreLocation.shown(location),
            reason:
                "a tick of \(series) (event_time \(time)) is wrong: \(fault.wanted); correct or delete it, or leave it out "
                + "by --series, --since or --until")
    }

    /// Asks again while the store does not answer, a few times.
    private func patiently<Result>(_ ask: () throws(StoreError) -> Result) throws(InputError) -> Result {
        let patience = Patience(context: context, location: StoreLocation.shown(location))
        return try patience.ask(ask) { error in if case .away = error { true } else { false } }
    }
}
