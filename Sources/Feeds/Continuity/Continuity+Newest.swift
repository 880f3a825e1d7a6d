internal import CryptoCore

// Series whose venue tells its newest trades only, by ids that cannot be counted: after an outage the trades that come wait until it
// was asked for those in between.
extension Continuity {
    /// From here on what may be missing of `id` is asked for among the venue's newest trades.
    ///
    /// - Parameter recorded: the newest trade on record of an earlier run.
    /// - Returns: whether what came behind it will be asked for; else it is nil, or too long ago.
    mutating func followNewest(_ id: SeriesID, after recorded: KnownTrade?, nowMs: Int64, _ log: GapLog) -> Bool {
        reserve(id)
        let index = Int(id.index)
        followed[index].newest = NewestTrade()
        followsNewest = true
        guard let recorded, let policy, nowMs - recorded.timeMs <= policy.horizonMs else { return false }
        followed[index].newest?.recorded = recorded
        return beginOpenOutage(index, .start, nowMs: nowMs, log.encoder.batch)
    }

    /// Notes each series' newest trade in the batch, before the shell takes that.
    mutating func noteNewest(_ round: Int, in batch: TickBatch) {
        guard followsNewest else { return }
        for place in stride(from: batch.count - 1, through: 0, by: -1) {
            let entry = batch.entries[place]
            let index = Int(entry.series.index)
            guard entry.kind == .trade, index < followed.count, let newest = followed[index].newest,
                newest.round != round
            else { continue }
            followed[index].newest?.round = round
            batch.copy(entry, to: &followed[index].newest!.json)  // not nil: just looked
        }
    }

    /// Trades may be missing behind the newest one; false where none is known.
    mutating func beginOpenOutage(_ index: Int, _ reason: GapReason, nowMs: Int64, _ batch: TickBatch) -> Bool {
        guard let policy else { return false }
        if let place = followed[index].holes.indices.last, let last = followed[index].holes.last {
            if last.isOverflown { return true }
            if !last.isOver {
                followed[index].holes[place].outages += 1
                followed[index].holes[place].isInterrupted = last.isHolding
                return true
            }
        }
        guard let known = newestTrade(index, batch) else { return false }
        var hole = makeHole(index, reason, sinceMs: known.timeMs, seenMs: nowMs, policy)
        hole.known = known
        append(hole)
        return true
    }

    /// The newest trade that came: it waits, or is in the batch, or is on record.
    private func newestTrade(_ index: Int, _ batch: TickBatch) -> KnownTrade? {
        if let last = followed[index].holes.last, last.isHolding { return KnownTrade(json: last.newestPending) }
        guard let entry = batch.entries.last(where: { Int($0.series.index) == index && $0.kind == .trade }) else {
            return followed[index].newest?.known
        }
        var json: [UInt8] = []
        batch.copy(entry, to: &json)
        return KnownTrade(json: json)
    }

    /// Lets a trade wait behind an outage of its series; nil where there is none.
    @inline(never)
    mutating func holdBehindOutage(
        _ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan, _ log: inout GapLog
    ) -> TickWriter.Verdict? {
        let index = Int(values.series.index)
        guard index < followed.count, let last = followed[index].holes.last else { return nil }
        if !last.isOverflown {
            if hold(trade, values, frame, &log) { return .added }
            followed[index].holes[followed[index].holes.count - 1].isOverflown = true
            giveUp(values.series, nowMs: values.ingestTime, &log)
        }
        log.encoder.counters.dropped += 1
        return .dropped
    }

    /// The venue cannot say what is missing: a gap does, up to the first trade behind it, or where sight was lost again, to the newest.
    /// An outage that goes on stays one.
    mutating func giveUpOutage(_ hole: Hole, nowMs: Int64, _ log: inout GapLog) {
        let id = hole.series
        let goesOn = hole.isHolding && !hole.endsWithTrade
        if hole.isInterrupted, let newest = hole.newestKnown {
            let from = log.lastEventTime(id) ?? hole.sinceMs
            log.leave(id, from: from, to: max(newest.timeMs, from) + 1, hole.reason, nowMs: nowMs)
        } else if !log.isOpen(id) {
            log.open(id, hole.reason)
            if !hole.isAnnounced, !hole.isHolding { log.announce(id, nowMs: nowMs) }
        }
        end(id, nowMs: nowMs, &log)
        if goesOn { _ = beginOpenOutage(Int(id.index), hole.reason, nowMs: nowMs, log.encoder.batch) }
    }

    // MARK: The venue's answers

    /// Writes what of the venue's newest trades belongs to the oldest hole of a series, and what waits among them, each once and
    /// in the venue's order.
    ///
    /// - Parameter answer: trades whose texts lie in `body`.
    /// - Returns: how many trades had been missing.
    mutating func fill(
        _ answer: RecentExcerpt, of id: SeriesID, nowMs: Int64, _ body: RawSpan, _ log: inout GapLog
    ) -> Int64 {
        guard let hole = hole(id) else { return 0 }
        let before = log.encoder.counters.backfilled
        let unreadable = hole.pending.unreadable
        var places: [String: Int] = [:]
        for (place, trade) in answer.trades.enumerated() { places[trade.id.string(in: body)] = place }
        if answer.start == nil {
            guard let first = firstPending(hole), places[first.trade.id] != nil else {
                giveUp(id, nowMs: nowMs, &log)
                return 0
            }
            leaveGap(hole, upTo: answer.trades, nowMs: nowMs, &log)
        }
        var next = answer.start ?? 0
        for (place, entry) in takePending(hole, places, after: next, answer.trades.first?.eventTime ?? .min, &log) {
            if next < place {
                write(answer.trades[next..<min(place, answer.trades.count)], of: id, nowMs: nowMs, body, &log)
            }
            next = max(next, place + 1)
            log.write(entry, of: sorted)
        }
        if hole.pending.unreadable > unreadable { log.open(id, .overflow) }
        if next < answer.trades.count { write(answer.trades[next...], of: id, nowMs: nowMs, body, &log) }
        if answer.isFinal {
            end(id, nowMs: nowMs, &log)
        } else {
            advance(id, to: answer.trades.last, nowMs: nowMs, body)
        }
        return Int64(log.encoder.counters.backfilled - before)
    }

    /// Writes those of the venue's trades that have not come.
    private mutating func write(
        _ trades: ArraySlice<TickWriter.TradeFields>, of id: SeriesID, nowMs: Int64, _ body: RawSpan,
        _ log: inout GapLog
    ) {
        var values = TradeValues(series: id)
        for var trade in trades where repeats?.insert(trade.id, body, id) ?? true {
            guard log.encoder.read(trade, nowMs, body, into: &values) else {
                log.open(id, .malformed)
                continue
            }
            trade.isBackfilled = true
            log.encoder.counters.backfilled += 1
            log.write(trade, values, body)
        }
    }

    /// What happened between the last trade that is known and the oldest that the venue tells cannot be had. Of the oldest
    /// one's millisecond there may have been more.
    private func leaveGap(
        _ hole: Hole, upTo trades: [TickWriter.TradeFields], nowMs: Int64, _ log: inout GapLog
    ) {
        guard !log.isOpen(hole.series) else { return }
        let from = log.lastEventTime(hole.series) ?? hole.sinceMs
        // The venue's clock may be wrong for one of them.
        let to = trades.first { $0.eventTime >= from }?.eventTime ?? nowMs
        log.leave(hole.series, from: from, to: to + 1, hole.reason, nowMs: nowMs)
    }

    /// What has come is known: the hole begins behind it.
    private mutating func advance(_ id: SeriesID, to trade: TickWriter.TradeFields?, nowMs: Int64, _ body: RawSpan) {
        guard let trade, let price = DecimalText.value(trade.price, in: body) else { return }
        followed[Int(id.index)].holes[0].known = KnownTrade(
            id: trade.id.string(in: body), timeMs: trade.eventTime, price: price, side: trade.side)
        followed[Int(id.index)].holes[0].sinceMs = trade.eventTime
        followed[Int(id.index)].holes[0].seenMs = nowMs
        guard !followed[Int(id.index)].holes[0].isHolding else { return }
        followed[Int(id.index)].holes[0].waitingSinceMs = nil
        followed[Int(id.index)].holes[0].isInterrupted = false
    }

    // MARK: The order of what waits

    /// The oldest trade that waits; it lies in `scratch`, and stays where it is.
    private mutating func firstPending(_ hole: Hole) -> (entry: TickBatch.Entry, trade: KnownTrade)? {
        scratch.removeAll()
        _ = hole.pending.peek(limit: 1, bytes: 0, into: &scratch)
        guard let entry = scratch.entries.first else { return nil }
        let trade = scratch.withBytes(of: entry) { json in
            (try? TickView(decoding: json)).flatMap { KnownTrade($0, in: json) }
        }
        return trade.map { (entry, $0) }
    }

    /// Takes out what waits, in the order of the venue's trades and the newer ones behind them: old ones may have come late.
    /// The ticks lie in `sorted` then.
    private mutating func takePending(
        _ hole: Hole, _ places: [String: Int], after start: Int, _ oldestMs: Int64, _ log: inout GapLog
    ) -> [(place: Int, entry: TickBatch.Entry)] {
        var found: [(place: Int, entry: TickBatch.Entry)] = []
        sorted.removeAll()
        let isFirstOfRun = followed[Int(hole.series.index)].newest?.json.isEmpty ?? true
        let unreadable = hole.pending.unreadable
        // Behind what the disk has lost nothing is put in order: a gap has to come where it was.
        while found.count < Continuity.batchTicks, hole.pending.unreadable == unreadable,
            let (entry, trade) = firstPending(hole), hole.pending.unreadable == unreadable
        {
            hole.pending.removeFirst(1)
            if let place = places[trade.id], place < start, isFirstOfRun {
                log.encoder.counters.repeated += 1  // on record from an earlier run
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
