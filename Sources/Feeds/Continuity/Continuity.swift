internal import CryptoCore

/// Follows every series that can be asked about: sees what is missing, lets the trades behind it wait, and lets them go once it
/// has come or is given up. It asks nobody itself: `Backfill` does.
///
/// What is missing shows in one of two ways: by the numbers of the trades (`Continuity+Sequence`), or by the newest trades that the
/// venue tells (`Continuity+Newest`).
package struct Continuity {
    /// What is done about missing trades; nil: nothing, gaps say so.
    package var policy: BackfillPolicy?
    /// By the index of the series.
    var followed: [FollowedSeries] = []
    /// The series with holes: the others cost nothing.
    private(set) var incomplete: [Int] = []
    /// Ids that came, to know repeats by where trades are not numbered; nil: repeats stay.
    var repeats: Deduplicator?
    /// Whether the venue tells the newest trades only.
    var followsNewest = false
    private var holeCount = 0
    private var round = 0
    /// Where a trade is encoded that is not to go out yet, and where those that go out are taken from.
    var scratch = TickBatch(reservingBytes: 1024)
    /// Where trades that waited are put in the venue's order.
    var sorted = TickBatch(reservingBytes: 64)

    /// Ticks of a batch beyond which nothing that has waited is added to it.
    static var batchTicks: Int { 4096 }

    // MARK: What is missing

    /// The oldest hole of each series, unless it is over.
    package var holes: [Hole] { incomplete.compactMap { hole(SeriesID(index: Int32($0))) } }

    /// The oldest hole of a series, unless it is over.
    package func hole(_ id: SeriesID) -> Hole? {
        let index = Int(id.index)
        guard index < followed.count, let hole = followed[index].holes.first, !hole.isOver else { return nil }
        return hole
    }

    /// Trades that wait for others.
    package var pendingTrades: Int {
        incomplete.reduce(0) { $0 + followed[$1].holes.reduce(0) { $0 + $1.pending.count } }
    }

    /// Trades of a series may be missing from now on.
    /// - Returns: false where that cannot be seen later: it is a gap.
    mutating func beginOutage(_ id: SeriesID, _ reason: GapReason, nowMs: Int64, _ log: GapLog) -> Bool {
        let index = Int(id.index)
        guard policy != nil, index < followed.count else { return false }
        if followed[index].newest != nil { return beginOpenOutage(index, reason, nowMs: nowMs, log.encoder.batch) }
        // The gap that is open already lasts until the next trade.
        return log.isOpen(id) || suspect(index, reason, nowMs: nowMs)
    }

    /// Adds a hole behind those of its series.
    mutating func append(_ hole: Hole) {
        let index = Int(hole.series.index)
        followed[index].holes.append(hole)
        guard !followed[index].isListed else { return }
        followed[index].isListed = true
        incomplete.append(index)
    }

    /// A hole of a series from the last trade on, which nobody else has.
    mutating func makeHole(
        _ index: Int, _ reason: GapReason, sinceMs: Int64, seenMs: Int64, _ policy: BackfillPolicy
    ) -> Hole {
        holeCount += 1
        return Hole(
            number: holeCount, series: SeriesID(index: Int32(index)), reason: reason, sinceMs: sinceMs, seenMs: seenMs,
            policy)
    }

    mutating func reserve(_ id: SeriesID) {
        while followed.count <= Int(id.index) { followed.append(FollowedSeries()) }
    }

    // MARK: Waiting

    /// Puts a trade behind those that wait.
    /// - Returns: false when there is no room.
    mutating func hold(
        _ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan, _ log: inout GapLog
    ) -> Bool {
        let index = Int(values.series.index)
        let last = followed[index].holes.count - 1
        log.encoder.write(trade, values, frame, apart: &scratch)
        guard let entry = scratch.entries.first else { return false }
        let pending = followed[index].holes[last].pending
        guard scratch.withBytes(of: entry, { pending.append(entry, $0) }) else { return false }
        if followed[index].holes[last].waitingSinceMs == nil {
            followed[index].holes[last].waitingSinceMs = values.ingestTime
        }
        // One that is told again, of before the outage, does not show that sight is back.
        if followed[index].newest != nil, values.eventTime >= followed[index].holes[last].newestMs {
            scratch.copy(entry, to: &followed[index].holes[last].newestPending)
            followed[index].holes[last].newestMs = values.eventTime
            followed[index].holes[last].newestOutages = followed[index].holes[last].outages
        }
        return true
    }

    /// Time has passed: holes that stay are announced, what need not wait any more goes out, and the newest trades are noted. To be
    /// called before the batch is taken.
    /// - Returns: whether more is ready to go out.
    mutating func settle(nowMs: Int64, limit: Int = Continuity.batchTicks, _ log: inout GapLog) -> Bool {
        var isMore = false
        for index in incomplete {
            announce(index, nowMs: nowMs, &log)
            release(index, limit: limit, nowMs: nowMs, &log)
            if followed[index].holes.first?.isOver == true { isMore = true }
        }
        incomplete.removeAll { index in
            guard followed[index].holes.isEmpty else { return false }
            followed[index].isListed = false
            return true
        }
        round &+= 1
        noteNewest(round, in: log.encoder.batch)
        return isMore
    }

    /// The end is near: trades that still wait stay behind, and gaps say so. A later start asks for the numbered ones again.
    mutating func abandon(nowMs: Int64, _ log: inout GapLog) {
        for index in incomplete where followed[index].newest != nil {
            while let hole = followed[index].holes.first, hole.isHolding,
                log.encoder.batch.count < Continuity.lastTicks
            {
                giveUp(hole.series, nowMs: nowMs, &log)
                release(index, limit: Continuity.lastTicks, nowMs: nowMs, &log)
            }
        }
        _ = settle(nowMs: nowMs, limit: Continuity.lastTicks, &log)
        for index in incomplete where followed[index].holes.contains(where: \.isHolding) {
            let id = SeriesID(index: Int32(index))
            let from = log.lastEventTime(id) ?? followed[index].holes[0].sinceMs
            log.leave(id, from: from, to: nowMs, .stop, nowMs: nowMs)
            followed[index].holes = []
        }
    }

    private static var lastTicks: Int { 1 << 18 }

    // MARK: The end of a hole

    /// The venue cannot give what is missing: a gap says so, and what waits behind it goes out.
    mutating func giveUp(_ id: SeriesID, nowMs: Int64, _ log: inout GapLog) {
        guard let hole = hole(id) else { return }
        guard hole.known == nil else { return giveUpOutage(hole, nowMs: nowMs, &log) }
        leaveSequenceGap(hole, nowMs: nowMs, &log)
        end(id, nowMs: nowMs, &log)
    }

    /// All that was missing has come, as far as it ever will: the trades behind it go.
    mutating func end(_ id: SeriesID, nowMs: Int64, _ log: inout GapLog) {
        let index = Int(id.index)
        followed[index].holes[0].isOver = true
        release(index, limit: Continuity.batchTicks, nowMs: nowMs, &log)
    }

    /// Writes what has waited long enough, as far as the batch has room.
    private mutating func release(_ index: Int, limit: Int, nowMs: Int64, _ log: inout GapLog) {
        while let hole = followed[index].holes.first, hole.isOver {
            while hole.isHolding {
                guard log.encoder.batch.count < limit else { return }
                let unreadable = hole.pending.unreadable
                scratch.removeAll()
                _ = hole.pending.take(limit: 1024, bytes: 1 << 18, into: &scratch)
                // The disk gave something else back than it was given.
                if hole.pending.unreadable > unreadable { log.open(hole.series, .overflow) }
                for entry in scratch.entries { log.write(entry, of: scratch) }
            }
            followed[index].holes.removeFirst()
            guard hole.isOverflown else { continue }
            log.open(hole.series, .overflow)
            log.announce(hole.series, nowMs: nowMs)
        }
    }

    /// Writes a gap for a hole that stays: quiet windows may become final meanwhile.
    private mutating func announce(_ index: Int, nowMs: Int64, _ log: inout GapLog) {
        // History from before our start is no gap in what we watched.
        guard let policy, let hole = followed[index].holes.first, !hole.isAnnounced, !hole.isOver, !hole.isHistory,
            nowMs - hole.seenMs >= policy.announceMs, !log.isOpen(hole.series) || hole.known == nil
        else { return }
        followed[index].holes[0].isAnnounced = true
        let from = hole.known == nil ? hole.sinceMs : log.lastEventTime(hole.series) ?? hole.sinceMs
        log.leave(hole.series, from: from, to: hole.beforeMs ?? nowMs, hole.reason, nowMs: nowMs)
    }
}
