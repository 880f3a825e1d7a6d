internal import CryptoCore

/// Follows every series that can be asked about: sees what is missing, lets the trades behind it wait, and lets them go once it
/// has come or is given up. It asks nobody itself: `Backfill` does.
///
/// What is missing shows in one of two ways: by the numbers of the trades (`Continuity+Sequence`), or by the newest trades that the
/// venue tells (`Continuity+Newest`).
package struct Continuity {
    /// What is done about missing trades; nil: nothing, gaps say so.
    package var policy: BackfillPolicy?
    /// Where the trades go that need not wait, and the gaps.
    package var gaps: GapLog
    var followed = BySeries(FollowedSeries())
    /// The series with holes: the others cost nothing.
    private(set) var incomplete: [SeriesID] = []
    /// Ids that came, to know repeats by where trades are not numbered; nil: repeats stay.
    var repeats: Deduplicator?
    /// Whether the venue tells the newest trades only.
    var followsNewest = false
    /// How many trades the disk has lost while they waited, and why; nil: none since somebody asked.
    private var unreadable: (count: Int, reason: String)?
    private var holeCount = 0
    /// The series whose newest trade in the batch is noted.
    var noted = HeardSeries()
    /// Where a trade is encoded that is not to go out yet, and where those that go out are taken from.
    var scratch = TickBatch(reservingBytes: 1024)
    /// Where trades that waited are put in the venue's order.
    var sorted = TickBatch(reservingBytes: 64)

    /// Ticks of a batch beyond which nothing that has waited is added to it.
    static var batchTicks: Int { 4096 }
    private static var lastTicks: Int { 1 << 18 }

    init(_ gaps: GapLog) { self.gaps = gaps }

    // MARK: What is missing

    /// The oldest hole of each series, unless it is over.
    package var holes: [Hole] { incomplete.compactMap { hole($0) } }

    /// The oldest hole of a series, unless it is over.
    package func hole(_ id: SeriesID) -> Hole? { followed[id].holes.first.flatMap { $0.isOver ? nil : $0 } }

    /// Trades that wait for others which are missing before them.
    package var pendingTrades: Int {
        incomplete.reduce(0) { $0 + followed[$1].holes.reduce(0) { $0 + $1.pending.count } }
    }

    /// Trades of a series may be missing from now on.
    /// - Returns: false where that cannot be seen later: it is a gap.
    mutating func beginOutage(_ id: SeriesID, _ reason: GapReason, nowMs: Int64) -> Bool {
        if followed[id].newest != nil { return beginOpenOutage(id, reason, nowMs: nowMs) }
        guard policy != nil, isNumbered(id) else { return false }
        // The gap that is open already lasts until the next trade.
        return gaps.isOpen(id) || suspect(id, reason, nowMs: nowMs)
    }

    /// The hole of a series whose end nobody knows yet has lost sight once more.
    /// - Returns: false where there is no such hole.
    mutating func extendHole(_ id: SeriesID) -> Bool {
        guard let last = followed[id].holes.last, !last.isOver, last.before == nil else { return false }
        followed[id].last.outages += 1
        followed[id].last.isInterrupted = last.isHolding
        return true
    }

    /// A hole of a series, which is not among the others yet.
    mutating func makeHole(
        _ id: SeriesID, _ reason: GapReason, sinceMs: Int64, seenMs: Int64, _ policy: BackfillPolicy
    ) -> Hole {
        holeCount += 1
        return Hole(number: holeCount, series: id, reason: reason, sinceMs: sinceMs, seenMs: seenMs, policy)
    }

    /// Adds a hole behind those of its series.
    mutating func append(_ hole: Hole) {
        if followed[hole.series].holes.isEmpty, !incomplete.contains(hole.series) { incomplete.append(hole.series) }
        followed[hole.series].holes.append(hole)
    }

    // MARK: Waiting

    /// Puts a trade behind those that wait.
    /// - Returns: false when there is no room.
    mutating func hold(_ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan) -> Bool {
        let id = values.series
        gaps.encoder.write(trade, values, frame, apart: &scratch)
        guard let entry = scratch.entries.first else { return false }
        let pending = followed[id].last.pending
        guard scratch.withBytes(of: entry, { pending.append(entry, $0) }) else { return false }
        followed[id].last.waitingSinceMs = followed[id].last.waitingSinceMs ?? values.ingestTime
        // One that is told again, of before the outage, does not show that sight is back.
        if followed[id].newest != nil, values.eventTime >= followed[id].last.newestMs {
            scratch.copy(entry, to: &followed[id].last.newestPending)
            followed[id].last.newestMs = values.eventTime
            followed[id].last.newestOutages = followed[id].last.outages
        }
        return true
    }

    /// Time has passed: holes that stay are announced, what need not wait any more goes out, and the newest trades are noted. To be
    /// called before the batch is taken.
    /// - Returns: whether more is ready to go out.
    package mutating func settle(nowMs: Int64) -> Bool { settle(nowMs: nowMs, limit: Continuity.batchTicks) }

    private mutating func settle(nowMs: Int64, limit: Int) -> Bool {
        for id in incomplete {
            announce(id, nowMs: nowMs)
            release(id, limit: limit, nowMs: nowMs)
        }
        incomplete.removeAll { followed[$0].holes.isEmpty }
        noteNewest()
        return incomplete.contains { followed[$0].holes[0].isOver }
    }

    /// The end is near: trades that still wait stay behind, and gaps say so. A later start asks for the numbered ones again.
    package mutating func abandonPending(nowMs: Int64) {
        for id in incomplete where followed[id].newest != nil {
            while let hole = followed[id].holes.first, hole.isHolding, gaps.encoder.batch.count < Continuity.lastTicks {
                giveUp(id, nowMs: nowMs)
                release(id, limit: Continuity.lastTicks, nowMs: nowMs)
            }
        }
        _ = settle(nowMs: nowMs, limit: Continuity.lastTicks)
        for id in incomplete where followed[id].holes.contains(where: \.isHolding) {
            let from = gaps.lastEventTime(id) ?? followed[id].holes[0].sinceMs
            gaps.leave(id, from: from, to: nowMs, .stop, nowMs: nowMs)
            followed[id].holes = []
        }
    }

    // MARK: The end of a hole

    /// The venue cannot give what is missing: a gap says so, and what waits behind it goes out.
    package mutating func giveUp(_ id: SeriesID, nowMs: Int64) {
        guard let hole = hole(id) else { return }
        guard hole.known == nil else { return giveUpOutage(hole, nowMs: nowMs) }
        leaveSequenceGap(hole, nowMs: nowMs)
        end(id, nowMs: nowMs)
    }

    /// All that was missing has come, as far as it ever will: the trades behind it go.
    mutating func end(_ id: SeriesID, nowMs: Int64) {
        followed[id].holes[0].isOver = true
        release(id, limit: Continuity.batchTicks, nowMs: nowMs)
    }

    /// Writes what has waited long enough, as far as the batch has room.
    private mutating func release(_ id: SeriesID, limit: Int, nowMs: Int64) {
        while let hole = followed[id].holes.first, hole.isOver {
            while hole.isHolding {
                guard gaps.encoder.batch.count < limit else { return }
                readPending(hole) { _ = $0.take(limit: 1024, bytes: 1 << 18, into: &$1) }
                for entry in scratch.entries { gaps.write(entry, of: scratch) }
            }
            followed[id].holes.removeFirst()
            guard hole.isOverflown else { continue }
            gaps.open(id, .overflow)
            gaps.announce(id, nowMs: nowMs)
        }
    }

    /// Reads trades that wait into `scratch`. Those that the disk has lost are counted; their gaps stand in their place.
    mutating func readPending(_ hole: Hole, _ read: (DiskBuffer, inout TickBatch) -> Void) {
        let before = hole.pending.unreadable
        scratch.removeAll()
        read(hole.pending, &scratch)
        let lost = hole.pending.unreadable - before
        guard lost > 0 else { return }
        gaps.encoder.counters.dropped += lost
        unreadable = (lost + (unreadable?.count ?? 0), hole.pending.problem ?? "")
    }

    /// How many trades the disk has lost while they waited, and why; nil: none since this was asked last.
    package mutating func takeUnreadable() -> (count: Int, reason: String)? {
        defer { unreadable = nil }
        return unreadable
    }

    /// Writes a gap for a hole that stays: quiet windows may become final meanwhile.
    private mutating func announce(_ id: SeriesID, nowMs: Int64) {
        // History from before our start is no gap in what we watched.
        guard let policy, let hole = hole(id), !hole.isAnnounced, !hole.isHistory,
            nowMs - hole.seenMs >= policy.announceMs, !gaps.isOpen(id) || hole.known == nil
        else { return }
        followed[id].holes[0].isAnnounced = true
        let from = hole.known == nil ? hole.sinceMs : gaps.lastEventTime(id) ?? hole.sinceMs
        gaps.leave(id, from: from, to: hole.beforeMs ?? nowMs, hole.reason, nowMs: nowMs)
    }
}
