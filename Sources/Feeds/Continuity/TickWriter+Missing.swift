internal import CryptoCore

// What is missing of numbered series: known, filled, announced, given up.
extension TickWriter {
    /// What is missing and was not given up, the oldest of each series.
    package var missing: [MissingTrades] {
        unsettled.compactMap { missing(SeriesID(index: Int32($0))) }
    }

    /// The same of one series.
    package func missing(_ id: SeriesID) -> MissingTrades? {
        guard let part = numbered(id)?.parts.first, !part.isOver else { return nil }
        return part.missing
    }

    /// Trades that wait for others.
    package var heldTrades: Int {
        unsettled.reduce(0) { $0 + (numbered[$1]?.parts.reduce(0) { $0 + $1.trades.count } ?? 0) } + heldRecalled
    }

    /// Time has passed: announces what is missing for too long as gaps, and lets trades go that waited long enough.
    /// - Returns: whether more are ready to go.
    package mutating func settle(nowMs: Int64) -> Bool {
        var isMore = false
        for index in unsettled {
            let id = SeriesID(index: Int32(index))
            announce(id, nowMs: nowMs)
            while let part = numbered[index]?.parts.first, part.isOver, batch.count < TickWriter.settledTicks {
                release(part.trades, id)
                guard part.trades.isEmpty else { continue }
                numbered[index]?.parts.removeFirst()
                numbered[index]?.isAnnounced = false
            }
            isMore = isMore || numbered[index]?.parts.first?.isOver == true
        }
        unsettled.removeAll { index in
            guard let state = numbered[index], state.isWhole else { return false }
            numbered[index]?.isUnsettled = false
            return true
        }
        return settleRecalled(limit: TickWriter.settledTicks, nowMs: nowMs) || isMore
    }

    /// The end is near: what still waits for missing trades stays behind, and gaps say so. A later start asks for it again.
    package mutating func leaveHeld(nowMs: Int64) {
        giveUpRecalls(nowMs: nowMs)
        while settle(nowMs: nowMs), batch.count < TickWriter.settledTicks {}
        // Of those a later start could not ask for all.
        while settleRecalled(limit: TickWriter.lastTicks, nowMs: nowMs), batch.count < TickWriter.lastTicks {}
        leaveRecalled(nowMs: nowMs)
        for index in unsettled where numbered[index]?.isHeld == true {
            let id = SeriesID(index: Int32(index))
            guard let from = gaps.lastEventTime(id) ?? numbered[index]?.parts[0].missing.sinceMs else { continue }
            leaveGap(id, ids: nil, from: from, to: nowMs, .stop, nowMs: nowMs)
            numbered[index]?.parts = []
        }
    }

    private static var settledTicks: Int { 4096 }
    private static var lastTicks: Int { 1 << 18 }

    // MARK: Filling

    /// Adds a trade that the venue was asked for; what is missing begins behind it from then on.
    package mutating func fill(_ trade: HistoricTrade, of id: SeriesID, ingestTime: Int64, _ body: RawSpan) -> Bool {
        var values = TradeValues(series: id)
        guard read(trade.fields, ingestTime, body, into: &values) else {
            counters.malformed += 1
            return false
        }
        var fields = trade.fields
        fields.isBackfilled = true
        counters.backfilled += 1
        write(fields, values, body)
        let index = Int(id.index)
        guard index < numbered.count, let missing = numbered[index]?.parts.first?.missing else { return true }
        numbered[index]?.parts[0].missing.after = trade.id
        numbered[index]?.parts[0].missing.sinceMs = values.eventTime
        // Without an end what is asked for meets what comes.
        if missing.before == nil { numbered[index]?.numbers.accept(trade.id, timeMs: values.eventTime) }
        return true
    }

    /// The venue does not have these ids: what happened there stays unknown.
    package mutating func leaveGap(
        _ id: SeriesID, ids: Range<Int64>?, from: Int64, to: Int64, _ reason: GapReason, nowMs: Int64
    ) {
        if let ids { numbered[Int(id.index)]?.numbers.giveUp(ids) }
        // Trades need not be in the order of their times; one whose time is far ahead says nothing about those behind it.
        let start = from <= to ? from : min(to, gaps.lastEventTime(id) ?? to)
        let gap = Tick.Gap(from: start, to: max(from, to, start + 1), reason: reason.rawValue)
        append(
            Tick(series: series[id], kind: .gap(gap), eventTime: gap.to, ingestTime: max(nowMs, gap.to - 1000)), .gap,
            id)
    }

    /// What was missing has come, as far as it ever will: the trades behind it may go.
    package mutating func endFill(_ id: SeriesID) {
        let index = Int(id.index)
        guard index < numbered.count, let part = numbered[index]?.parts.first else { return }
        numbered[index]?.parts[0].isOver = true
        // Asked for everything, the venue has said what there is: nothing more is suspected.
        guard part.missing.before == nil, let suspect = numbered[index]?.suspect, suspect.sinceMs <= part.openedMs
        else { return }
        numbered[index]?.suspect = nil
    }

    /// Trades of the series may be missing without a later one to show it: what the venue has is asked for.
    package mutating func askForNewest(_ id: SeriesID, nowMs: Int64) {
        guard let backfillPolicy, let state = numbered(id), !state.isHeld, let last = state.numbers.last else { return }
        let reason = state.suspect?.reason ?? .missed
        let missing = MissingTrades(series: id, after: last.id, sinceMs: last.timeMs, reason: reason)
        numbered[Int(id.index)]?.parts = [NumberedSeries.Part(missing: missing, backfillPolicy, openedMs: nowMs)]
        unsettle(Int(id.index))
    }

    /// Series that may lack trades since before `wallMs`, without one that came behind to show it, and not for too long to
    /// be asked about.
    package func suspects(since wallMs: Int64) -> [SeriesID] {
        guard let backfillPolicy else { return [] }
        return unsettled.filter { index in
            guard let state = numbered[index], !state.isHeld, let suspect = state.suspect,
                let last = state.numbers.last
            else { return false }
            let unseenMs = suspect.reason == .start ? last.timeMs : suspect.sinceMs
            return suspect.sinceMs <= wallMs && wallMs - unseenMs <= backfillPolicy.horizonMs
        }.map { SeriesID(index: Int32($0)) }
    }

    /// The venue cannot give what is missing: a gap says so, and what waits behind it goes out.
    package mutating func giveUpFill(_ id: SeriesID, nowMs: Int64) {
        guard let missing = missing(id) else { return }
        let ids = missing.after.flatMap { after in missing.before.map { (after + 1)..<max($0, after + 1) } }
        // Before the first trade of all nothing is known to be missing, but that its minute is not whole.
        if !gaps.isOpen(id) {
            leaveGap(
                id, ids: ids, from: missing.sinceMs, to: missing.beforeMs ?? nowMs, missing.reason,
                nowMs: nowMs)
        }
        endFill(id)
    }

    // MARK: Parts

    /// Writes a gap for what is missing for too long: quiet windows may become final meanwhile.
    private mutating func announce(_ id: SeriesID, nowMs: Int64) {
        let index = Int(id.index)
        guard let state = numbered[index], !state.isAnnounced, let backfillPolicy else { return }
        if let part = state.parts.first, !part.isOver {
            // History from before our start is no gap in what we watched.
            let missing = part.missing
            guard !missing.isHistory, nowMs - part.openedMs >= backfillPolicy.announceMs else { return }
            leaveGap(
                id, ids: nil, from: missing.sinceMs, to: missing.beforeMs ?? nowMs, missing.reason, nowMs: nowMs)
        } else if let suspect = state.suspect, let last = state.numbers.last {
            guard nowMs - suspect.sinceMs >= backfillPolicy.announceMs else { return }
            leaveGap(id, ids: nil, from: last.timeMs, to: nowMs, suspect.reason, nowMs: nowMs)
        } else {
            return
        }
        numbered[index]?.isAnnounced = true
    }

    /// Writes some of the trades that waited.
    mutating func release(_ trades: DiskBuffer, _ id: SeriesID) {
        let unreadable = trades.unreadable
        scratch.removeAll()
        _ = trades.take(limit: 1024, bytes: 1 << 18, into: &scratch)
        // The disk gave something else back than it was given.
        if trades.unreadable > unreadable { gaps.open(id, .overflow) }
        for entry in scratch.entries { put(entry, of: scratch, id) }
    }

    /// Writes a trade that waited.
    mutating func put(_ entry: TickBatch.Entry, of waited: TickBatch, _ id: SeriesID) {
        if gaps.isOpen(id) { closeGap(id, at: entry.eventTime, ingestTime: entry.eventTime) }
        gaps.noteTick(id, eventTime: entry.eventTime)
        counters.ticks += 1
        batch.append(entry, of: waited)
    }
}
