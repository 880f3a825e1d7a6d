package import CryptoCore

/// What a feed's decoder adds ticks to. It composes what can be read alone: `Continuity` drops repeats and lets trades wait for those
/// that are missing before them, `GapLog` writes gaps before the ticks that end them, `TickEncoder` makes JSON.
///
/// *Complexity*: a trade costs no allocation once the buffers have grown.
package struct TickWriter {
    /// What became of a trade.
    package enum Verdict: Sendable {
        /// It is in the batch, or waits for trades that are missing before it.
        case added
        /// It came before.
        case repeated
        /// It had to wait and found no room: it is missing from now on, and is asked for later or lies in a gap.
        case dropped
        case malformed
    }

    /// What was written, and what was not.
    package struct Counters: Sendable, Equatable {
        /// Trades, quotes and gaps.
        package var ticks = 0
        package var gaps = 0
        /// Trades that were there already.
        package var repeated = 0
        /// Trades that had to wait and found no room, or that the disk has lost meanwhile.
        package var dropped = 0
        /// Trades whose price, quantity, id or time is none.
        package var malformed = 0
        /// Those of them that are more than a minute ahead of our clock.
        package var ahead = 0
        /// Trades that the venue was asked for because they were missing.
        package var backfilled = 0

        package init() {}
    }

    package var continuity: Continuity
    private var heardSeries = HeardSeries()

    /// - Parameter remembering: how many trade ids are kept to drop repeats; 0 keeps repeats as they are.
    package init(remembering ids: Int = 0, batchBytes: Int = 1 << 16) {
        continuity = Continuity(GapLog(TickEncoder(batchBytes: batchBytes)))
        remember(ids)
    }

    /// From here on repeats are known by their ids, of which so many are kept; with 0 they stay as they are.
    package mutating func remember(_ ids: Int) { continuity.repeats = ids > 0 ? Deduplicator(capacity: ids) : nil }

    // Each names the whole way: an accessor inside another one takes memory from the heap where it is called from another module.

    package var gaps: GapLog {
        @inline(__always) _read { yield continuity.gaps }
        @inline(__always) _modify { yield &continuity.gaps }
    }
    package var encoder: TickEncoder {
        @inline(__always) _read { yield continuity.gaps.encoder }
        @inline(__always) _modify { yield &continuity.gaps.encoder }
    }
    /// The series that were met.
    package var series: SeriesTable {
        @inline(__always) _read { yield continuity.gaps.encoder.series }
        @inline(__always) _modify { yield &continuity.gaps.encoder.series }
    }
    /// The encoded ticks; the shell takes them and calls `removeAll`.
    package var batch: TickBatch {
        @inline(__always) _read { yield continuity.gaps.encoder.batch }
        @inline(__always) _modify { yield &continuity.gaps.encoder.batch }
    }
    package var counters: Counters { continuity.gaps.encoder.counters }

    // MARK: Ticks

    /// What is added until the next call belongs to one frame.
    @inline(__always)
    mutating func beginFrame() { heardSeries.begin() }

    /// Series that the frame under way has data of, each once, in the order in which it has.
    package var heard: [SeriesID] { heardSeries.ids }

    /// Adds a trade whose texts lie in `frame`. *Units*: `ingestTime` ms since the epoch.
    @inline(__always)
    mutating func add(
        _ trade: TradeFields, of id: SeriesID, ingestTime: Int64, _ frame: RawSpan
    ) -> Verdict {
        var values = TradeValues(series: id)
        guard encoder.read(trade, ingestTime, frame, into: &values) else { return .malformed }
        if !trade.isBackfilled { gaps.noteLag(eventTime: values.eventTime, ingestTime: values.ingestTime) }
        heardSeries.note(id)
        if continuity.isNumbered(id) { return continuity.addNumbered(trade, values, frame) }
        if continuity.repeats != nil, !continuity.repeats!.insert(trade.id, frame, id) {  // just compared with nil
            encoder.counters.repeated &+= 1
            return .repeated
        }
        if !continuity.incomplete.isEmpty, let verdict = continuity.holdBehindOutage(trade, values, frame) {
            return verdict
        }
        gaps.write(trade, values, frame)
        return .added
    }

    /// Adds a tick of any kind; its times are moved, its id marked and its source named like a trade's.
    package mutating func add(_ tick: Tick, of id: SeriesID) {
        heardSeries.note(id)
        gaps.write(tick, of: id)
    }

    // MARK: Outages

    /// Ticks of every series may be missing from now on.
    package mutating func beginOutages(_ reason: GapReason, nowMs: Int64) {
        for index in 0..<series.count { beginOutage(SeriesID(index: Int32(index)), reason, nowMs: nowMs) }
    }

    /// Ticks of a series may be missing from now on; its next one ends that. Where the venue cannot be asked this is a gap, which is
    /// announced at once; else it is seen later whether anything is missing at all. An outage that goes on stays as it is.
    package mutating func beginOutage(_ id: SeriesID, _ reason: GapReason, nowMs: Int64) {
        if continuity.beginOutage(id, reason, nowMs: nowMs) { return }
        let isNew = !gaps.isOpen(id)
        gaps.open(id, reason)
        if isNew { gaps.announce(id, nowMs: nowMs) }
    }

    /// A wanted series is not subscribed: an outage, whose gap is announced anew each time.
    package mutating func noteUnsubscribed(_ id: SeriesID, _ reason: GapReason, nowMs: Int64) {
        // A series that has never had a tick lacks the minute in which it was asked for.
        if gaps.lastEventTime(id) == nil { gaps.resume(id, after: UTCTime.startOfMinute(nowMs)) }
        let wasOpen = gaps.isOpen(id)
        beginOutage(id, reason, nowMs: nowMs)
        if wasOpen {
            gaps.announce(id, nowMs: nowMs)
        } else if !gaps.isOpen(id), let from = gaps.lastEventTime(id) {
            // Whether anything is missing is seen later; windows close meanwhile.
            gaps.leave(id, from: from, to: nowMs, reason, nowMs: nowMs)
        }
    }
}
