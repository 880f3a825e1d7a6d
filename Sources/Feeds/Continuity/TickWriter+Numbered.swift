internal import CryptoCore

// Trades with ids that rise by one: repeats are known by their number, and what is missing is asked for.
extension TickWriter {
    /// From here on the trades of `id` are taken to be numbered one by one.
    ///
    /// - Parameters:
    ///   - last: the newest trade that is on record already, with its event time in ms since the epoch.
    ///   - historyFromMs: where nothing is on record, the trades since then are wanted too. *Units*: ms since the epoch.
    package mutating func follow(
        _ id: SeriesID, after last: (id: Int64, timeMs: Int64)?, historyFromMs: Int64? = nil, nowMs: Int64
    ) {
        let index = Int(id.index)
        while numbered.count <= index { numbered.append(nil) }
        var state = NumberedSeries(numbers: SequenceTracker(after: last))
        if let last {
            state.suspect = (nowMs, .start)
            if gaps.lastEventTime(id) == nil { gaps.resume(id, after: last.timeMs) }
            // Too long ago to be asked for by number: the history begins later, behind a gap.
            if nowMs - last.timeMs > (backfillPolicy?.horizonMs ?? 0) { state.historyFromMs = historyFromMs }
        } else {
            state.historyFromMs = historyFromMs
        }
        state.isUnsettled = numbered[index]?.isUnsettled ?? false
        numbered[index] = state
        if last != nil { unsettle(index) }
    }

    /// Trades of the series are missing, or may be: it is looked after until it is whole.
    mutating func unsettle(_ index: Int) {
        guard numbered[index]?.isUnsettled == false else { return }
        numbered[index]?.isUnsettled = true
        unsettled.append(index)
    }

    // MARK: Adding

    @inline(__always)
    func isNumbered(_ id: SeriesID) -> Bool {
        let index = Int(id.index)
        return index < numbered.count && numbered[index] != nil
    }

    /// Trades may be missing from now on; nil where the series has no number yet to tell by.
    mutating func suspect(_ id: SeriesID, _ reason: GapReason, nowMs: Int64) -> Bool {
        let index = Int(id.index)
        guard backfillPolicy != nil, index < numbered.count, numbered[index]?.numbers.last != nil else { return false }
        if numbered[index]?.suspect == nil { numbered[index]?.suspect = (nowMs, reason) }
        unsettle(index)
        return true
    }

    @inline(__always)
    mutating func addNumbered(_ trade: TradeFields, _ values: TradeValues, _ frame: RawSpan) -> Verdict {
        let index = Int(values.series.index)
        guard let number = TickWriter.number(trade.id, frame) else {
            counters.malformed &+= 1
            return .malformed
        }
        // Not nil: the caller has looked.
        let place = numbered[index]!.numbers.place(number, timeMs: values.eventTime)
        if place == .next, !numbered[index]!.isHeld {  // not nil: as above
            numbered[index]!.numbers.accept(number, timeMs: values.eventTime)  // not nil: as above
            clearSuspicion(index)
            write(trade, values, frame)
            return .added
        }
        return addOutOfTurn(number, place, trade, values, frame)
    }

    @inline(never)
    private mutating func addOutOfTurn(
        _ number: Int64, _ place: SequenceTracker.Place, _ trade: TradeFields, _ values: TradeValues, _ frame: RawSpan
    ) -> Verdict {
        let id = values.series
        let index = Int(id.index)
        switch place {
        case .repeated:
            counters.repeated += 1
            return .repeated
        case .straggler:
            numbered[index]?.numbers.fill(number)
            counters.ticks += 1
            encode(trade, values, frame)
            return .added
        case .renumbered:
            giveUpFill(id, nowMs: values.ingestTime)
            if let last = numbered[index]?.numbers.last {
                leaveGap(
                    id, ids: nil, from: last.timeMs, to: values.eventTime, .renumbered, nowMs: values.ingestTime)
            }
            numbered[index]?.numbers.restart(number, timeMs: values.eventTime)
        case .first, .ahead:
            if !openPart(number, values) { return hold(number, trade, values, frame) }
            numbered[index]?.numbers.accept(number, timeMs: values.eventTime)
        case .next:
            return hold(number, trade, values, frame)
        }
        clearSuspicion(index)
        if numbered[index]?.isHeld == true { return hold(number, trade, values, frame) }
        write(trade, values, frame)
        return .added
    }

    /// What to do about the trades before this one; true when nothing is to be waited for.
    private mutating func openPart(_ number: Int64, _ values: TradeValues) -> Bool {
        let id = values.series
        let index = Int(id.index)
        guard let state = numbered[index] else { return true }
        let last = state.numbers.last
        let reason = state.suspect?.reason ?? .missed
        // What was asked for without an end has one now.
        if let part = state.parts.last, part.missing.before == nil, !part.isOver { return false }
        var missing = MissingTrades(
            series: id, after: last?.id, sinceMs: last?.timeMs ?? state.historyFromMs ?? .max, before: number,
            beforeMs: values.eventTime, reason: reason)
        numbered[index]?.historyFromMs = nil
        if let historyFromMs = state.historyFromMs {
            if let last {
                leaveGap(id, ids: nil, from: last.timeMs, to: historyFromMs, reason, nowMs: values.ingestTime)
            }
            missing.after = nil
            missing.sinceMs = historyFromMs
            missing.isHistory = true
        }
        // Behind trades that wait it has to wait in any case.
        if let backfillPolicy, isWanted(missing, backfillPolicy) || last != nil && state.isHeld {
            numbered[index]?.parts.append(.init(missing: missing, backfillPolicy, openedMs: values.ingestTime))
            unsettle(index)
            return false
        }
        guard let last else { return true }
        leaveGap(
            id, ids: (last.id + 1)..<number, from: last.timeMs, to: values.eventTime, reason, nowMs: values.ingestTime)
        return true
    }

    /// Whether the venue is to be asked: for a few trades whenever they happened, for many when it was not long ago.
    private func isWanted(_ missing: MissingTrades, _ rules: BackfillPolicy) -> Bool {
        guard missing.sinceMs != .max else { return false }
        if let count = missing.count, count <= rules.few { return true }
        if let beforeMs = missing.beforeMs, beforeMs - missing.sinceMs > rules.horizonMs { return false }
        return missing.count ?? 0 <= rules.limit
    }

    /// Puts a trade behind those that wait. Where there is no room it counts as missing, and is asked for later.
    private mutating func hold(
        _ number: Int64, _ trade: TradeFields, _ values: TradeValues, _ frame: RawSpan
    ) -> Verdict {
        let index = Int(values.series.index)
        guard let part = numbered[index]?.parts.last else { return .malformed }
        scratch.removeAll()
        swap(&scratch, &batch)
        encode(trade, values, frame)
        swap(&scratch, &batch)
        guard let entry = scratch.entries.first else { return .malformed }
        let isKept = scratch.withBytes(of: entry) { part.trades.append(entry, $0) }
        guard isKept else {
            giveUpFill(values.series, nowMs: values.ingestTime)
            if numbered[index]?.suspect == nil { numbered[index]?.suspect = (values.ingestTime, .overflow) }
            unsettle(index)
            counters.dropped += 1
            return .dropped
        }
        numbered[index]?.numbers.accept(number, timeMs: values.eventTime)
        if part.missing.before == nil, !part.isOver {
            let last = (numbered[index]?.parts.count ?? 1) - 1
            numbered[index]?.parts[last].missing.before = number
            numbered[index]?.parts[last].missing.beforeMs = values.eventTime
        }
        clearSuspicion(index)
        return .added
    }

    @inline(__always)
    private mutating func clearSuspicion(_ index: Int) {
        if numbered[index]!.suspect == nil { return }  // not nil: the caller has looked
        numbered[index]!.suspect = nil  // not nil: as above
        if !numbered[index]!.isHeld { numbered[index]!.isAnnounced = false }  // not nil: as above
    }

    func numbered(_ id: SeriesID) -> NumberedSeries? {
        let index = Int(id.index)
        return index < numbered.count ? numbered[index] : nil
    }

    /// A trade id that is a number.
    @inline(__always)
    static func number(_ text: JSONText, _ frame: RawSpan) -> Int64? {
        if text.count == 0 || text.count > 18 || text.isEscaped { return nil }
        var value: Int64 = 0
        for i in 0..<text.count {
            let digit = frame.byte(text.offset &+ i) &- UInt8(ascii: "0")
            if digit > 9 { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        return value
    }
}
