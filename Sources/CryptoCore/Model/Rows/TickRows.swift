/// The rows of `direction`: each trade with the one that comes behind it.
struct DirectionRows: Sendable {
    /// Trades further apart than this (ms) are no pair.
    static let longestPauseMs: Int64 = 60_000

    /// The price and the side of the trade before.
    private var last: (price: Double, side: Side)?
    private var open: Row?

    init() {}

    mutating func add(_ trade: Observation, into sink: inout some RowSink) {
        guard let side = trade.side else { return }
        var change = 0.0
        if let last {
            change = trade.price - last.price
            if let open { decide(open, trade, isHigher: change > 0, isSameSide: side == last.side, into: &sink) }
        }
        var row = Row(time: trade.eventTime)
        row.append(trade.price)
        row.append(trade.quantity)
        row.append(side == .buy ? 1 : 0)
        row.append(ruleSign: side == .buy ? 1 : -1)
        row.append(ruleSign: -change)
        sink.opened(row)
        last = (trade.price, side)
        open = row
    }

    private func decide(
        _ open: Row, _ trade: Observation, isHigher: Bool, isSameSide: Bool, into sink: inout some RowSink
    ) {
        // A trade that comes late lies before the row's; it is the next one all the same.
        let pause = trade.eventTime - open.time
        guard abs(pause) <= DirectionRows.longestPauseMs else { return sink.dropped(open) }
        sink.decided(
            open,
            RowOutcome(
                target: isHigher ? 1 : 0, until: max(trade.eventTime, open.time) + 1, isSameMillisecond: pause == 0,
                isSameOrder: pause == 0 && isSameSide))
    }

    // MARK: State

    func encode(into writer: inout ChangelogWriter) {
        writer.put(last.map { $0.side == .buy ? 1 : 2 } ?? 0)
        guard let last else { return }
        writer.put(last.price)
        open.encode(into: &writer)
    }

    mutating func restore(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        let side = try reader.integer()
        guard side != 0 else { return }
        last = (try reader.finite(), side == 1 ? .buy : .sell)
        open = try Row.restored(of: .direction, &reader)
    }
}

/// The rows of `difference`: each price with the one before.
struct DifferenceRows: Sendable {
    private var before: Double?

    init() {}

    mutating func add(_ tick: Observation, into sink: inout some RowSink) {
        defer { before = tick.price }
        guard let before else { return }
        let difference = tick.price - before
        var row = Row(time: tick.eventTime)
        row.append(difference)
        row.append(ruleSign: difference)
        sink.opened(row)
        sink.decided(row, RowOutcome(target: difference > 0 ? 1 : 0, until: tick.eventTime))
    }

    // MARK: State

    func encode(into writer: inout ChangelogWriter) { writer.put(before ?? .nan) }

    mutating func restore(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        let price = try reader.double()
        before = price.isFinite ? price : nil
    }
}

/// The rows of `ticker-trend`: each quote by itself.
struct TickerRows: Sendable {
    /// Percent.
    static let changeThreshold = 0.5
    /// Base units.
    static let volumeThreshold = 1_000_000.0

    init() {}

    func add(_ quote: Observation, into sink: inout some RowSink) {
        guard quote.kind == .quote else { return }
        let volume = quote.volume24h / quote.price
        let isOver = quote.change24hPct > TickerRows.changeThreshold || volume > TickerRows.volumeThreshold
        var row = Row(time: quote.eventTime)
        row.append(quote.price)
        row.append(quote.change24hPct)
        row.append(volume)
        row.append(ruleSign: isOver ? 1 : -1)
        sink.opened(row)
        // With one of both unknown nobody can say that neither is above its threshold.
        let isKnown = isOver || !(quote.change24hPct.isNaN || volume.isNaN)
        guard isKnown else { return sink.dropped(row) }
        sink.decided(row, RowOutcome(target: isOver ? 1 : 0, until: quote.eventTime))
    }
}
