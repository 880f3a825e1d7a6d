/// Makes the rows of one series of its ticks, one after the other: the one place where features come from, in training
/// (`RowTable.history`) and in serving.
///
/// In a stream ticks are taken as they come, and a trade whose id came before counts once, as long as the processor would remember it.
package struct RowBuilder: Sendable {
    package let preset: Preset
    /// Nil: history, that is sorted and without repeated trades.
    private let stream: WindowConfiguration?
    private var ids = TradeIDSet()
    private var newest = Int64.min
    private var direction = DirectionRows()
    private var difference = DifferenceRows()
    private let ticker = TickerRows()
    private var horizon: HorizonRows

    /// - Parameter stream: the rules of event time, which are the processor's.
    package init(_ preset: Preset, stream: WindowConfiguration) { self.init(preset, stream) }

    private init(_ preset: Preset, _ stream: WindowConfiguration?) {
        self.preset = preset
        self.stream = stream
        horizon = HorizonRows(stream ?? WindowConfiguration(lateness: 0, idleAfterTrade: 0, idleAfterQuote: 0))
    }

    /// For ticks that are sorted by `Observation.isEarlier` and have no trade twice.
    static func history(_ preset: Preset) -> RowBuilder { RowBuilder(preset, nil) }

    /// Trades of `horizon` that the processor calls late, too.
    package var lateCount: Int { horizon.lateCount }

    /// Takes the next tick of the series, read when the clock showed `now` (ms).
    /// *Complexity*: O(1), nothing allocated, but for minutes that close.
    package mutating func add(_ tick: Observation, now: Int64, into sink: inout some RowSink) {
        if let wantsTrades = preset.wantsTrades, (tick.kind == .trade) != wantsTrades { return }
        if let stream, tick.kind == .trade, isRepeated(tick, stream) { return }
        newest = max(newest, tick.eventTime)
        switch preset {
        case .direction: direction.add(tick, into: &sink)
        case .difference: difference.add(tick, into: &sink)
        case .tickerTrend: ticker.add(tick, into: &sink)
        case .horizon: horizon.add(tick, now: now, into: &sink)
        }
    }

    /// Lets a quiet series' minutes close by the clock.
    /// - Parameter confirmedAt: the clock (ms) when a broker that answers last said that there is nothing more.
    package mutating func advanceClock(confirmedAt: Int64, into sink: inout some RowSink) {
        if preset == .horizon { horizon.advanceClock(confirmedAt: confirmedAt, into: &sink) }
    }

    /// Tells that the clock of `now` was put forward (or back, where negative) by so many ms between two readings: nothing closes by it.
    package mutating func clockStepped(byMs step: Int64) { horizon.clockStepped(byMs: step) }

    /// Ends history: nothing comes any more.
    mutating func finish(into sink: inout some RowSink) {
        if preset == .horizon { horizon.finish(into: &sink) }
    }

    private mutating func isRepeated(_ trade: Observation, _ stream: WindowConfiguration) -> Bool {
        // As SeriesWindows remembers ids: while a window that holds their event time can be open.
        let watermark = newest == .min ? .min : newest &- stream.lateness
        let oldest = newest == .min ? .min &+ 1 : watermark &- WindowConfiguration.windowLength &+ 1
        let slice = trade.eventTime.aligned(to: stream.slide)
        if slice < oldest { return ids.contains(trade.id, oldest: oldest) }
        return !ids.insert(trade.id, slice: slice, oldest: oldest)
    }
}
