/// Makes the rows of one series of its ticks, one after the other: the one place where features come from, in training
/// (`RowTable.history`) and in serving.
///
/// In a stream ticks are taken as they come, but for those that the processor would call late, and a trade whose id came before counts once.
package struct RowBuilder: Sendable {
    /// What became of a tick.
    package enum Use: Sendable {
        case taken
        /// A trade where rows are made of quotes, or a quote where they are made of trades.
        case unwanted
        /// Its id was taken before.
        case repeated
        /// All windows that it belongs to are final: the processor calls it late, and its id may be forgotten.
        case late
    }

    package let preset: Preset
    /// False: history, that is sorted and without repeated trades.
    private let isStream: Bool
    var clock: SeriesClock
    var ids = TradeIDSet()
    var journal = TradeIDJournal()
    var direction = DirectionRows()
    var difference = DifferenceRows()
    private let ticker = TickerRows()
    var horizon = HorizonRows()

    /// - Parameter stream: the rules of event time, which are the processor's.
    package init(_ preset: Preset, stream: WindowConfiguration) { self.init(preset, stream, isStream: true) }

    private init(_ preset: Preset, _ time: WindowConfiguration, isStream: Bool) {
        self.preset = preset
        self.isStream = isStream
        clock = SeriesClock(time)
    }

    /// For ticks in the order of history that have no trade twice (`TickHistory`).
    static func history(_ preset: Preset) -> RowBuilder {
        let time = WindowConfiguration(lateness: 0, idleAfterTrade: 0, idleAfterQuote: 0)
        return RowBuilder(preset, time, isStream: false)
    }

    /// Takes the next tick of the series, read when the clock showed `now` (ms).
    /// *Complexity*: O(1), nothing allocated, but for minutes that close.
    @discardableResult
    package mutating func add(_ tick: Observation, now: Int64, into sink: inout some RowSink) -> Use {
        if let wantsTrades = preset.wantsTrades, (tick.kind == .trade) != wantsTrades { return .unwanted }
        let slice = tick.eventTime.aligned(to: clock.slide)
        if isStream, tick.kind == .trade, isRepeated(tick, slice) { return .repeated }
        if clock.isLate(slice: slice) { return .late }
        switch preset {
        case .direction: direction.add(tick, into: &sink)
        case .difference: difference.add(tick, into: &sink)
        case .tickerTrend: ticker.add(tick, into: &sink)
        case .horizon: horizon.add(tick, watermark: clock.watermark)
        }
        if clock.meet(tick, now: now) { advance(into: &sink) }
        return .taken
    }

    /// Lets a quiet series' minutes close by the clock.
    /// - Parameter confirmedAt: the clock (ms) when a broker that answers last said that there is nothing more.
    package mutating func advanceClock(confirmedAt: Int64, into sink: inout some RowSink) {
        if clock.advance(confirmedAt: confirmedAt) { advance(into: &sink) }
    }

    /// Tells that the clock of `now` was put forward (or back, where negative) by so many ms between two readings: nothing closes by it.
    package mutating func clockStepped(byMs step: Int64) { clock.stepped(byMs: step) }

    /// Ends history: nothing comes any more.
    mutating func finish(into sink: inout some RowSink) {
        if let end = horizon.lastEnd { horizon.advance(to: end, into: &sink) }
    }

    private mutating func advance(into sink: inout some RowSink) {
        if preset == .horizon { horizon.advance(to: clock.watermark, into: &sink) }
    }

    /// Slices that start before this are over, and the ids of their trades forgotten: as SeriesWindows remembers ids, while a window that
    /// holds their event time can be open. The clock has no part in it, so that the same log gives the same rows.
    var oldestSlice: Int64 {
        let watermark = clock.watermarkOfTicks
        return watermark == .min ? .min &+ 1 : watermark &- WindowConfiguration.windowLength &+ 1
    }

    private mutating func isRepeated(_ trade: Observation, _ slice: Int64) -> Bool {
        let oldest = oldestSlice
        if slice < oldest { return ids.contains(trade.id, oldest: oldest) }
        return !ids.insert(trade.id, slice: slice, oldest: oldest)
    }
}
