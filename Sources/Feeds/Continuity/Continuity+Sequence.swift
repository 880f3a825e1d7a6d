internal import CryptoCore

// Series whose venue numbers its trades one by one: repeats are known by their number, and skipped numbers are missing.
extension Continuity {
    /// From here on the trades of `id` are taken to be numbered one by one.
    ///
    /// - Parameters:
    ///   - last: the newest trade that is on record already, with its event time in ms since the epoch.
    ///   - historyFromMs: where nothing is on record, the trades since then are wanted too. *Units*: ms since the epoch.
    package mutating func follow(
        _ id: SeriesID, after last: (id: Int64, timeMs: Int64)?, historyFromMs: Int64? = nil, nowMs: Int64
    ) {
        followed[id].sequence = SequenceTracker(after: last)
        // Too long ago to be asked for by number: the history begins later, behind a gap.
        let isLongAgo = last.map { nowMs - $0.timeMs > policy?.horizonMs ?? 0 } ?? true
        followed[id].historyFromMs = isLongAgo ? historyFromMs : nil
        guard let last else { return }
        if gaps.lastEventTime(id) == nil { gaps.resume(id, after: last.timeMs) }
        _ = suspect(id, .start, nowMs: nowMs)
    }

    @inline(__always)
    func isNumbered(_ id: SeriesID) -> Bool { followed[id].sequence != nil }

    // MARK: Trades of the stream

    /// Takes a trade of a numbered series.
    @inline(__always)
    mutating func addNumbered(
        _ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan
    ) -> TickWriter.Verdict {
        let id = values.series
        guard let number = frame.wholeNumber(trade.id) else {
            gaps.encoder.counters.malformed &+= 1
            return .malformed
        }
        // Not nil: the caller has looked.
        let position = followed[id].sequence!.position(of: number, timeMs: values.eventTime)
        if position == .next, followed[id].holes.isEmpty {
            followed[id].sequence!.accept(number, timeMs: values.eventTime)  // not nil: as above
            gaps.write(trade, values, frame)
            return .added
        }
        return addOutOfTurn(number, position, (trade, values), frame)
    }

    @inline(never)
    private mutating func addOutOfTurn(
        _ number: Int64, _ position: SequenceTracker.Position,
        _ trade: (fields: TickWriter.TradeFields, values: TradeValues), _ frame: RawSpan
    ) -> TickWriter.Verdict {
        let id = trade.values.series
        switch position {
        case .repeated:
            gaps.encoder.counters.repeated += 1
            return .repeated
        case .straggler:
            followed[id].sequence?.fill(number)
            gaps.writeStraggler(trade.fields, trade.values, frame)
            return .added
        case .renumbered: beginSequence(number, trade.values)
        case .first, .ahead: openHole(before: number, trade.values)
        case .next where followed[id].holes.last?.isSuspected == true: followed[id].holes.removeLast()
        case .next:
            // The venue was asked whether anything is missing: nothing is.
            if boundHole(by: number, trade.values), followed[id].last.isFilled { followed[id].last.isOver = true }
        }
        // What comes from here on was watched.
        followed[id].historyFromMs = nil
        if followed[id].holes.isEmpty {
            gaps.write(trade.fields, trade.values, frame)
        } else if !hold(trade.fields, trade.values, frame) {
            return drop(trade.values)
        }
        if position != .renumbered { followed[id].sequence?.accept(number, timeMs: trade.values.eventTime) }
        return .added
    }

    /// The trade had to wait and found no room: it is not accepted, so that its number is missing and asked for later.
    private mutating func drop(_ values: TradeValues) -> TickWriter.Verdict {
        gaps.encoder.counters.dropped += 1
        giveUp(values.series, nowMs: values.ingestTime)
        _ = suspect(values.series, .overflow, nowMs: values.ingestTime)
        return .dropped
    }

    /// The venue has begun to count anew: nobody can tell what is missing in between.
    private mutating func beginSequence(_ number: Int64, _ values: TradeValues) {
        let id = values.series
        for hole in followed[id].holes where !hole.isOver { leaveSequenceGap(hole, nowMs: values.ingestTime) }
        for place in followed[id].holes.indices { followed[id].holes[place].isOver = true }
        if let last = followed[id].sequence?.last {
            gaps.leave(
                values.series, from: last.timeMs, to: values.eventTime, .renumbered, nowMs: values.ingestTime)
        }
        followed[id].sequence?.restart(number, timeMs: values.eventTime)
        followed[id].holes.removeAll { !$0.isHolding }
    }

    /// Numbers were skipped before this trade: a hole where they are to be asked for, else a gap.
    private mutating func openHole(before number: Int64, _ values: TradeValues) {
        let id = values.series
        let last = followed[id].sequence?.last
        let suspected = followed[id].holes.last.flatMap { $0.isSuspected ? $0 : nil }
        if suspected != nil { followed[id].holes.removeLast() }
        if boundHole(by: number, values) { return }
        let historyFromMs = followed[id].historyFromMs
        followed[id].historyFromMs = nil
        let reason = suspected?.reason ?? .missed
        if let last, let historyFromMs {
            gaps.leave(values.series, from: last.timeMs, to: historyFromMs, reason, nowMs: values.ingestTime)
        }
        guard let policy else { return skip(from: last, to: number, values, reason) }
        let sinceMs = historyFromMs ?? last?.timeMs ?? .max
        var hole = makeHole(id, reason, sinceMs: sinceMs, seenMs: values.ingestTime, policy)
        hole.after = historyFromMs == nil ? last?.id : nil
        hole.before = number
        hole.beforeMs = values.eventTime
        hole.isHistory = historyFromMs != nil
        hole.isAnnounced = suspected?.isAnnounced ?? false
        // Behind trades that wait it has to wait in any case.
        if policy.wants(hole) || !followed[id].holes.isEmpty { return append(hole) }
        skip(from: last, to: number, values, reason)
    }

    /// The newest hole of the series, if its end was not known, ends before this trade.
    private mutating func boundHole(by number: Int64, _ values: TradeValues) -> Bool {
        let id = values.series
        guard let last = followed[id].holes.last, !last.isOver, last.before == nil else { return false }
        followed[id].last.before = number
        followed[id].last.beforeMs = values.eventTime
        return true
    }

    /// What is missing before this trade is not asked for.
    private mutating func skip(
        from last: (id: Int64, timeMs: Int64)?, to number: Int64, _ values: TradeValues, _ reason: GapReason
    ) {
        guard let last else { return }
        followed[values.series].sequence?.giveUp((last.id + 1)..<number)
        gaps.leave(values.series, from: last.timeMs, to: values.eventTime, reason, nowMs: values.ingestTime)
    }

    // MARK: Outages

    /// Trades may be missing behind the last one; false where there is none yet to tell by.
    mutating func suspect(_ id: SeriesID, _ reason: GapReason, nowMs: Int64) -> Bool {
        guard let policy, let last = followed[id].sequence?.last else { return false }
        if extendHole(id) { return true }
        var hole = makeHole(id, reason, sinceMs: last.timeMs, seenMs: nowMs, policy)
        hole.after = last.id
        hole.isSuspected = true
        append(hole)
        return true
    }

    /// The venue is about to be asked what it has behind the last trade of a series: until it has answered, new trades wait. Or it
    /// has answered, but sight was lost again meanwhile: again nothing shows that trades are missing.
    mutating func setSuspected(_ isSuspected: Bool, _ id: SeriesID, nowMs: Int64) {
        guard hole(id) != nil else { return }
        followed[id].holes[0].isSuspected = isSuspected
        followed[id].holes[0].seenMs = nowMs
    }

    /// The first id behind the holes of a series; nil where their end is not known.
    func end(of id: SeriesID) -> Int64? { followed[id].holes.last?.before }

    // MARK: The venue's answers

    /// Writes what an answer holds of the oldest hole of a series, and a gap for what the venue leaves out.
    ///
    /// - Parameter page: trades by ascending id, whose texts lie in `body`.
    /// - Returns: how many trades had been missing.
    mutating func fill(_ page: HistoryExcerpt, of id: SeriesID, nowMs: Int64, _ body: RawSpan)
        -> Int64
    {
        guard var hole = hole(id) else { return 0 }
        var filled: Int64 = 0
        var values = TradeValues(series: id)
        for trade in page.trades {
            let next = hole.after.map { $0 + 1 } ?? page.firstID
            let timeMs = trade.fields.eventTime
            if let next, trade.id < next { continue }
            if let before = hole.before, trade.id >= before { break }
            // What is older than wanted; what would be refused as a tick.
            if next == nil && timeMs < hole.sinceMs || timeMs > nowMs + TickView.maximumLead { continue }
            guard gaps.encoder.read(trade.fields, nowMs, body, into: &values) else { continue }
            if hole.isHistory, hole.after == nil, page.isCutShort, !gaps.isOpen(id) {
                gaps.leave(id, from: hole.sinceMs, to: timeMs, hole.reason, nowMs: nowMs)
            } else if let next, trade.id > next {
                followed[id].sequence?.giveUp(next..<trade.id)
                gaps.leave(id, from: hole.sinceMs, to: timeMs, hole.reason, nowMs: nowMs)
            }
            var fields = trade.fields
            fields.isBackfilled = true
            gaps.write(fields, values, body)
            filled += 1
            hole.after = trade.id
            hole.sinceMs = values.eventTime
            // Without an end what was asked for meets what comes.
            if hole.before == nil { followed[id].sequence?.accept(trade.id, timeMs: values.eventTime) }
        }
        gaps.encoder.counters.backfilled += Int(filled)
        followed[id].holes[0] = hole
        return filled
    }

    /// A gap of what is missing. Before the first trade of all nothing is known to be missing, but that its minute is not whole.
    mutating func leaveSequenceGap(_ hole: Hole, nowMs: Int64) {
        guard !gaps.isOpen(hole.series) else { return }
        if let after = hole.after, let before = hole.before, before > after + 1 {
            followed[hole.series].sequence?.giveUp((after + 1)..<before)
        }
        gaps.leave(
            hole.series, from: hole.sinceMs, to: hole.beforeMs ?? nowMs, hole.reason, nowMs: nowMs)
    }
}

/// What an answer holds of a market's past.
struct HistoryExcerpt {
    /// By ascending id.
    var trades: [HistoricTrade]
    /// The first trade id that is wanted, where the hole does not tell.
    var firstID: Int64?
    /// The venue tells nothing as old as what was asked for.
    var isCutShort = false
}
