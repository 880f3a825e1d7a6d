internal import CryptoCore

// Series whose venue tells its newest trades only, by ids that cannot be counted: after an outage the trades that come wait until it
// was asked for those in between.
extension Continuity {
    /// From here on what may be missing of `id` is asked for among the venue's newest trades.
    ///
    /// - Parameter recorded: the newest trade on record of an earlier run.
    /// - Returns: whether what came behind it will be asked for; else it is nil, or too long ago.
    package mutating func followNewest(_ id: SeriesID, after recorded: KnownTrade?, nowMs: Int64) -> Bool {
        followed[id].newest = NewestTrade()
        followsNewest = true
        guard let recorded, let policy, nowMs - recorded.timeMs <= policy.horizonMs else { return false }
        followed[id].newest?.recorded = recorded
        return beginOpenOutage(id, .start, nowMs: nowMs)
    }

    /// Notes each series' newest trade in the batch, before the shell takes that.
    mutating func noteNewest() {
        guard followsNewest else { return }
        noted.begin()
        for entry in gaps.encoder.batch.entries.reversed() where entry.kind == .trade && noted.note(entry.series) {
            followed[entry.series].noteNewest(entry, of: gaps.encoder.batch)
        }
    }

    /// Trades may be missing behind the newest one; false where none is known.
    mutating func beginOpenOutage(_ id: SeriesID, _ reason: GapReason, nowMs: Int64) -> Bool {
        guard let policy else { return false }
        if followed[id].holes.last?.isOverflown == true || extendHole(id) { return true }
        guard let known = newestTrade(id) else { return false }
        var hole = makeHole(id, reason, sinceMs: known.timeMs, seenMs: nowMs, policy)
        hole.known = known
        append(hole)
        return true
    }

    /// The newest trade that came: it waits, or is in the batch, or is on record.
    private func newestTrade(_ id: SeriesID) -> KnownTrade? {
        if let waiting = followed[id].holes.last?.newestKnown { return waiting }
        let batch = gaps.encoder.batch
        guard let entry = batch.entries.last(where: { $0.series == id && $0.kind == .trade }) else {
            return followed[id].newest?.known
        }
        return batch.withBytes(of: entry) { KnownTrade(json: $0) }
    }

    /// Lets a trade wait behind an outage of its series; nil where there is none.
    @inline(never)
    mutating func holdBehindOutage(
        _ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan
    ) -> TickWriter.Verdict? {
        let id = values.series
        guard let last = followed[id].holes.last else { return nil }
        if !last.isOverflown {
            if hold(trade, values, frame) { return .added }
            followed[id].last.isOverflown = true
            giveUp(values.series, nowMs: values.ingestTime)
        }
        gaps.encoder.counters.dropped += 1
        return .dropped
    }

    /// The venue cannot say what is missing: a gap does, up to the first trade behind it, or where sight was lost again, to the newest.
    /// An outage that goes on stays one.
    mutating func giveUpOutage(_ hole: Hole, nowMs: Int64) {
        let id = hole.series
        let goesOn = hole.isHolding && !hole.endsWithTrade
        if hole.isInterrupted, let newest = hole.newestKnown {
            let from = gaps.lastEventTime(id) ?? hole.sinceMs
            gaps.leave(id, from: from, to: max(newest.timeMs, from) + 1, hole.reason, nowMs: nowMs)
        } else if !gaps.isOpen(id) {
            gaps.open(id, hole.reason)
            if !hole.isAnnounced, !hole.isHolding { gaps.announce(id, nowMs: nowMs) }
        }
        end(id, nowMs: nowMs)
        if goesOn { _ = beginOpenOutage(id, hole.reason, nowMs: nowMs) }
    }

    // MARK: The venue's answers

    /// Writes what of the venue's newest trades belongs to the oldest hole of a series, and what waits among them, each once and
    /// in the venue's order.
    ///
    /// - Parameter answer: trades whose texts lie in `body`.
    /// - Returns: how many trades had been missing.
    mutating func fill(_ answer: RecentExcerpt, of id: SeriesID, nowMs: Int64, _ body: RawSpan) -> Int64 {
        guard let hole = hole(id) else { return 0 }
        let before = gaps.encoder.counters.backfilled
        var places: [String: Int] = [:]
        for (place, trade) in answer.trades.enumerated() { places[trade.id.string(in: body)] = place }
        if answer.start == nil {
            // How the two go together nobody knows, unless the first that waits is told.
            guard let first = firstPending(hole), places[first.trade.id] != nil else {
                giveUp(id, nowMs: nowMs)
                return 0
            }
            leaveGap(hole, upTo: answer.trades, nowMs: nowMs)
        }
        var next = answer.start ?? 0
        for (place, entry) in takePending(hole, places, after: next, answer.trades.first?.eventTime ?? .min) {
            if next < place {
                write(answer.trades[next..<min(place, answer.trades.count)], of: id, nowMs: nowMs, body)
            }
            next = max(next, place + 1)
            gaps.write(entry, of: sorted)
        }
        if next < answer.trades.count { write(answer.trades[next...], of: id, nowMs: nowMs, body) }
        if answer.isFinal {
            end(id, nowMs: nowMs)
        } else {
            advance(id, to: answer.trades.last, nowMs: nowMs, body)
        }
        return Int64(gaps.encoder.counters.backfilled - before)
    }

    /// Writes those of the venue's trades that have not come.
    private mutating func write(
        _ trades: ArraySlice<TickWriter.TradeFields>, of id: SeriesID, nowMs: Int64, _ body: RawSpan
    ) {
        var values = TradeValues(series: id)
        for var trade in trades where repeats?.insert(trade.id, body, id) ?? true {
            guard gaps.encoder.read(trade, nowMs, body, into: &values) else {
                gaps.open(id, .malformed)
                continue
            }
            trade.isBackfilled = true
            gaps.encoder.counters.backfilled += 1
            gaps.write(trade, values, body)
        }
    }

    /// What happened between the last trade that is known and the oldest that the venue tells cannot be had. Of the oldest
    /// one's millisecond there may have been more.
    private mutating func leaveGap(
        _ hole: Hole, upTo trades: [TickWriter.TradeFields], nowMs: Int64
    ) {
        guard !gaps.isOpen(hole.series) else { return }
        let from = gaps.lastEventTime(hole.series) ?? hole.sinceMs
        // The venue's clock may be wrong for one of them.
        let to = trades.first { $0.eventTime >= from }?.eventTime ?? nowMs
        gaps.leave(hole.series, from: from, to: to + 1, hole.reason, nowMs: nowMs)
    }

    /// What has come is known: the hole begins behind it.
    private mutating func advance(_ id: SeriesID, to trade: TickWriter.TradeFields?, nowMs: Int64, _ body: RawSpan) {
        guard let trade, let price = DecimalText.value(trade.price, in: body) else { return }
        followed[id].holes[0].known = KnownTrade(
            id: trade.id.string(in: body), timeMs: trade.eventTime, price: price, side: trade.side)
        followed[id].holes[0].sinceMs = trade.eventTime
        followed[id].holes[0].seenMs = nowMs
        guard !followed[id].holes[0].isHolding else { return }
        followed[id].holes[0].waitingSinceMs = nil
        followed[id].holes[0].isInterrupted = false
    }

    // MARK: The order of what waits

    /// The oldest trade that waits; it lies in `scratch`, and stays where it is.
    private mutating func firstPending(_ hole: Hole) -> (entry: TickBatch.Entry, trade: KnownTrade)? {
        readPending(hole) { _ = $0.peek(limit: 1, bytes: 0, into: &$1) }
        guard let entry = scratch.entries.first else { return nil }
        return scratch.withBytes(of: entry) { KnownTrade(json: $0) }.map { (entry, $0) }
    }

    /// Takes out what waits, in the order of the venue's trades and the newer ones behind them: old ones may have come late.
    /// The ticks lie in `sorted` then.
    private mutating func takePending(
        _ hole: Hole, _ places: [String: Int], after start: Int, _ oldestMs: Int64
    ) -> [(place: Int, entry: TickBatch.Entry)] {
        var found: [(place: Int, entry: TickBatch.Entry)] = []
        sorted.removeAll()
        let isFirstOfRun = followed[hole.series].newest?.json.isEmpty ?? true
        // Behind a gap of what the disk has lost nothing is put in order.
        while found.count < Continuity.batchTicks, let (entry, trade) = firstPending(hole) {
            hole.pending.removeFirst(1)
            if let place = places[trade.id], place < start, isFirstOfRun {
                gaps.encoder.counters.repeated += 1  // on record from an earlier run
                continue
            }
            // What the venue does not tell is newer than all that it told; or older, then it comes from an earlier gap.
            let place = places[trade.id] ?? (trade.timeMs < oldestMs ? -1 : places.count)
            sorted.append(entry, of: scratch)
            found.append((place, sorted.entries[sorted.count - 1]))
        }
        found.sort { ($0.place, $0.entry.offset) < ($1.place, $1.entry.offset) }
        return found
    }
}

/// What an answer holds of a market's newest trades.
struct RecentExcerpt {
    /// The oldest first.
    var trades: [TickWriter.TradeFields]
    /// The place behind the newest one that is known; nil where they begin later: a gap says so.
    var start: Int?
    /// Whether nothing can be missing behind them; else the newest of them is what is known from then on.
    var isFinal: Bool
}
