import CryptoCore
import Testing

/// What came out of a partition, decoded, in order.
struct Outputs {
    var tumbling: [WindowAggregate] = []
    var sliding: [WindowAggregate] = []
    var live: [WindowAggregate] = []
    var trends: [Trend] = []
    var indicators: [Indicators] = []
    var late: [LateTick] = []
    var deadLetters: [DeadLetter] = []

    init(_ batch: OutputBatch) throws {
        for record in batch.records {
            let value = batch.valueBytes.span.bytes.extracting(record.value)
            let key = String(decoding: batch.keys[record.key], as: UTF8.self)
            let series: Series?
            switch record.topic {
            case .tumbling, .sliding, .live:
                let window = try WindowAggregate(decoding: value)
                series = window.series
                if record.topic == .tumbling { tumbling.append(window) }
                if record.topic == .sliding { sliding.append(window) }
                if record.topic == .live { live.append(window) }
            case .trends:
                trends.append(try Trend(decoding: value))
                series = trends.last?.series
            case .indicators:
                indicators.append(try Indicators(decoding: value))
                series = indicators.last?.series
            case .late:
                late.append(try LateTick(decoding: value))
                series = late.last?.tick.series
            case .deadLetter:
                deadLetters.append(batch.deadLetters[try #require(record.deadLetter)])
                series = nil
            default: throw ChangelogError.malformed(offset: -1)
            }
            if let series { #expect(key == series.description) }
        }
    }
}

extension OutputBatch {
    /// The values that go to a topic, as texts.
    func texts(of topic: Topic) -> [String] {
        records.filter { $0.topic == topic }.map { String(decoding: valueBytes[$0.value], as: UTF8.self) }
    }
}

/// A partition's windows on a virtual clock, fed tick by tick.
struct VirtualPartition {
    static let bitcoin = Series(source: "bybit", symbol: "BTC-USDT")
    static let coin = Series(source: "coingecko", symbol: "BTC-USD")

    var core: PartitionWindows
    var output = OutputBatch(reservingBytes: 1 << 12)
    /// What the clock shows, ms.
    var now: Int64
    /// When the broker says that the records come; nil: it does not.
    var appendTime: Int64?
    private var nextID = 0

    init(
        _ configuration: WindowConfiguration = WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0), now: Int64 = 0
    ) {
        core = PartitionWindows(configuration: configuration, topic: "crypto.ticks", partition: 7)
        self.now = now
    }

    var counts: TickCounts { core.counts }

    mutating func add(_ bytes: [UInt8], key: [UInt8]) {
        core.add(
            key: key.span.bytes, value: bytes.span.bytes, offset: core.nextOffset ?? 0, appendTime: appendTime,
            now: now, into: &output)
    }

    mutating func add(_ tick: Tick) { add(tick.encoded(), key: tick.series.description.bytes) }

    /// A trade; without an id it gets one of its own.
    mutating func trade(
        _ id: String? = nil, at time: Int64, price: Double = 100, quantity: Double = 1, isBlock: Bool = false,
        series: Series = bitcoin
    ) {
        nextID += 1
        let trade = Tick.Trade(
            tradeID: id ?? "own-\(nextID)", price: price, quantity: quantity, side: .buy, isBlockTrade: isBlock)
        add(Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time))
    }

    mutating func quote(at time: Int64, price: Double = 100, series: Series = coin) {
        add(Tick(series: series, kind: .quote(Tick.Quote(price: price)), eventTime: time, ingestTime: time))
    }

    mutating func gap(_ from: Int64, _ to: Int64, series: Series = bitcoin) {
        let gap = Tick.Gap(from: from, to: to, reason: "test")
        add(Tick(series: series, kind: .gap(gap), eventTime: to, ingestTime: to))
    }

    /// The broker says that there is nothing more, `now`.
    mutating func ended() { core.partitionEnded(confirmedAt: now, into: &output) }

    mutating func live() { core.emitLive(into: &output) }

    /// What came out since the last call.
    mutating func taken() throws -> Outputs {
        defer { output.removeAll() }
        return try Outputs(output)
    }

    /// The bytes that came out since the last call, with topic and key.
    mutating func takenBytes() -> [String] {
        defer { output.removeAll() }
        return output.records.map { record in
            let key = String(decoding: output.keys[record.key], as: UTF8.self)
            return "\(record.topic) \(key) " + String(decoding: output.valueBytes[record.value], as: UTF8.self)
        }
    }
}

/// The start, in ms, of a minute with nothing special about it.
let noon: Int64 = 1_763_726_400_000
