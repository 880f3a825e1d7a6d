internal import CryptoCore

// Series whose venue numbers its trades one by one: repeats are known by their number, and skipped numbers are missing.
extension Continuity {
    /// From here on the trades of `id` are taken to be numbered one by one.
    ///
    /// - Parameters:
    ///   - last: the newest trade that is on record already, with its event time in ms since the epoch.
    ///   - historyFromMs: where nothing is on record, the trades since then are wanted too. *Units*: ms since the epoch.
    mutating func follow(
        _ id: SeriesID, after last: (id: Int64, timeMs: Int64)?, historyFromMs: Int64?, nowMs: Int64,
        _ log: inout GapLog
    ) {
        reserve(id)
        let index = Int(id.index)
        followed[index].sequence = SequenceTracker(after: last)
        // Too long ago to be asked for by number: the history begins later, behind a gap.
        let isLongAgo = last.map { nowMs - $0.timeMs > policy?.horizonMs ?? 0 } ?? true
        followed[index].historyFromMs = isLongAgo ? historyFromMs : nil
        guard let last else { return }
        if log.lastEventTime(id) == nil { log.resume(id, after: last.timeMs) }
        _ = suspect(index, .start, nowMs: nowMs)
    }

    @inline(__always)
    func isNumbered(_ id: SeriesID) -> Bool {
        let index = Int(id.index)
        return index < followed.count && followed[index].sequence != nil
    }

    // MARK: Trades of the stream

    /// Takes a trade of a numbered series.
    @inline(__always)
    mutating func addNumbered(
        _ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan, _ log: inout GapLog
    ) -> TickWriter.Verdict {
        let index = Int(values.series.index)
        guard let number = frame.wholeNumber(trade.id) else {
            log.encoder.counters.malformed &+= 1
            return .malformed
        }
        // Not nil: the caller has looked.
        let position = followed[index].sequence!.position(of: number, timeMs: values.eventTime)
        if position == .next, followed[index].holes.isEmpty {
            followed[index].sequence!.accept(number, timeMs: values.eventTime)  // not nil: as above
            log.write(trade, values, frame)
            return .added
        }
        return addOutOfTurn(number, position, (trade, values), frame, &log)
    }

    @inline(never)
    private mutating func addOutOfTurn(
        _ number: Int64, _ position: SequenceTracker.Position,
        _ trade: (fields: TickWriter.TradeFields, values: TradeValues), _ frame: RawSpan, _ log: inout GapLog
    ) -> TickWriter.Verdict {
        let index = Int(trade.values.series.index)
        switch position {
        case .repeated:
            log.encoder.counters.repeated += 1
            return .repeated
        case .straggler:
            followed[index].sequence?.fill(number)
            log.writeStraggler(trade.fields, trade.values, frame)
            return .added
        case .renumbered: beginSequence(number, trade.values, &log)
        case .first, .ahead: openHole(before: number, trade.values, &log)
        case .next where followed[index].holes.last?.isSuspected == true: followed[index].holes.removeLast()
        case .next:
            // The venue was asked whether anything is missing: nothing is.
            if boundHole(by: number, trade.values), let last = followed[index].holes.indices.last,
                followed[index].holes[last].isFilled
            {
                followed[index].holes[last].isOver = true
            }
        }
        // What comes from here on was watched.
        followed[index].historyFromMs = nil
        if followed[index].holes.isEmpty {
            log.write(trade.fields, trade.values, frame)
        } else if !hold(trade.fields, trade.values, frame, &log) {
            return drop(trade.values, &log)
        }
        followed[index].sequence?.accept(number, timeMs: trade.values.eventTime)
        return .added
    }

    /// The trade had to wait and found no room: it is not accepted, so that its number is missing and asked for later.
    private mutating func drop(_ values: TradeValues, _ log: inout GapLog) -> TickWriter.Verdict {
        log.encoder.counters.dropped += 1
        giveUp(values.series, nowMs: values.ingestTime, &log)
        _ = suspect(Int(values.series.index), .overflow, nowMs: values.ingestTime)
        return .dropped
    }

    /// The venue has begun to count anew: nobody can tell what is missing in between.
    private mutating func beginSequence(_ number: Int64, _ values: TradeValues, _ log: inout GapLog) {
        let index = Int(values.series.index)
        for hole in followed[index].holes where !hole.isOver { leaveSequenceGap(hole, nowMs: values.ingestTime, &log) }
        for place in followed[index].holes.indices { followed[index].holes[place].isOver = true }
        if let last = followed[index].sequence?.last {
            log.leave(
                values.series, from: last.timeMs, to: values.eventTime, .renumbered, nowMs: values.ingestTime)
        }
        followed[index].sequence?.restart(number, timeMs: values.eventTime)
        followed[index].holes.removeAll { !$0.isHolding }
    }

    /// Numbers were skipped before this trade: a hole where they are to be asked for, else a gap.
    private mutating func openHole(before number: Int64, _ values: TradeValues, _ log: inout GapLog) {
        let index = Int(values.series.index)
        let last = followed[index].sequence?.last
        let suspected = followed[index].holes.last.flatMap { $0.isSuspected ? $0 : nil }
        if suspected != nil { followed[index].holes.removeLast() }
        if boundHole(by: number, values) { return }
        let historyFromMs = followed[index].historyFromMs
        followed[index].historyFromMs = nil
        let reason = suspected?.reason ?? .missed
        if let last, let historyFromMs {
            log.leave(values.series, from: last.timeMs, to: historyFromMs, reason, nowMs: values.ingestTime)
        }
        guard let policy else { return skip(from: last, to: number, values, reason, &log) }
        let sinceMs = historyFromMs ?? last?.timeMs ?? .max
        var hole = makeHole(index, reason, sinceMs: sinceMs, seenMs: values.ingestTime, policy)
        hole.after = historyFromMs == nil ? last?.id : nil
        hole.before = number
        hole.beforeMs = values.eventTime
        hole.isHistory = historyFromMs != nil
        hole.isAnnounced = suspected?.isAnnounced ?? false
        // Behind trades that wait it has to wait in any case.
        if policy.wants(hole) || !followed[index].holes.isEmpty { return append(hole) }
        skip(from: last, to: number, values, reason, &log)
    }

    /// The newest hole of the series, if its end was not known, ends before this trade.
    private mutating func boundHole(by number: Int64, _ values: TradeValues) -> Bool {
        let index = Int(values.series.index)
        guard let last = followed[index].holes.indices.last, !followed[index].holes[last].isOver,
            followed[index].holes[last].before == nil
        else { return false }
        followed[index].holes[last].before = number
        followed[index].holes[last].beforeMs = values.eventTime
        return true
    }

    /// What is missing before this trade is not asked for.
    private mutating func skip(
        from last: (id: Int64, timeMs: Int64)?, to number: Int64, _ values: TradeValues, _ reason: GapReason,
        _ log: inout GapLog
    ) {
        guard let last else { return }
        followed[Int(values.series.index)].sequence?.giveUp((last.id + 1)..<number)
        log.leave(values.series, from: last.timeMs, to: values.eventTime, reason, nowMs: values.ingestTime)
    }

    // MARK: Outages

    /// Trades may be missing behind the last one; false where there is none yet to tell by.
    mutating func suspect(_ index: Int, _ reason: GapReason, nowMs: Int64) -> Bool {
        guard let policy, let last = followed[index].sequence?.last else { return false }
        if let place = followed[index].holes.indices.last, !followed[index].holes[place].isOver,
            followed[index].holes[place].before == nil
        {
            followed[index].holes[place].outages += 1
            return true
        }
        var hole = makeHole(index, reason, sinceMs: last.timeMs, seenMs: nowMs, policy)
        hole.after = last.id
        hole.isSuspected = true
        append(hole)
        return true
    }

    /// The venue is about to be asked what it has behind the last trade of a series: until it has answered, new trades wait.
    mutating func verify(_ id: SeriesID, nowMs: Int64) { setSuspected(false, id, nowMs: nowMs) }

    /// The venue has answered, but sight was lost again meanwhile.
    mutating func doubt(_ id: SeriesID, nowMs: Int64) { setSuspected(true, id, nowMs: nowMs) }

    private mutating func setSuspected(_ isSuspected: Bool, _ id: SeriesID, nowMs: Int64) {
        guard hole(id) != nil else { return }
        followed[Int(id.index)].holes[0].isSuspected = isSuspected
        followed[Int(id.index)].holes[0].seenMs = nowMs
    }

    /// The first id behind the holes of a series; nil where their end is not known.
    func end(of id: SeriesID) -> Int64? { followed[Int(id.index)].holes.last?.before }

    // MARK: The venue's answers

    /// Writes what an answer holds of the oldest hole of a series, and a gap for what the venue leaves out.
    ///
    /// - Parameter page: trades by ascending id, whose texts lie in `body`.
    /// - Returns: how many trades had been missing.
    mutating func fill(_ page: HistoryExcerpt, of id: SeriesID, nowMs: Int64, _ body: RawSpan, _ log: inout GapLog)
        -> Int64
    {
        guard var hole = hole(id) else { return 0 }
        let index = Int(id.index)
        var filled: Int64 = 0
        var values = TradeValues(series: id)
        for trade in page.trades {
            let next = hole.after.map { $0 + 1 } ?? page.firstID
            let timeMs = trade.fields.eventTime
            if let next, trade.id < next { continue }
            if let before = hole.before, trade.id >= before { break }
            // What is older than wanted; what would be refused as a tick.
            if next == nil && timeMs < hole.sinceMs || timeMs > nowMs + TickView.maximumLead { continue }
            guard log.encoder.read(trade.fields, nowMs, body, into: &values) else { continue }
            if hole.isHistory, hole.after == nil, page.isCutShort, !log.isOpen(id) {
                log.leave(id, from: hole.sinceMs, to: timeMs, hole.reason, nowMs: nowMs)
            } else if let next, trade.id > next {
                followed[index].sequence?.giveUp(next..<trade.id)
                log.leave(id, from: hole.sinceMs, to: timeMs, hole.reason, nowMs: nowMs)
            }
            var fields = trade.fields
            fields.isBackfilled = true
            log.write(fields, values, body)
            filled += 1
            hole.after = trade.id
            hole.sinceMs = values.eventTime
            // Without an end what was asked for meets what comes.
            if hole.before == nil { followed[index].sequence?.accept(trade.id, timeMs: values.eventTime) }
        }
        log.encoder.counters.backfilled += Int(filled)
        followed[index].holes[0] = hole
        return filled
    }

    /// A gap of what is missing. Before the first trade of all nothing is known to be missing, but that its minute is not whole.
    mutating func leaveSequenceGap(_ hole: Hole, nowMs: Int64, _ log: inout GapLog) {
        guard !log.isOpen(hole.series) else { return }
        if let after = hole.after, let before = hole.before, before > after + 1 {
            followed[Int(hole.series.index)].sequence?.giveUp((after + 1)..<before)
        }
        log.leave(
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
