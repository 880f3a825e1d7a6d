internal import CryptoCore

/// Writes the ticks of all series one behind the other, and a gap wherever some are missing: the only place where gaps are written.
///
/// The life of a gap in one series:
///
///                 open                      the next tick
///      whole ──────────────▶ open ─────────────────────────────▶ whole
///                             │     the gap is written, from the last tick to this one
///                    announce │
///                             ▼
///                  what is known is written: from the last tick to now
///
///      whole ─── leave ───▶ whole: both ends are known, the gap is written at once
///
/// - `open`: nobody can be asked for what is missing from now on, or nobody has told it, or ticks that were noted were thrown away
///   (`reopen`). The reason of a gap that is open already stays.
/// - `announce`: a quiet window may be final before the next tick comes. Both records have the same `gap_from`, so a store keeps
///   one.
/// - `leave`: trades are missing between two that came, and the venue has been asked in vain, or for too long (`Continuity`).
///
/// After a reconnect an open gap lasts at least until the venue's time of the new connection.
package struct GapLog {
    private struct State: Sendable {
        /// Event time up to which the series is complete; nil before its first tick.
        var lastEventTime: Int64?
        var open: GapReason?
        /// Whether sight was lost again while it was open.
        var isReopened = false
    }

    var encoder: TickEncoder
    private var states = BySeries(State())
    private var lag = VenueLag()
    /// No open gap ends before this event time.
    private var floor = Int64.min

    init(_ encoder: TickEncoder) { self.encoder = encoder }

    // MARK: Ticks

    /// Writes a trade, after the gap that it ends.
    @inline(__always)
    mutating func write(_ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan) {
        note(values.series, eventTime: values.eventTime, ingestTime: values.ingestTime)
        encoder.write(trade, values, frame)
    }

    /// Writes a trade of before the newest one, which ends no gap.
    mutating func writeStraggler(_ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan) {
        encoder.counters.ticks += 1
        encoder.write(trade, values, frame)
    }

    /// Writes a trade that has waited, or the gap of those that the disk has lost meanwhile, after the gap that it ends.
    mutating func write(_ entry: TickBatch.Entry, of waited: TickBatch) {
        note(entry.series, eventTime: entry.eventTime, ingestTime: entry.eventTime)
        if entry.kind == .gap { encoder.counters.gaps += 1 }
        encoder.batch.append(entry, of: waited)
    }

    /// Writes a tick of any kind, after the gap that it ends.
    mutating func write(_ tick: Tick, of id: SeriesID) {
        let (tick, kind) = encoder.moved(tick, id)
        if kind == .gap { return writeGap(tick, of: id) }
        note(id, eventTime: tick.eventTime, ingestTime: tick.ingestTime)
        encoder.write(tick, kind, of: id)
    }

    /// A tick is about to be written.
    @inline(__always)
    private mutating func note(_ id: SeriesID, eventTime: Int64, ingestTime: Int64) {
        if states[id].open != nil { close(id, at: eventTime, ingestTime: ingestTime) }
        encoder.counters.ticks &+= 1
        noteTick(id, eventTime: eventTime)
    }

    @inline(__always)
    private mutating func noteTick(_ id: SeriesID, eventTime: Int64) {
        // Else one trade whose time is far ahead would put the gaps after it into the future.
        let time = lag.bounded(eventTime)
        if let last = states[id].lastEventTime, last >= time { return }
        states[id].lastEventTime = time
    }

    // MARK: What is known

    /// A live tick came at this time by our clock, which may be wrong by any amount.
    @inline(__always)
    mutating func noteLag(eventTime: Int64, ingestTime: Int64) {
        lag.note(eventTime: eventTime, ingestTime: ingestTime)
    }

    /// A new connection has said something for the first time: what happened before can be missing, even when the venue
    /// begins by sending older trades again. The venue's time is told from ours by the smallest lag seen; before the first
    /// trade it is taken to be ours. *Units*: ms since the epoch.
    package mutating func noteConnected(wallMs: Int64) { floor = wallMs - (lag.ms ?? 0) }

    /// Up to where the series is known to be complete. *Units*: ms since the epoch, event time.
    package func lastEventTime(_ id: SeriesID) -> Int64? { states[id].lastEventTime }

    /// The series is on record up to this event time, from an earlier run.
    package mutating func resume(_ id: SeriesID, after eventTime: Int64?) {
        if let eventTime { noteTick(id, eventTime: eventTime) }
    }

    /// Whether the next tick of the series ends a gap.
    package func isOpen(_ id: SeriesID) -> Bool { states[id].open != nil }

    // MARK: Gaps

    /// From here on ticks of the series may be missing.
    package mutating func open(_ id: SeriesID, _ reason: GapReason) {
        states[id].isReopened = states[id].open != nil
        states[id].open = states[id].open ?? reason
    }

    /// Ticks of the series behind `eventTime` were thrown away after they had been noted.
    package mutating func reopen(_ id: SeriesID, after eventTime: Int64?, _ reason: GapReason) {
        open(id, reason)
        states[id].lastEventTime = eventTime
    }

    /// Writes the open gap of a series as far as it is known; nothing where none is open, or where the series had no tick yet.
    package mutating func announce(_ id: SeriesID, nowMs: Int64) {
        guard let reason = states[id].open, let from = states[id].lastEventTime else { return }
        write(Tick.Gap(from: from, to: max(nowMs, from + 1), reason: reason.rawValue), of: id, ingestTime: nowMs)
    }

    /// Writes a gap whose ends are known. *Units*: ms since the epoch; `from` and `to` event times of the trades around it.
    package mutating func leave(_ id: SeriesID, from: Int64, to: Int64, _ reason: GapReason, nowMs: Int64) {
        // Trades need not be in the order of their times; one whose time is far ahead says nothing about those behind it.
        let start = from <= to ? from : min(to, lastEventTime(id) ?? to)
        let gap = Tick.Gap(from: start, to: max(from, to, start + 1), reason: reason.rawValue)
        write(gap, of: id, ingestTime: nowMs)
    }

    /// Ends the open gap with the tick of `eventTime`.
    private mutating func close(_ id: SeriesID, at eventTime: Int64, ingestTime: Int64) {
        guard let reason = states[id].open else { return }
        states[id].open = nil
        var gap = Tick.Gap(from: 0, to: eventTime, reason: reason.rawValue)
        if let last = states[id].lastEventTime {
            gap.from = last
            gap.to = max(eventTime, floor, last + 1)
        } else {
            // Nobody knows of an earlier tick: the minute that the first one lies in is not whole.
            gap.from = UTCTime.startOfMinute(eventTime)
            // A second connection may begin by telling what the first one has not delivered.
            if states[id].isReopened { gap.to = max(eventTime, floor) }
        }
        if gap.from < gap.to { write(gap, of: id, ingestTime: ingestTime) }
    }

    private mutating func write(_ gap: Tick.Gap, of id: SeriesID, ingestTime: Int64) {
        // By the venue's clock, which may be ahead of ours, the gap may end later than now.
        let tick = Tick(
            series: encoder.series[id], kind: .gap(gap), eventTime: gap.to, ingestTime: max(ingestTime, gap.to - 1000))
        writeGap(tick, of: id)
    }

    private mutating func writeGap(_ tick: Tick, of id: SeriesID) {
        encoder.counters.ticks += 1
        encoder.counters.gaps += 1
        encoder.write(tick, .gap, of: id)
    }
}
