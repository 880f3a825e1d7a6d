/// Says of each tick of one series, as the processor does, whether it counts: a trade counts once, and a tick not when all its windows are
/// final. Every tick that counts moves the series' clock, whatever rows are made of it.
struct TickGate: Sendable {
    /// What a tick is.
    enum Answer: Sendable {
        case counted
        /// A trade whose id came before.
        case repeated
        /// All windows that it belongs to are final, and its id may be forgotten.
        case late
    }

    private(set) var clock: SeriesClock
    private var ids = TradeIDSet()
    private var journal = TradeIDJournal()

    /// - Parameter time: the rules of event time, which are the processor's.
    init(_ time: WindowConfiguration) { clock = SeriesClock(time) }

    /// Takes the next tick, read when the clock showed `now` (ms). *Complexity*: O(1), nothing allocated.
    @inline(__always)
    mutating func meet(_ tick: Observation, now: Int64) -> Answer {
        let slice = tick.eventTime.aligned(to: clock.slide)
        if tick.kind == .trade, isRepeated(tick, slice) { return .repeated }
        if clock.isLate(slice: slice) { return .late }
        clock.meet(tick, now: now)
        return .counted
    }

    /// Lets the watermark of a quiet series go on; whether it moved.
    /// - Parameter confirmedAt: the clock (ms) when a broker that answers last said that there is nothing more.
    mutating func advance(confirmedAt: Int64) -> Bool { clock.advance(confirmedAt: confirmedAt) }

    /// Tells that the clock of `now` was put forward (or back, where negative) by so many ms between two readings: nothing closes by it.
    mutating func clockStepped(byMs step: Int64) { clock.stepped(byMs: step) }

    /// Slices that start before this are over, and the ids of their trades forgotten: as SeriesWindows remembers ids, while a window that
    /// holds their event time can be open. The clock has no part in it, so that the same log gives the same rows.
    private var oldestSlice: Int64 {
        let watermark = clock.watermarkOfTicks
        return watermark == .min ? .min &+ 1 : watermark &- WindowConfiguration.windowLength &+ 1
    }

    private mutating func isRepeated(_ trade: Observation, _ slice: Int64) -> Bool {
        let oldest = oldestSlice
        if slice < oldest { return ids.contains(trade.id, oldest: oldest) }
        return !ids.insert(trade.id, slice: slice, oldest: oldest)
    }
}

// MARK: State

/// For the changelog: a head, which is small, and remembered ids in chunks.
extension TickGate {
    func encodeHead(into writer: inout ChangelogWriter) {
        clock.encode(into: &writer)
        writer.put(journal.nextChunk)
    }

    /// Writes new ids as chunks of at most `capacity`; with `onlyFull` the rest waits.
    mutating func writeIDs(
        _ capacity: Int = TradeIDJournal.chunkCapacity, onlyFull: Bool = false,
        _ put: (UInt64, (inout ChangelogWriter) -> Void) -> Void
    ) {
        _ = journal.write(&ids, oldest: oldestSlice, of: capacity, onlyFull: onlyFull, put)
    }

    /// Gives the numbers of the chunks that nothing needs any more.
    mutating func takeDropped(_ body: (UInt64) -> Void) {
        journal.expire(before: oldestSlice)
        journal.takeDropped(body)
    }

    mutating func restoreHead(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        try clock.restore(&reader)
        journal.nextChunk = try reader.word()
    }

    mutating func restoreChunk(_ number: UInt64, _ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        try journal.restore(number, &reader)
    }

    mutating func dropRestoredChunk(_ number: UInt64) { journal.dropRestored(number) }

    /// Puts what was restored in order.
    /// - Parameter now: the clock; nil where nobody is going to add anything.
    mutating func finishRestoring(now: Int64?) {
        journal.finishRestoring(&ids, oldest: oldestSlice)
        if let now { clock.boundReadTimes(now: now) }
    }
}
