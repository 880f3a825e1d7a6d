package import CryptoCore

/// Why ticks are missing.
package enum GapReason: String, Sendable, Equatable {
    /// The producer was not running.
    case start
    /// The connection was lost or could not be made.
    case disconnect
    /// The connection was there, but nothing came.
    case silent
    /// The venue refused the subscription.
    case refused
    /// The venue refused to answer so often.
    case rateLimited = "rate_limited"
    /// Kafka was away for so long that the buffer was full.
    case overflow
    /// A frame of the series could not be read.
    case malformed
    /// Messages were lost on the way: the venue's numbers jumped.
    case missed
    /// The producer ended before what was missing had come.
    case stop
    /// The venue has begun to number anew: nobody can tell what is missing.
    case renumbered
    /// The recording that is replayed lacks what the disk was too slow for.
    case unrecorded
}

/// Knows for each series up to where its ticks are complete, and writes what is missing as a gap.
///
/// A gap opens when the feed loses sight of a series and closes with the series' next tick, before which it is written: from
/// the last tick's event time to the new one's. When it opens, what is known already is announced (to the present), because a
/// quiet window may be final before the next tick comes; both have the same `gap_from`, so a store keeps one.
/// After a reconnect the gap lasts at least until the venue's time of the new connection.
package struct GapTracker: Sendable {
    private struct State: Sendable {
        /// Event time up to which the series is complete; nil before its first tick.
        var lastEventTime: Int64?
        var open: GapReason?
    }

    private var states: [State] = []
    private var lag = VenueLag()
    /// No gap ends before this event time.
    private var floor = Int64.min

    package init() {}

    /// A live tick came at this time by our clock, which may be wrong by any amount.
    @inline(__always)
    mutating func noteLag(eventTime: Int64, ingestTime: Int64) {
        lag.note(eventTime: eventTime, ingestTime: ingestTime)
    }

    /// A new connection has said something for the first time: what happened before can be missing, even when the venue
    /// begins by sending older trades again. The venue's time is told from ours by the smallest lag seen; before the first
    /// trade it is taken to be ours.
    package mutating func noteConnected(wallMs: Int64) { floor = wallMs - (lag.ms ?? 0) }

    /// Whether the next tick of `series` must be preceded by a gap.
    @inline(__always)
    package func isOpen(_ series: SeriesID) -> Bool {
        let index = Int(series.index)
        return index < states.count && states[index].open != nil
    }

    /// Notes a tick that was written.
    @inline(__always)
    mutating func noteTick(_ series: SeriesID, eventTime: Int64) {
        let index = Int(series.index)
        if index >= states.count { grow(to: index) }
        // Else one trade whose time is far ahead would put the gaps after it into the future.
        let time = lag.bounded(eventTime)
        if let last = states[index].lastEventTime, last >= time { return }
        states[index].lastEventTime = time
    }

    /// Up to where the series is known to be complete.
    package func lastEventTime(_ series: SeriesID) -> Int64? {
        let index = Int(series.index)
        return index < states.count ? states[index].lastEventTime : nil
    }

    /// What is on record of the series from an earlier run: its last tick's event time.
    package mutating func resume(_ series: SeriesID, after eventTime: Int64?) {
        if let eventTime { noteTick(series, eventTime: eventTime) }
    }

    /// From here on ticks of `series` may be missing; the reason of a gap that is open already stays.
    package mutating func open(_ series: SeriesID, _ reason: GapReason) {
        let index = Int(series.index)
        if index >= states.count { grow(to: index) }
        if states[index].open == nil { states[index].open = reason }
    }

    /// The ticks that were noted since are none after all.
    mutating func rewind(_ series: SeriesID, to eventTime: Int64?) {
        let index = Int(series.index)
        if index < states.count { states[index].lastEventTime = eventTime }
    }

    /// Ticks of `series` after `eventTime` were thrown away after they had been noted.
    package mutating func reopen(_ series: SeriesID, after eventTime: Int64?, _ reason: GapReason) {
        open(series, reason)
        states[Int(series.index)].lastEventTime = eventTime
    }

    /// The part of the open gap that is known at `nowMs`; nil when the series had no tick yet.
    package func announcement(_ series: SeriesID, nowMs: Int64) -> Tick.Gap? {
        let index = Int(series.index)
        guard index < states.count, let reason = states[index].open, let from = states[index].lastEventTime else {
            return nil
        }
        return Tick.Gap(from: from, to: max(nowMs, from + 1), reason: reason.rawValue)
    }

    /// Ends the gap with the tick of `eventTime`; nil when nothing lies in between.
    mutating func close(_ series: SeriesID, at eventTime: Int64) -> Tick.Gap? {
        let index = Int(series.index)
        guard index < states.count, let reason = states[index].open else { return nil }
        states[index].open = nil
        guard let from = states[index].lastEventTime else {
            // Nobody knows of an earlier tick: the minute that the first one lies in is not whole.
            let minute = eventTime - ((eventTime % 60_000) + 60_000) % 60_000
            return minute < eventTime ? Tick.Gap(from: minute, to: eventTime, reason: reason.rawValue) : nil
        }
        return Tick.Gap(from: from, to: max(eventTime, floor, from + 1), reason: reason.rawValue)
    }

    private mutating func grow(to index: Int) {
        states += [State](repeating: State(), count: index + 1 - states.count)
    }
}
