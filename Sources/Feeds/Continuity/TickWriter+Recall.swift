internal import CryptoCore

// Series whose venue tells its newest trades only: after a loss of sight the trades that come wait until it was asked for those
// in between.
extension TickWriter {
    /// From here on what may be missing of `id` is asked for among the venue's newest trades.
    ///
    /// - Parameter recorded: the newest trade on record of an earlier run.
    /// - Returns: whether what came behind it will be asked for; else it is nil, or too long ago.
    package mutating func recall(_ id: SeriesID, after recorded: KnownTrade?, nowMs: Int64) -> Bool {
        while recalled.count <= Int(id.index) { recalled.append(RecallSeries()) }
        guard let recorded, let backfillPolicy, nowMs - recorded.timeMs <= backfillPolicy.horizonMs else {
            return false
        }
        recalled[Int(id.index)].recorded = recorded
        return lose(id, .start, nowMs: nowMs)
    }

    /// Takes note of each series' newest trade in the batch, before the shell takes that.
    package mutating func rememberNewest() {
        guard !recalled.isEmpty else { return }
        recallRound &+= 1
        for place in stride(from: batch.count - 1, through: 0, by: -1) {
            let entry = batch.entries[place]
            let index = Int(entry.series.index)
            guard entry.kind == .trade, index < recalled.count, recalled[index].round != recallRound else { continue }
            recalled[index].round = recallRound
            TickWriter.copy(entry, of: batch, to: &recalled[index].newest)
        }
    }

    /// Series of which trades may be missing, but for those that were asked about to the end.
    package var losses: [SightLoss] {
        guard isRecalling else { return [] }
        return recalled.indices.compactMap { index in
            guard let loss = recalled[index].loss, !loss.isOver else { return nil }
            return SightLoss(
                series: SeriesID(index: Int32(index)), number: loss.number, known: loss.known,
                isHolding: !loss.newest.isEmpty)
        }
    }

    /// The same of one series, with the newest trade that waits.
    package func loss(_ id: SeriesID) -> SightLoss? {
        guard Int(id.index) < recalled.count, let loss = recalled[Int(id.index)].loss, !loss.isOver else { return nil }
        return SightLoss(
            series: id, number: loss.number, known: loss.known, isHolding: !loss.newest.isEmpty,
            newest: KnownTrade(json: loss.newest))
    }

    /// Trades that wait for such an answer.
    var heldRecalled: Int { isRecalling ? recalled.reduce(0) { $0 + ($1.loss?.trades.count ?? 0) } : 0 }

    // MARK: What the venue told

    /// Writes what of the venue's newest trades is not known, and what waits among them, each once and in the venue's order.
    ///
    /// - Parameters:
    ///   - trades: oldest first; their texts lie in `body`.
    ///   - start: the place behind the newest one that is known; nil where they begin later: a gap says so.
    ///   - isOver: whether nothing can be missing any more; else nothing waits, and the newest of them is what is known
    ///     from then on.
    /// - Returns: how many of them had been missing.
    package mutating func take(
        _ trades: [TradeFields], from start: Int?, of id: SeriesID, isOver: Bool, nowMs: Int64, _ body: RawSpan
    ) -> Int {
        guard Int(id.index) < recalled.count, let loss = recalled[Int(id.index)].loss, !loss.isOver else { return 0 }
        let before = counters.backfilled
        let unreadable = loss.trades.unreadable
        var places: [String: Int] = [:]
        for (place, trade) in trades.enumerated() { places[trade.id.string(in: body)] = place }
        guard start != nil || firstWaiting(loss.trades).map({ places[$0.trade.id] != nil }) == true else {
            giveUpRecall(id, nowMs: nowMs)
            return 0
        }
        if start == nil { leaveGap(id, upTo: trades, loss, nowMs: nowMs) }
        var next = start ?? 0
        for (place, entry) in takeWaiting(loss.trades, id, places, after: start ?? 0, trades.first?.eventTime ?? .min) {
            if next < place { write(trades[next..<min(place, trades.count)], of: id, nowMs: nowMs, body) }
            next = max(next, place + 1)
            put(entry, of: waiting, id)
        }
        if loss.trades.unreadable > unreadable { gaps.open(id, .overflow) }
        if next < trades.count { write(trades[next...], of: id, nowMs: nowMs, body) }
        if isOver { end(id, nowMs: nowMs) } else { advance(id, to: trades.last, nowMs: nowMs, body) }
        return counters.backfilled - before
    }

    /// The venue cannot say what is missing: a gap does, and what waits goes out.
    package mutating func giveUpRecall(_ id: SeriesID, nowMs: Int64) {
        guard Int(id.index) < recalled.count, let loss = recalled[Int(id.index)].loss, !loss.isOver else { return }
        if !gaps.isOpen(id) {
            gaps.open(id, loss.reason)
            if !loss.isAnnounced, loss.trades.isEmpty { announceGap(id, nowMs: nowMs) }
        }
        end(id, nowMs: nowMs)
    }

    // MARK: Losing sight

    /// Trades of the series may be missing from now on; false where nothing is known to ask from.
    mutating func lose(_ id: SeriesID, _ reason: GapReason, nowMs: Int64) -> Bool {
        let index = Int(id.index)
        guard let backfillPolicy, index < recalled.count else { return false }
        if let loss = recalled[index].loss {
            if loss.trades.isEmpty, !loss.isOver {
                // What is being asked for may be older than this.
                lossCount += 1
                recalled[index].loss?.number = lossCount
                return true
            }
            // Twice at once: the first hole is given up, and what waited goes out before the second.
            giveUpRecall(id, nowMs: nowMs)
            guard !loss.trades.isOnDisk else {
                recalled[index].loss?.refusal = reason
                return true
            }
            while !loss.trades.isEmpty { release(loss.trades, id) }
            if let refusal = loss.refusal { gaps.open(id, refusal) }
        }
        if let newest = batch.entries.last(where: { $0.series == id && $0.kind == .trade }) {
            TickWriter.copy(newest, of: batch, to: &recalled[index].newest)
        }
        recalled[index].loss = nil
        guard let known = recalled[index].known else { return false }
        lossCount += 1
        isRecalling = true
        recalled[index].loss = RecallSeries.Loss(
            number: lossCount, reason: reason, known: known, sinceMs: nowMs,
            trades: DiskBuffer(backfillPolicy.quota, memoryBytes: backfillPolicy.memoryBytes))
        return true
    }

    /// Lets a trade wait; nil where it need not.
    @inline(never)
    mutating func holdRecalled(_ trade: TradeFields, _ values: TradeValues, _ frame: RawSpan) -> Verdict? {
        let index = Int(values.series.index)
        guard index < recalled.count, let trades = recalled[index].loss?.trades else { return nil }
        if recalled[index].loss?.refusal != nil {
            counters.dropped += 1
            return .dropped
        }
        scratch.removeAll()
        swap(&scratch, &batch)
        encode(trade, values, frame)
        swap(&scratch, &batch)
        guard let entry = scratch.entries.first else { return .malformed }
        guard scratch.withBytes(of: entry, { trades.append(entry, $0) }) else {
            giveUpRecall(values.series, nowMs: values.ingestTime)
            recalled[index].loss?.refusal = .overflow
            counters.dropped += 1
            return .dropped
        }
        TickWriter.copy(entry, of: scratch, to: &recalled[index].loss!.newest)  // not nil: just looked
        return .added
    }

    /// A trade of the series could not be read: it is missing behind those that came, also where these wait.
    mutating func openGapBehindHeld(_ id: SeriesID, _ reason: GapReason, nowMs: Int64) {
        let index = Int(id.index)
        guard index < recalled.count, recalled[index].loss?.trades.isEmpty == false else {
            return gaps.open(id, reason)
        }
        giveUpRecall(id, nowMs: nowMs)
        recalled[index].loss?.refusal = reason
    }

    /// Announces what is not known for too long, and lets trades go that waited long enough.
    /// - Returns: whether more are ready to go.
    mutating func settleRecalled(limit: Int, nowMs: Int64) -> Bool {
        guard isRecalling else { return false }
        var isMore = false
        isRecalling = false
        for index in recalled.indices {
            guard let loss = recalled[index].loss else { continue }
            let id = SeriesID(index: Int32(index))
            if !loss.isOver {
                announce(id, loss, nowMs: nowMs)
            } else {
                while !loss.trades.isEmpty, batch.count < limit { release(loss.trades, id) }
                if loss.trades.isEmpty { end(id, nowMs: nowMs) } else { isMore = true }
            }
            isRecalling = isRecalling || recalled[index].loss != nil
        }
        return isMore
    }

    /// Nothing more will be asked for; a gap says what was thus never known, and what waits goes out.
    mutating func giveUpRecalls(nowMs: Int64) {
        for index in recalled.indices where recalled[index].loss?.trades.isEmpty == false {
            giveUpRecall(SeriesID(index: Int32(index)), nowMs: nowMs)
        }
    }

    /// Drops what could not go out before the end, behind a gap.
    mutating func leaveRecalled(nowMs: Int64) {
        for index in recalled.indices {
            guard let loss = recalled[index].loss, !loss.trades.isEmpty else { continue }
            let id = SeriesID(index: Int32(index))
            let from = gaps.lastEventTime(id) ?? loss.known.timeMs
            leaveGap(id, ids: nil, from: from, to: nowMs, .stop, nowMs: nowMs)
            recalled[index].loss = nil
        }
    }

    // MARK: Parts

    private static func copy(_ entry: TickBatch.Entry, of batch: TickBatch, to bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        batch.withBytes(of: entry) { json in json.withUnsafeBytes { bytes.append(contentsOf: $0) } }
    }

    /// Writes those of the venue's trades that have not come.
    private mutating func write(
        _ trades: ArraySlice<TradeFields>, of id: SeriesID, nowMs: Int64, _ body: RawSpan
    ) {
        for var trade in trades where recent?.insert(trade.id, body, id) ?? true {
            var values = TradeValues(series: id)
            guard read(trade, nowMs, body, into: &values) else {
                counters.malformed += 1
                gaps.open(id, .malformed)
                continue
            }
            trade.isBackfilled = true
            counters.backfilled += 1
            write(trade, values, body)
        }
    }

    /// What happened between the last trade that is known and the oldest that the venue tells cannot be had. Of the oldest
    /// one's millisecond there may have been more.
    private mutating func leaveGap(_ id: SeriesID, upTo trades: [TradeFields], _ loss: RecallSeries.Loss, nowMs: Int64)
    {
        guard !gaps.isOpen(id) else { return }
        let from = gaps.lastEventTime(id) ?? loss.known.timeMs
        // The venue's clock may be wrong for one of them.
        let to = trades.first { $0.eventTime >= from }?.eventTime ?? nowMs
        leaveGap(id, ids: nil, from: from, to: to + 1, loss.reason, nowMs: nowMs)
    }

    private mutating func announce(_ id: SeriesID, _ loss: RecallSeries.Loss, nowMs: Int64) {
        guard !loss.isAnnounced, !gaps.isOpen(id), let backfillPolicy, nowMs - loss.sinceMs >= backfillPolicy.announceMs
        else {
            return
        }
        recalled[Int(id.index)].loss?.isAnnounced = true
        let from = gaps.lastEventTime(id) ?? loss.known.timeMs
        leaveGap(id, ids: nil, from: from, to: nowMs, loss.reason, nowMs: nowMs)
    }

    /// Nothing is missing any more; once everything is out, the series is like any other.
    private mutating func end(_ id: SeriesID, nowMs: Int64) {
        let index = Int(id.index)
        guard let loss = recalled[index].loss else { return }
        guard loss.trades.isEmpty else {
            recalled[index].loss?.isOver = true
            return
        }
        recalled[index].loss = nil
        // What was thrown away is remembered as having come: it will not be taken from the venue again.
        if let refusal = loss.refusal {
            gaps.open(id, refusal)
            announceGap(id, nowMs: nowMs)
        }
    }

    /// What has come is known: the loss begins behind it.
    private mutating func advance(_ id: SeriesID, to trade: TradeFields?, nowMs: Int64, _ body: RawSpan) {
        guard let trade, let price = DecimalText.value(trade.price, in: body) else { return }
        recalled[Int(id.index)].loss?.known = KnownTrade(
            id: trade.id.string(in: body), timeMs: trade.eventTime, price: price, side: trade.side)
        recalled[Int(id.index)].loss?.sinceMs = nowMs
    }
}
