import CryptoCore

/// A stretch of ticks as bytes (an hour unless told otherwise), which can be moved to the next stretch in place.
struct TickLap {
    private(set) var bytes: [UInt8] = []
    private var keys: [UInt8] = []
    private var starts: [Int] = []
    private var keyEnds: [Int] = []
    private var keyOf: [Int32] = []
    private var times: [Int] = []
    private var ids: [Int] = []
    private var lap = 0
    private let spanMs: Int64
    var count: Int { starts.count - 1 }

    init(count: Int, series: Int, spanMs: Int64 = 3_600_000) {
        self.spanMs = spanMs
        var random = SeededRandom(seed: 7)
        var json = JSONWriter(reservingBytes: count * 200)
        for i in 0..<series {
            keys.append(contentsOf: "bybit:C\(1000 + i)-USDT".utf8)
            keyEnds.append(keys.count)
        }
        let start: Int64 = 1_763_719_200_000
        for i in 0..<count {
            let which = Int(random.next() % UInt64(series))
            starts.append(json.bytes.count)
            keyOf.append(Int32(which))
            let time = start + Int64(i) * spanMs / Int64(count)
            let price = Double(6_500_000 + Int64(random.next() % 20_000)) / 100
            let quantity = Double(1 + random.next() % 1_000_000) / 1_000_000
            json.beginDocument()
            Tick(
                series: Series(source: "bybit", symbol: "C\(1000 + which)-USDT"),
                kind: .trade(
                    Tick.Trade(
                        tradeID: String(2_280_000_001_000_000_000 + i), price: price, quantity: quantity,
                        side: random.next() % 2 == 0 ? .buy : .sell)),
                eventTime: time, ingestTime: time + 37
            ).encode(into: &json)
        }
        starts.append(json.bytes.count)
        bytes = json.bytes
        locate("\"event_time\":", &times)
        locate("\"trade_id\":\"", &ids)
    }

    func withTick<Result>(_ i: Int, _ body: (RawSpan, RawSpan) throws -> Result) rethrows -> Result {
        let key = Int(keyOf[i])
        return try body(
            keys.span.bytes.extracting((key == 0 ? 0 : keyEnds[key - 1])..<keyEnds[key]),
            bytes.span.bytes.extracting(starts[i]..<starts[i + 1]))
    }

    /// Event times a stretch later, trade ids never seen before; ingest times follow.
    mutating func shift() {
        lap += 1
        for i in 0..<count {
            let time = 1_763_719_200_000 + Int64(i) * spanMs / Int64(count) + Int64(lap) * spanMs
            put(time, digits: 13, at: times[i])
            put(time + 37, digits: 13, at: times[i] + 13 + ",\"ingest_time\":".utf8.count)
            put(2_280_000_001_000_000_000 + Int64(lap) * 1_000_000_000 + Int64(i), digits: 19, at: ids[i])
        }
    }

    private mutating func put(_ number: Int64, digits: Int, at: Int) {
        var rest = number
        for i in stride(from: at + digits - 1, through: at, by: -1) {
            bytes[i] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    private func locate(_ name: String, _ places: inout [Int]) {
        let pattern = Array(name.utf8)
        for i in 0..<count {
            var at = starts[i]
            while !bytes[at..<at + pattern.count].elementsEqual(pattern) { at += 1 }
            places.append(at + pattern.count)
        }
    }
}
