import CryptoCore
import KafkaClient

/// A buffer of trades as bytes, filled anew for each chunk of `bench growth`.
struct GrowthTicks {
    let capacity: Int
    private let series: [Series]
    /// All keys, one behind the other, and where each ends.
    private var keys: [UInt8] = []
    private var keyEnds: [Int] = [0]
    private let partitions: [Int]
    private var json: JSONWriter
    private var ends: [Int] = []
    private var which: [Int] = []
    private var random = SeededRandom(seed: 7)
    private var nextID = 2_280_000_001_000_000_000

    var seriesCount: Int { series.count }
    var count: Int { ends.count }

    init(series count: Int, capacity: Int) {
        self.capacity = capacity
        series = (0..<count).map { Series(source: "bybit", symbol: "C\(1000 + $0)-USDT") }
        partitions = series.map { Int(partition(forKey: $0.description, count: 12)) }
        json = JSONWriter(reservingBytes: capacity * 220)
        for one in series {
            keys.append(contentsOf: one.description.utf8)
            keyEnds.append(keys.count)
        }
        ends.reserveCapacity(capacity)
        which.reserveCapacity(capacity)
    }

    /// So many trades of the series that `choose` names, their event times spread over `from ..< to`.
    mutating func fill(_ count: Int, from: Int64, to: Int64, _ choose: (Int) -> Int) {
        removeAll()
        for i in 0..<count {
            append(choose(i) % series.count, at: from + (to - from) * Int64(i) / Int64(count))
        }
    }

    /// The same of series chosen at random among `active` ones from `first` on.
    mutating func fillAtRandom(_ count: Int, from: Int64, to: Int64, _ first: Int, _ active: Int) {
        removeAll()
        for i in 0..<count {
            let chosen = (first + Int(random.next() % UInt64(active))) % series.count
            append(chosen, at: from + (to - from) * Int64(i) / Int64(count))
        }
    }

    func withTick(_ i: Int, _ body: (_ partition: Int, _ key: RawSpan, _ value: RawSpan) -> Void) {
        let start = i == 0 ? 0 : ends[i - 1]
        let name = which[i]
        body(
            partitions[name], keys.span.bytes.extracting(keyEnds[name]..<keyEnds[name + 1]),
            json.bytes.span.bytes.extracting(start..<ends[i]))
    }

    private mutating func removeAll() {
        json.removeAll()
        ends.removeAll(keepingCapacity: true)
        which.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ chosen: Int, at time: Int64) {
        let price = Double(6_500_000 + Int64(random.next() % 20_000)) / 100
        let quantity = Double(1 + random.next() % 1_000_000) / 1_000_000
        nextID += 1
        json.beginDocument()
        Tick(
            series: series[chosen],
            kind: .trade(
                Tick.Trade(
                    tradeID: String(nextID), price: price, quantity: quantity,
                    side: random.next() % 2 == 0 ? .buy : .sell)),
            eventTime: time, ingestTime: time + 37
        ).encode(into: &json)
        ends.append(json.bytes.count)
        which.append(chosen)
    }
}
