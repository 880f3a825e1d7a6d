internal import CryptoCore

/// What of a trade is not copied from the frame as it is.
struct TradeValues {
    /// A number's text and its length.
    typealias Number = (bytes: InlineArray<40, UInt8>, count: Int)

    var series: SeriesID
    /// *Units*: ms since the epoch, shift included.
    var eventTime: Int64 = 0
    var ingestTime: Int64 = 0
    var price: Number = (InlineArray(repeating: 0), 0)
    var quantity: Number = (InlineArray(repeating: 0), 0)

    /// Takes the number in `text`, multiplied by `size` where there is one; false when it is none greater than 0.
    @inline(__always)
    static func read(
        _ text: JSONText, times size: ContractSize? = nil, _ frame: RawSpan, into number: inout Number
    ) -> Bool {
        var span = number.bytes.mutableSpan
        number.count = span.withUnsafeMutableBufferPointer { buffer in
            let target = buffer.baseAddress!  // not nil: 40 bytes
            return (size.map { $0.multiply(text, frame, to: target) } ?? PlainDecimal.copy(text, frame, to: target))
                ?? 0
        }
        return number.count > 0
    }
}

extension SeriesTable {
    /// Adds a trade whose id lies in `frame`: the same bytes as `Tick.encode(into:)` makes, as a test proves.
    @inline(__always)
    func encode(
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
