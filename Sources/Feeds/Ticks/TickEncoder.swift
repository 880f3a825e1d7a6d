internal import CryptoCore

/// Writes ticks as JSON behind the others of its batch. It knows nothing of gaps and repeats.
///
/// *Complexity*: a trade costs no allocation once the buffers have grown.
package struct TickEncoder {
    /// The series that were met.
    var series = SeriesTable()
    /// The encoded ticks; the shell takes them and empties it.
    var batch: TickBatch
    /// Added to every time of a tick. *Units*: ms.
    package var shiftMs: Int64 = 0
    /// Replaces an ingest time that is missing (`Int64.min`) or implausible (more than a minute before the event) by the
    /// event's: for recordings, whose recorder's clock nobody can ask.
    package var keepsIngestPlausible = false
    /// Put behind every trade id.
    package var idSuffix: [UInt8] = []
    var counters = TickWriter.Counters()
    private var json = JSONWriter(reservingBytes: 512)

    init(batchBytes: Int) { batch = TickBatch(reservingBytes: batchBytes) }

    /// Reads a trade's times and numbers; false, and counted, when they make no trade. Outside a recording no event is more than a
    /// minute ahead of its arrival.
    @inline(__always)
    mutating func read(
        _ trade: TickWriter.TradeFields, _ ingestTime: Int64, _ frame: RawSpan, into values: inout TradeValues
    ) -> Bool {
        if readTimes(trade, ingestTime, into: &values), !trade.id.isEmpty,
            TradeValues.read(trade.price, frame, into: &values.price),
            TradeValues.read(trade.quantity, times: series.contractSize(values.series), frame, into: &values.quantity)
        {
            return true
        }
        counters.malformed &+= 1
        return false
    }

    @inline(__always)
    private mutating func readTimes(
        _ trade: TickWriter.TradeFields, _ ingestTime: Int64, into values: inout TradeValues
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
        return TickView.isTime(values.eventTime)
    }

    /// Writes a trade that `read` has read.
    @inline(__always)
    mutating func write(_ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan) {
        if trade.id.isEscaped {
            writeSlowly(trade, values, frame)
        } else {
            series.encode(trade, values, idSuffix: idSuffix, frame, to: &batch)
        }
    }

    /// Writes a trade to another batch, in place of what that holds.
    mutating func write(
        _ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan, apart other: inout TickBatch
    ) {
        other.removeAll()
        swap(&other, &batch)
        write(trade, values, frame)
        swap(&other, &batch)
    }

    /// Writes a tick of any kind.
    mutating func write(_ tick: Tick, _ kind: TickKind, of id: SeriesID) {
        json.removeAll()
        tick.encode(into: &json)
        json.bytes.withUnsafeBytes { batch.append(id, kind, eventTime: tick.eventTime, copying: $0) }
    }

    /// A tick as it is written: its series named, its times moved and its trade id marked as a trade's are.
    func moved(_ tick: Tick, _ id: SeriesID) -> (tick: Tick, kind: TickKind) {
        var tick = tick
        tick.series = series[id]
        tick.eventTime += shiftMs
        tick.ingestTime += shiftMs
        switch tick.kind {
        case .trade(var trade):
            trade.tradeID += String(decoding: idSuffix, as: UTF8.self)
            tick.kind = .trade(trade)
            return (tick, .trade)
        case .quote: return (tick, .quote)
        case .gap(var gap):
            gap.from += shiftMs
            gap.to += shiftMs
            tick.kind = .gap(gap)
            return (tick, .gap)
        }
    }

    private mutating func writeSlowly(_ trade: TickWriter.TradeFields, _ values: TradeValues, _ frame: RawSpan) {
        let price = DecimalText.value(trade.price, in: frame)
        let quantity = DecimalText.value(
            JSONText(offset: 0, count: values.quantity.count), in: values.quantity.bytes.span.bytes)
        guard let price, let quantity else { return }
        let id = trade.id.string(in: frame) + String(decoding: idSuffix, as: UTF8.self)
        let kind = Tick.Kind.trade(
            Tick.Trade(
                tradeID: id, price: price, quantity: quantity, side: trade.side, isBlockTrade: trade.isBlockTrade,
                isBackfilled: trade.isBackfilled))
        write(
            Tick(
                series: series[values.series], kind: kind, eventTime: values.eventTime,
                ingestTime: values.ingestTime), .trade, of: values.series)
    }
}

extension SeriesTable {
    /// Adds a trade whose id lies in `frame`: the same bytes as `Tick.encode(into:)` makes, as a test proves.
    @inline(__always)
    fileprivate func encode(
        _ trade: TickWriter.TradeFields, _ values: TradeValues, idSuffix: [UInt8],
        _ frame: RawSpan, to batch: inout TickBatch
    ) {
        let head = headRange(values.series)
        let heads = tradeHeads.span.bytes
        let suffix = idSuffix.span.bytes
        // 280 covers the names, both times and both numbers.
        let limit = head.count &+ trade.id.count &+ suffix.byteCount &+ 280
        batch.append(values.series, .trade, eventTime: values.eventTime, limit: limit) { target in
            var out = ByteCursor(target)
            out.put(heads, head.lowerBound, head.count)
            out.at &+= Digits.write(values.eventTime, to: out.position)
            out.put(",\"ingest_time\":")
            out.at &+= Digits.write(values.ingestTime, to: out.position)
            out.put(",\"trade_id\":\"")
            out.put(frame, trade.id.offset, trade.id.count)
            out.put(suffix, 0, suffix.byteCount)
            out.put("\",\"price\":")
            out.put(values.price.bytes.span.bytes, 0, values.price.count)
            out.put(",\"quantity\":")
            out.put(values.quantity.bytes.span.bytes, 0, values.quantity.count)
            switch trade.side {
            case .buy?: out.put(",\"side\":\"buy\"")
            case .sell?: out.put(",\"side\":\"sell\"")
            case nil: break
            }
            if trade.isBlockTrade { out.put(",\"block_trade\":true") }
            if trade.isBackfilled { out.put(",\"backfilled\":true") }
            out.put("}")
            return out.at
        }
    }
}

/// Writes bytes one behind the other into memory that is known to suffice.
struct ByteCursor {
    private let base: UnsafeMutablePointer<UInt8>
    /// Bytes written so far.
    var at = 0

    @inline(__always)
    init(_ base: UnsafeMutablePointer<UInt8>) { self.base = base }

    @inline(__always)
    var position: UnsafeMutablePointer<UInt8> { base + at }

    @inline(__always)
    mutating func put(_ text: StaticString) {
        let count = text.utf8CodeUnitCount
        UnsafeMutableRawPointer(base + at).copyMemory(from: text.utf8Start, byteCount: count)
        at &+= count
    }

    @inline(__always)
    mutating func put(_ bytes: RawSpan, _ offset: Int, _ count: Int) {
        bytes.withUnsafeBytes { raw in
            if let source = raw.baseAddress {
                UnsafeMutableRawPointer(base + at).copyMemory(from: source + offset, byteCount: count)
            }
        }
        at &+= count
    }
}
