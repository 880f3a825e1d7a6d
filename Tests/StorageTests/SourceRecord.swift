import CryptoCore
import Storage
import TestSupport

/// A record as it lies on its topic, to be read into batches.
struct SourceRecord {
    var origin: RecordOrigin
    var key: [UInt8]
    var value: [UInt8]
    var letter: DeadLetter?

    func append(to batch: inout RowBatch) throws {
        try batch.append(origin, key: key.span.bytes, value: value.span.bytes) { letter }
    }
}

extension RowBatch {
    init(_ records: some Sequence<SourceRecord>) throws {
        self.init(prefix: "crypto")
        for record in records { try record.append(to: &self) }
    }
}

extension SourceRecord {
    init(_ tick: Tick, offset: Int64) {
        self.init(
            origin: RecordOrigin(.ticks, partition: 0, offset: offset, timestampMs: noon),
            key: Array(tick.series.description.utf8), value: tick.encoded())
    }

    init(_ window: WindowAggregate, offset: Int64) {
        var json = JSONWriter()
        window.encode(into: &json)
        let topic: Topic = window.type == .sliding ? .sliding : window.isFinal ? .tumbling : .live
        self.init(
            origin: RecordOrigin(topic, partition: 1, offset: offset, timestampMs: noon),
            key: Array(window.series.description.utf8), value: json.bytes)
    }

    init(_ trend: Trend, offset: Int64) {
        var json = JSONWriter()
        trend.encode(into: &json)
        self.init(
            origin: RecordOrigin(.trends, partition: 0, offset: offset, timestampMs: noon),
            key: Array(trend.series.description.utf8), value: json.bytes)
    }

    /// A record that is described by its fields.
    init<Record: SeriesRecord>(_ topic: Topic, _ record: Record, offset: Int64) {
        var json = JSONWriter()
        record.encode(into: &json)
        self.init(
            origin: RecordOrigin(topic, partition: 0, offset: offset, timestampMs: noon),
            key: Array(record.series.description.utf8), value: json.bytes)
    }

    init(_ late: LateTick, offset: Int64, at time: Int64 = noon) {
        var json = JSONWriter()
        late.encode(into: &json)
        self.init(
            origin: RecordOrigin(.late, partition: 3, offset: offset, timestampMs: time),
            key: Array(late.tick.series.description.utf8), value: json.bytes)
    }

    init(deadKey: [UInt8], value: [UInt8], _ letter: DeadLetter?, offset: Int64, at time: Int64 = noon) {
        self.init(
            origin: RecordOrigin(.deadLetter, partition: 2, offset: offset, timestampMs: time), key: deadKey,
            value: value, letter: letter)
    }
}

extension Tick {
    static func trade(_ id: String, price: Double = 100, at time: Int64 = 1_763_719_200_000) -> Tick {
        Tick(
            series: Series(source: "bybit", symbol: "BTC-USDT"),
            kind: .trade(Trade(tradeID: id, price: price, quantity: 0.5, side: .buy)), eventTime: time,
            ingestTime: time + 40)
    }

    static func quote(_ series: String, price: Double = 100, at time: Int64) -> Tick {
        Tick(
            series: Series(series) ?? Series(source: "x", symbol: "X-Y"), kind: .quote(Quote(price: price)),
            eventTime: time,
            ingestTime: time + 40)
    }
}

extension WindowAggregate {
    static func minute(
        _ start: Int64 = 1_763_719_200_000, count: Int64 = 3, final: Bool = true, type: WindowType = .tumbling
    ) -> WindowAggregate {
        let json = """
            {"source":"bybit","symbol":"BTC-USDT","type":"\(type)","window_start":\(start),"window_end":\(start + 60_000),
            "final":\(final),"count":\(count),"volume":2.5,"amount":251.25,"average_price":100.5,"vwap":100.5,"open":100,
            "high":101,"low":100,"close":\(count),"stddev":0.1,"buy_volume":0.5,"sell_volume":0,"first_time":\(start + 1),
            "last_time":\(start + 59_999),"incomplete":false}
            """
        let bytes = Array(json.utf8)
        return try! WindowAggregate(decoding: bytes.span.bytes)  // the text above is a window
    }
}

extension Prediction {
    /// What a model said; of a trade `7` where it is one.
    static func made(
        _ model: String, _ version: Int64, of series: Series? = nil, _ kind: Kind = .trade, at time: Int64
    ) -> Prediction {
        let trade = kind == .trade ? #""trade_id":"7","# : ""
        let series = series ?? Series(source: "bybit", symbol: "BTC-USDT")
        let json = """
            {"source":"\(series.source)","symbol":"\(series.symbol)","model":"\(model)","version":\(version),
            "model_hash":"0123456789abcdef","kind":"\(kind)","event_time":\(time),\(trade)"prediction":1,
            "probability":0.75,"default":true}
            """
        let bytes = Array(json.utf8)
        return try! Prediction(decoding: bytes.span.bytes)  // the text above is a prediction
    }
}

/// Random records whose ids differ where their content does, but for windows: those have provisional versions.
struct RecordSource {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    private static let series = ["bybit:BTC-USDT", "coingecko:ETH-USD", "bybit-linear:É€-USDT"].compactMap {
        Series($0)
    }
    private static let start: Int64 = 1_763_719_200_000

    mutating func records(_ count: Int) -> [SourceRecord] { (0..<count).map { record(Int64($0)) } }

    private mutating func number() -> Double {
        Double(Int64.random(in: 1...9_999_999, using: &random))
            / Double([1, 10, 1000, 3].randomElement(using: &random) ?? 1)
    }

    private mutating func tick(_ offset: Int64) -> Tick {
        let time = RecordSource.start + offset * 1000
        let kind: Tick.Kind
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            let bid = Bool.random(using: &random) ? number() : nil
            kind = .quote(Tick.Quote(price: number(), bid: bid, volume24h: bid == nil ? number() : nil))
        case 1: kind = .gap(Tick.Gap(from: time - 5000, to: time, reason: "disconnect, \"again\"\n"))
        default:
            let side: Side? = [.buy, .sell, nil].randomElement(using: &random) ?? nil
            kind = .trade(
                Tick.Trade(
                    tradeID: "t\(offset)", price: number(), quantity: number(), side: side,
                    isBlockTrade: Int.random(in: 0..<9, using: &random) == 0))
        }
        let series = RecordSource.series[Int.random(in: 0..<RecordSource.series.count, using: &random)]
        return Tick(series: series, kind: kind, eventTime: time, ingestTime: time + 7)
    }

    private mutating func window(_ offset: Int64) -> SourceRecord {
        // Few minutes, so that versions of one window meet; their content follows from the count and from being final.
        let minute = RecordSource.start + 60_000 * Int64.random(in: 0..<4, using: &random)
        let isFinal = Int.random(in: 0..<3, using: &random) == 0
        let count = isFinal ? 50 : Int64.random(in: 1...49, using: &random)
        return SourceRecord(.minute(minute, count: count, final: isFinal), offset: offset)
    }

    private mutating func prediction(_ offset: Int64) -> Prediction {
        let index = Int.random(in: 0..<RecordSource.series.count, using: &random)
        let kind = Prediction.Kind.allCases[Int.random(in: 0..<3, using: &random)]
        let time = RecordSource.start + offset * (kind == .window ? 60_000 : 1000)
        var made = Prediction.made("m\(offset % 3)", 1 + offset % 2, of: RecordSource.series[index], kind, at: time)
        if kind == .trade { made.tradeID = "t\(offset)" }
        made.prediction = offset % 2
        made.probability = Double.random(in: 0...1, using: &random)
        (made.isDefault, made.isShadow, made.isExpired) = (offset % 5 != 0, offset % 7 == 0, offset % 4 == 0)
        made.horizonMs = kind == .window ? 60_000 : nil
        return made
    }

    private mutating func score(_ offset: Int64) -> Score {
        var score = Score()
        score.series = RecordSource.series[0]
        (score.model, score.version) = ("m", 1)
        score.asOf = RecordSource.start + offset * 60_000
        (score.count, score.decidedUp, score.accuracy) = (offset + 2, 1, 0.5)
        score.auc = Bool.random(using: &random) ? number() : nil
        score.baselines = ["side persistence": Score.Baseline(accuracy: 0.25, logLoss: number())]
        score.psi = ["price": number(), "is_buy": 0]
        score.probabilityBins = [[offset % 500, 1, 0], [1_023, offset, 1]]
        score.featureBins = ["price": [[0, 2], [9, offset]], "is_buy": []]
        return score
    }

    private mutating func record(_ offset: Int64) -> SourceRecord {
        switch Int.random(in: 0..<12, using: &random) {
        case 10: return SourceRecord(.predictions, prediction(offset), offset: offset)
        case 11: return SourceRecord(.scores, score(offset), offset: offset)
        case 0, 1, 2: return window(offset)
        case 3:
            let averages = (0..<6).map { _ in Bool.random(using: &random) ? number() : nil }
            let asOf = RecordSource.start + offset * 60_000
            return SourceRecord(Trend(series: RecordSource.series[0], asOf: asOf, averages: averages), offset: offset)
        case 4: return SourceRecord(LateTick(tick: tick(offset), lateBy: offset * 3), offset: offset)
        case 5:
            let bytes = (0..<Int.random(in: 0..<20, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let letter = DeadLetter(
                originTopic: "crypto.ticks", originPartition: 3, originOffset: offset, error: "not JSON, \"x\"",
                service: "sink")
            return SourceRecord(deadKey: Array("k".utf8), value: bytes, offset % 2 == 0 ? letter : nil, offset: offset)
        default: return SourceRecord(tick(offset), offset: offset)
        }
    }
}
