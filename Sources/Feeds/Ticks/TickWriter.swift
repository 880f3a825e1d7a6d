package import CryptoCore

/// What a feed's decoder adds ticks to: it interns series, drops repeats, writes gaps before the data that ends them, and
/// encodes.
///
/// *Complexity*: a trade costs no allocation once the buffers have grown.
package struct TickWriter {
    /// A trade's fields where they stand in the frame. *Units*: `eventTime` ms since the epoch.
    package struct TradeFields: BitwiseCopyable, Sendable {
        var id = JSONText()
        var price = JSONText()
        var quantity = JSONText()
        var eventTime: Int64 = 0
        var side: Side?
        var isBlockTrade = false
        var isBackfilled = false
        /// Where the quantity counts contracts: how much one is.
        var contractSize: ContractSize?
    }

    /// What became of a trade.
    package enum Verdict: Sendable {
        /// It is in the batch, or waits for trades that are missing before it.
        case added
        /// It came before.
        case repeated
        /// It had to wait and found no room: it is missing from now on, and is asked for later or lies in a gap.
        case dropped
        case malformed
    }

    /// What was written, not counting what was taken back.
    package struct Counters: Sendable, Equatable {
        /// Trades, quotes and gaps.
        package var ticks = 0
        package var gaps = 0
        /// Trades that were there already.
        package var repeated = 0
        /// Trades that had to wait and found no room.
        package var dropped = 0
        /// Trades whose price, quantity, id or time is none.
        package var malformed = 0
        /// Those of them that are more than a minute ahead of our clock.
        package var ahead = 0
        /// Trades that the venue was asked for because they were missing.
        package var backfilled = 0

        package init() {}
    }

    /// The series that were met.
    package var series = SeriesTable()
    /// The encoded ticks; the shell takes them and calls `removeAll`.
    package var batch: TickBatch
    package var gaps = GapTracker()
    package internal(set) var counters = Counters()
    /// Added to every time of a tick. *Units*: ms.
    package var shiftMs: Int64 = 0
    /// Replaces an ingest time that is missing (`Int64.min`) or implausible (more than a minute before the event) by the
    /// event's: for recordings, whose recorder's clock nobody can ask.
    package var keepsIngestPlausible = false
    /// Put behind every trade id.
    package var idSuffix: [UInt8] = []

    /// What is done about missing trades of series that are numbered; nil: nothing, gaps say so.
    package var backfillPolicy: BackfillPolicy?
    /// Series that the frame under way has data of, each once, in the order in which it has.
    package var heard: [SeriesID] { frameSeries.heard }
    /// By the index of the series; nil where its trades have no numbers to go by.
    var numbered: [NumberedSeries?] = []
    /// The numbered series that are not whole, or were not a moment ago: the others cost nothing.
    var unsettled: [Int] = []
    /// By the index of the series, where the venue tells its newest trades only.
    var recalled: [RecallSeries] = []
    /// Whether any of them is not known to be whole.
    var isRecalling = false
    var lossCount = 0
    var recallRound = 0
    /// Where trades that waited are put in order.
    var waiting = TickBatch(reservingBytes: 64)
    /// Where a trade is encoded that is not to go out yet.
    var scratch = TickBatch(reservingBytes: 1024)

    /// Ids that came, to know repeats by.
    var recent: RecentIDs?
    private var frameTicks = 0
    private var frameSeries = FrameSeries()
    private var frameCounters = Counters()
    private var json = JSONWriter(reservingBytes: 512)

    /// - Parameter remembering: how many trade ids are kept to drop repeats; 0 keeps repeats as they are.
    package init(remembering ids: Int = 0, batchBytes: Int = 1 << 16) {
        batch = TickBatch(reservingBytes: batchBytes)
        recent = ids > 0 ? RecentIDs(capacity: ids) : nil
    }

    // MARK: Frames

    /// Everything that is added until the next call belongs to one frame and can be taken back together.
    @inline(__always)
    mutating func beginFrame() {
        frameTicks = batch.count
        frameCounters = counters
        frameSeries.begin()
        recent?.beginFrame()
    }

    /// The frame turned out to be rubbish: as if it had never come. The gaps it closed are open again.
    ///
    /// What it said of series that can be asked about stays: that shows what else there was.
    mutating func abandonFrame() {
        guard numbered.isEmpty, recalled.isEmpty else { return }
        for (series, eventTime) in frameSeries.before { gaps.rewind(series, to: eventTime) }
        for entry in batch.entries[frameTicks...] where entry.kind == .gap { reopenGap(of: entry) }
        batch.truncate(to: frameTicks)
        counters = frameCounters
        recent?.forgetFrame()
    }

    private mutating func reopenGap(of entry: TickBatch.Entry) {
        guard case .gap(let gap)? = try? batch.tick(entry).kind else { return }
        gaps.reopen(entry.series, after: gap.from, GapReason(rawValue: gap.reason) ?? .malformed)
    }

    // MARK: Adding

    /// Adds a trade whose texts lie in `frame`.
    @inline(__always)
    mutating func add(
        _ trade: TradeFields, of id: SeriesID, ingestTime: Int64, _ frame: RawSpan
    ) -> Verdict {
        var values = TradeValues(series: id)
        guard read(trade, ingestTime, frame, into: &values) else {
            counters.malformed &+= 1
            return .malformed
        }
        if !trade.isBackfilled { gaps.noteLag(eventTime: values.eventTime, ingestTime: values.ingestTime) }
        frameSeries.hear(id)
        if isNumbered(id) { return addNumbered(trade, values, frame) }
        if recent != nil, !recent!.insert(trade.id, frame, id) {  // just compared with nil
            counters.repeated &+= 1
            return .repeated
        }
        if isRecalling, let verdict = holdRecalled(trade, values, frame) { return verdict }
        frameSeries.write(id, completeUntil: gaps.lastEventTime(id))
        write(trade, values, frame)
        return .added
    }

    /// Takes a trade's times and numbers; false when they are none. Outside a recording no event is more than a minute
    /// ahead of its arrival.
    @inline(__always)
    mutating func read(
        _ trade: TradeFields, _ ingestTime: Int64, _ frame: RawSpan, into values: inout TradeValues
    ) -> Bool {
        guard TickView.isTime(trade.eventTime) else { return false }
        values.eventTime = trade.eventTime &+ shiftMs
        values.ingestTime = ingestTime &+ shiftMs
        if ingestTime < trade.eventTime &- TickView.maximumLead {
            guard keepsIngestPlausible else {
                counters.ahead &+= 1
                return false
            }
            values.ingestTime = values.eventTime
        }
        return TickView.isTime(values.eventTime) && !trade.id.isEmpty
            && TradeValues.read(trade.price, frame, into: &values.price)
            && TradeValues.read(trade.quantity, times: trade.contractSize, frame, into: &values.quantity)
    }

    /// Writes a trade that is neither a repeat nor to wait, after the gap that it ends.
    @inline(__always)
    mutating func write(_ trade: TradeFields, _ values: TradeValues, _ frame: RawSpan) {
        let id = values.series
        if gaps.isOpen(id) { closeGap(id, at: values.eventTime, ingestTime: values.ingestTime) }
        gaps.noteTick(id, eventTime: values.eventTime)
        counters.ticks &+= 1
        encode(trade, values, frame)
    }

    @inline(__always)
    mutating func encode(_ trade: TradeFields, _ values: TradeValues, _ frame: RawSpan) {
        if trade.id.isEscaped {
            addSlowly(trade, values, frame)
        } else {
            series.encode(trade, values, idSuffix: idSuffix, frame, to: &batch)
        }
    }

    /// Adds a tick of any kind; its times are moved, its id marked and its source named like a trade's.
    package mutating func add(_ tick: Tick, of id: SeriesID) {
        var tick = tick
        tick.series = series[id]
        tick.eventTime += shiftMs
        tick.ingestTime += shiftMs
        var kind = TickKind.quote
        switch tick.kind {
        case .trade(var trade):
            kind = .trade
            trade.tradeID += String(decoding: idSuffix, as: UTF8.self)
            tick.kind = .trade(trade)
        case .quote: break
        case .gap(var gap):
            kind = .gap
            gap.from += shiftMs
            gap.to += shiftMs
            tick.kind = .gap(gap)
        }
        if kind != .gap {
            if gaps.isOpen(id) { closeGap(id, at: tick.eventTime, ingestTime: tick.ingestTime) }
            gaps.noteTick(id, eventTime: tick.eventTime)
        }
        append(tick, kind, id)
    }

    /// Ticks of every series may be missing from now on.
    package mutating func beginOutages(_ reason: GapReason, nowMs: Int64) {
        for index in 0..<series.count { beginOutage(SeriesID(index: Int32(index)), reason, nowMs: nowMs) }
    }

    /// Ticks of a series may be missing from now on; its next one ends that. Where the venue cannot be asked this is a gap, which is
    /// announced at once; else it is seen later whether anything is missing at all. An outage that goes on stays as it is.
    package mutating func beginOutage(_ id: SeriesID, _ reason: GapReason, nowMs: Int64) {
        if lose(id, reason, nowMs: nowMs) || gaps.isOpen(id) || suspect(id, reason, nowMs: nowMs) { return }
        gaps.open(id, reason)
        announceGap(id, nowMs: nowMs)
    }

    /// A wanted series is not subscribed: an outage, whose gap is announced anew each time.
    package mutating func noteUnsubscribed(_ id: SeriesID, _ reason: GapReason, nowMs: Int64) {
        // A series that has never had a tick lacks the minute in which it was asked for.
        if gaps.lastEventTime(id) == nil { gaps.resume(id, after: nowMs - (nowMs % 60_000 + 60_000) % 60_000) }
        if gaps.isOpen(id) { announceGap(id, nowMs: nowMs) } else { beginOutage(id, reason, nowMs: nowMs) }
    }

    /// Writes the open gap of a series as far as it is known.
    package mutating func announceGap(_ id: SeriesID, nowMs: Int64) {
        guard let gap = gaps.announcement(id, nowMs: nowMs) else { return }
        append(
            Tick(series: series[id], kind: .gap(gap), eventTime: gap.to, ingestTime: max(nowMs, gap.to - 1000)), .gap,
            id)
    }

    // MARK: Parts

    mutating func closeGap(_ id: SeriesID, at eventTime: Int64, ingestTime: Int64) {
        guard let gap = gaps.close(id, at: eventTime) else { return }
        append(
            Tick(series: series[id], kind: .gap(gap), eventTime: gap.to, ingestTime: max(ingestTime, gap.to - 1000)),
            .gap, id)
    }

    mutating func append(_ tick: Tick, _ kind: TickKind, _ id: SeriesID) {
        counters.ticks += 1
        if kind == .gap { counters.gaps += 1 }
        json.removeAll()
        tick.encode(into: &json)
        json.bytes.withUnsafeBytes { batch.append(id, kind, eventTime: tick.eventTime, copying: $0) }
    }

    private mutating func addSlowly(_ trade: TradeFields, _ values: TradeValues, _ frame: RawSpan) {
        guard let price = DecimalText.value(trade.price, in: frame),
            let quantity = DecimalText.value(
                JSONText(offset: 0, count: values.quantity.count), in: values.quantity.bytes.span.bytes)
        else { return }
        counters.ticks -= 1  // `append` counts it
        append(
            Tick(
                series: series[values.series],
                kind: .trade(
                    Tick.Trade(
                        tradeID: trade.id.string(in: frame) + String(decoding: idSuffix, as: UTF8.self), price: price,
                        quantity: quantity, side: trade.side, isBlockTrade: trade.isBlockTrade,
                        isBackfilled: trade.isBackfilled)),
                eventTime: values.eventTime, ingestTime: values.ingestTime),
            .trade, values.series)
    }
}
