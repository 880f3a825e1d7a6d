internal import CryptoCore

/// A series whose venue numbers its trades one by one, and what of it waits for trades that are missing before it.
struct NumberedSeries {
    /// What is missing, and the trades behind it that wait until it has come or is given up.
    struct Part {
        var missing: MissingTrades
        let trades: TickSpool
        /// When that was noticed. *Units*: ms since the epoch.
        let openedMs: Int64
        /// Nothing is waited for any more: the trades go out.
        var isOver = false
    }

    var numbers: TradeNumbers
    /// Oldest first; only the first one is being filled.
    var parts: [Part] = []
    /// Since when trades may be missing without anybody knowing, and why. *Units*: ms since the epoch.
    var suspect: (sinceMs: Int64, reason: GapReason)?
    /// Whether a gap record about what is open has been written.
    var isAnnounced = false
    /// The first trade is to be preceded by the history from here on. *Units*: ms since the epoch.
    var historyFromMs: Int64?

    var isHeld: Bool { !parts.isEmpty }
}

/// What is done about trades that are missing.
package struct FillRules: Sendable {
    /// Where trades wait that came behind missing ones.
    package var budget: SpoolBudget
    /// What is missing for longer than this is not asked for. *Units*: ms.
    package var horizonMs: Int64
    /// Nor is more than this. *Units*: trades.
    package var limit: Int64
    /// What is missing for so long is announced as a gap, whether or not it comes later. *Units*: ms.
    package var announceMs: Int64

    package init(
        budget: SpoolBudget, horizonMs: Int64 = 3_600_000, limit: Int64 = 5_000_000, announceMs: Int64 = 3_000
    ) {
        self.budget = budget
        self.horizonMs = horizonMs
        self.limit = limit
        self.announceMs = announceMs
    }
}

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
        var state = NumberedSeries(numbers: TradeNumbers(after: last))
        if let last {
            state.suspect = (nowMs, .start)
            if gaps.lastEventTime(id) == nil { gaps.resume(id, after: last.timeMs) }
            // Too long ago to be asked for by number: the history begins later, behind a gap.
            if nowMs - last.timeMs > (fillRules?.horizonMs ?? 0) { state.historyFromMs = historyFromMs }
        } else {
            state.historyFromMs = historyFromMs
        }
        numbered[index] = state
    }

    /// What is missing and was not given up, the oldest of each series.
    package var missing: [MissingTrades] {
        numbered.compactMap { state in
            guard let part = state?.parts.first, !part.isOver else { return nil }
            return part.missing
        }
    }

    /// The same of one series.
    package func missing(_ id: SeriesID) -> MissingTrades? {
        guard let part = numbered(id)?.parts.first, !part.isOver else { return nil }
        return part.missing
    }

    /// Trades that wait for others.
    package var heldTrades: Int { numbered.reduce(0) { $0 + ($1?.parts.reduce(0) { $0 + $1.trades.count } ?? 0) } }

    /// Time has passed: announces what is missing for too long as gaps, and lets trades go that waited long enough.
    /// - Returns: whether more are ready to go.
    package mutating func settle(nowMs: Int64) -> Bool {
        var isMore = false
        for index in numbered.indices where numbered[index] != nil {
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
        return isMore
    }

    /// The end is near: what still waits for missing trades stays behind, and gaps say so. A later start asks for it again.
    package mutating func leaveHeld(nowMs: Int64) {
        while settle(nowMs: nowMs), batch.count < TickWriter.settledTicks {}
        for index in numbered.indices where numbered[index]?.isHeld == true {
            let id = SeriesID(index: Int32(index))
            guard let from = gaps.lastEventTime(id) ?? numbered[index]?.parts[0].missing.sinceMs else { continue }
            leaveGap(id, ids: nil, from: from, to: nowMs, .stop, nowMs: nowMs)
            numbered[index]?.parts = []
        }
    }

    private static var settledTicks: Int { 4096 }

    // MARK: Filling

    /// Adds a trade that the venue was asked for.
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
        // Without an end what is asked for meets what comes.
        let index = Int(id.index)
        if index < numbered.count, let part = numbered[index]?.parts.first, part.missing.before == nil {
            numbered[index]?.numbers.accept(trade.id, timeMs: values.eventTime)
        }
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
        guard index < numbered.count, numbered[index]?.parts.first != nil else { return }
        numbered[index]?.parts[0].isOver = true
    }

    /// Trades of the series may be missing without a later one to show it: what the venue has is asked for.
    package mutating func askForNewest(_ id: SeriesID, nowMs: Int64) {
        guard let fillRules, let state = numbered(id), !state.isHeld, let last = state.numbers.last else { return }
        let reason = state.suspect?.reason ?? .missed
        numbered[Int(id.index)]?.parts = [
            NumberedSeries.Part(
                missing: MissingTrades(series: id, after: last.id, sinceMs: last.timeMs, reason: reason),
                trades: TickSpool(fillRules.budget), openedMs: nowMs)
        ]
    }

    /// Series that may lack trades since before `wallMs`, without one that came behind to show it.
    package func suspects(since wallMs: Int64) -> [SeriesID] {
        numbered.indices.filter { index in
            guard let state = numbered[index], !state.isHeld, let suspect = state.suspect else { return false }
            return suspect.sinceMs <= wallMs
        }.map { SeriesID(index: Int32($0)) }
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
        guard fillRules != nil, index < numbered.count, numbered[index]?.numbers.last != nil else { return false }
        if numbered[index]?.suspect == nil { numbered[index]?.suspect = (nowMs, reason) }
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
        _ number: Int64, _ place: TradeNumbers.Place, _ trade: TradeFields, _ values: TradeValues, _ frame: RawSpan
    ) -> Verdict {
        let id = values.series
        let index = Int(id.index)
        switch place {
        case .repeated:
            counters.duplicates += 1
            return .duplicate
        case .straggler:
            numbered[index]?.numbers.fill(number)
            counters.ticks += 1
            encode(trade, values, frame)
            return .added
        case .renumbered:
            abandonFills(id, nowMs: values.ingestTime)
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
        }
        if let fillRules, isWanted(missing, fillRules) {
            numbered[index]?.parts.append(
                .init(missing: missing, trades: TickSpool(fillRules.budget), openedMs: values.ingestTime))
            return false
        }
        guard let last else { return true }
        // Behind trades that wait it has to wait, too.
        if state.isHeld, let fillRules {
            numbered[index]?.parts.append(
                .init(missing: missing, trades: TickSpool(fillRules.budget), openedMs: values.ingestTime))
            return false
        }
        leaveGap(
            id, ids: (last.id + 1)..<number, from: last.timeMs, to: values.eventTime, reason, nowMs: values.ingestTime)
        return true
    }

    /// Whether the venue is to be asked.
    package func isWanted(_ missing: MissingTrades, _ rules: FillRules) -> Bool {
        if let beforeMs = missing.beforeMs, beforeMs - missing.sinceMs > rules.horizonMs { return false }
        return missing.sinceMs != .max && missing.count ?? 0 <= rules.limit
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
            abandonFills(values.series, nowMs: values.ingestTime)
            if numbered[index]?.suspect == nil { numbered[index]?.suspect = (values.ingestTime, .overflow) }
            return .duplicate
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

    /// Gives up what is missing: gaps say so, and what waits goes out.
    private mutating func abandonFills(_ id: SeriesID, nowMs: Int64) {
        guard let missing = missing(id) else { return }
        giveUpFill(missing, nowMs: nowMs)
    }

    /// The venue cannot give what is missing: a gap says so, and what waits behind it goes out.
    package mutating func giveUpFill(_ missing: MissingTrades, nowMs: Int64) {
        let ids = missing.after.flatMap { after in missing.before.map { (after + 1)..<max($0, after + 1) } }
        // Before the first trade of all nothing is known to be missing, but that its minute is not whole.
        if !gaps.isOpen(missing.series) {
            leaveGap(
                missing.series, ids: ids, from: missing.sinceMs, to: missing.beforeMs ?? nowMs, missing.reason,
                nowMs: nowMs)
        }
        endFill(missing.series)
    }

    @inline(__always)
    private mutating func clearSuspicion(_ index: Int) {
        if numbered[index]!.suspect == nil { return }  // not nil: the caller has looked
        numbered[index]!.suspect = nil  // not nil: as above
        if !numbered[index]!.isHeld { numbered[index]!.isAnnounced = false }  // not nil: as above
    }

    private func numbered(_ id: SeriesID) -> NumberedSeries? {
        let index = Int(id.index)
        return index < numbered.count ? numbered[index] : nil
    }

    /// Writes a gap for what is missing for too long: quiet windows may become final meanwhile.
    private mutating func announce(_ id: SeriesID, nowMs: Int64) {
        let index = Int(id.index)
        guard let state = numbered[index], !state.isAnnounced, let fillRules else { return }
        if let part = state.parts.first, !part.isOver {
            // History from before our start is no gap in what we watched.
            let missing = part.missing
            guard missing.after != nil, nowMs - part.openedMs >= fillRules.announceMs else { return }
            leaveGap(
                id, ids: nil, from: missing.sinceMs, to: missing.beforeMs ?? nowMs, missing.reason, nowMs: nowMs)
        } else if let suspect = state.suspect, let last = state.numbers.last {
            guard nowMs - suspect.sinceMs >= fillRules.announceMs else { return }
            leaveGap(id, ids: nil, from: last.timeMs, to: nowMs, suspect.reason, nowMs: nowMs)
        } else {
            return
        }
        numbered[index]?.isAnnounced = true
    }

    private mutating func release(_ trades: TickSpool, _ id: SeriesID) {
        let unreadable = trades.unreadable
        scratch.removeAll()
        _ = trades.take(limit: 1024, bytes: 1 << 18, into: &scratch)
        // The disk gave something else back than it was given.
        if trades.unreadable > unreadable { gaps.open(id, .overflow) }
        for entry in scratch.entries {
            if gaps.isOpen(id) { closeGap(id, at: entry.eventTime, ingestTime: entry.eventTime) }
            gaps.noteTick(id, eventTime: entry.eventTime)
            counters.ticks += 1
            scratch.withBytes(of: entry) { bytes in
                bytes.withUnsafeBytes { batch.append(id, entry.kind, eventTime: entry.eventTime, copying: $0) }
            }
        }
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
