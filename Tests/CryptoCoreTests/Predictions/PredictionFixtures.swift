import TestSupport

@testable import CryptoCore

/// Models that learned from made-up rows: they say something of everything, and nothing sensible.
enum MadeModels {
    static let series = (0..<3).map { Series(source: "s\($0)", symbol: "A-USD") }

    /// A model of a preset that was trained on the first two series of `MadeMarket`, up to `until`.
    static func model(
        _ preset: Preset, version: Int = 1, until: Int64? = nil, isDefault: Bool = false, isShadow: Bool = false,
        maxAgeMs: Int64? = nil
    ) throws -> PredictionModel {
        var random = SplitMix64(seed: UInt64(version))
        let names = preset.features.map(\.name)
        let columns = names.indices.map { i in
            (0..<400).map { _ in Float.random(in: -1..<1, using: &random) * (i == 0 && preset != .horizon ? 120 : 1) }
        }
        let targets = (0..<400).map { _ in UInt8.random(in: 0...1, using: &random) }
        let rows = TrainingSet(features: FeatureMatrix(names: names, columns: columns), targets: targets)
        let forest = try ForestTrainer(rows, ForestSettings(trees: 7, depth: 5, minLeaf: 5)).forest()
        var model = Model(
            forest: forest, name: preset.rawValue, version: version, preset: preset.rawValue, featureNames: names)
        model.trainedUntil = until
        model.series = MadeModels.series.prefix(2).map(\.description)
        model.rules = preset.rules.enumerated().map {
            FittedRule(name: $1.rawValue, shares: [0.3, 0.45, 0.6 + Double($0) / 10])
        }
        model.spreads = columns.map { column in
            let sorted = column.sorted()
            let edges = [Double(sorted[100]), Double(sorted[200]), Double(sorted[300])]
            return FeatureSpread(mean: 0, standardDeviation: 1, edges: edges, shares: [0.2525, 0.25, 0.25, 0.2475])
        }
        return PredictionModel(
            model, preset, hash: "0123456789abcde\(version)",
            use: .init(isDefault: isDefault, isShadow: isShadow, maxAgeMs: maxAgeMs))
    }

    /// One of each preset, and a second one of `direction` beside the first.
    static func all(until: Int64? = nil) throws -> PredictionModels {
        PredictionModels(
            try [model(.direction, until: until, isDefault: true)]
                + [.horizon, .difference, .tickerTrend].map { try model($0, until: until) }
                + [model(.direction, version: 2, until: until, isShadow: true, maxAgeMs: 600_000)])
    }
}

/// Three series of trades and quotes as they come from a bad network: whole orders in a millisecond, late, repeated, broken ones.
struct MadeMarket {
    private var random: SplitMix64
    private var clocks = [noon, -200_000, 1_234_567_890_123]
    private var prices = [100.0, 100, 100]
    private var sent: [Tick] = []
    private var count = 0

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func next() -> StreamRecord {
        let which = Int(random.next() % 3)
        let series = MadeModels.series[which]
        let key = series.description.bytes
        if random.chance(0.01) { return StreamRecord(key: key, value: "{\"source\":".bytes) }
        if random.chance(0.03), let tick = sent.randomElement(using: &random) {
            return StreamRecord(key: tick.series.description.bytes, value: tick.encoded(), tick: tick)
        }
        clocks[which] += random.pick([0, 0, 0, 1, 500, 2_000, 6_000])
        if random.chance(0.002) { clocks[which] += random.int(0...500_000) }
        let late = random.chance(0.1) ? random.int(0...random.pick([1_000, 100_000])) : 0
        let tick = Tick(
            series: series, kind: kind(which), eventTime: clocks[which] - late, ingestTime: clocks[which] + 40)
        sent.append(tick)
        if sent.count > 300 { sent.removeFirst(100) }
        return StreamRecord(key: key, value: tick.encoded(), tick: tick)
    }

    private mutating func kind(_ which: Int) -> Tick.Kind {
        count += 1
        if random.chance(0.01) { return .gap(Tick.Gap(from: 1, to: 2, reason: "lost")) }
        prices[which] += Double(random.int(-3...3)) / 4
        if random.chance(0.2) {
            return .quote(
                Tick.Quote(
                    price: prices[which], change24hPct: random.chance(0.2) ? nil : Double(random.int(-9...9)) / 8,
                    volume24h: random.chance(0.2) ? nil : Double(random.int(1...200)) * 1e6))
        }
        let id = random.chance(0.05) ? "\"é\\\(count)\u{1}" : "\(count)"
        return .trade(
            Tick.Trade(
                tradeID: id, price: prices[which], quantity: Double(random.int(1...5_000)) / 1e3,
                side: random.pick([.buy, .buy, .sell, .sell, .sell, nil]), isBlockTrade: random.chance(0.01)))
    }
}

/// A partition's predictions on a virtual clock.
struct VirtualPredictions {
    static let closedByData = WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0)

    var core: PartitionPredictions
    var output = OutputBatch(reservingBytes: 1 << 12)
    /// What the clock shows, ms.
    var now: Int64 = 0

    init(_ models: PredictionModels, _ time: WindowConfiguration = closedByData) {
        core = PartitionPredictions(models, time: time, partition: 7)
    }

    mutating func add(_ record: StreamRecord, isFlushing: Bool = true) {
        core.add(
            key: record.key.span.bytes, value: record.value.span.bytes, offset: core.nextOffset ?? 0, now: now,
            into: &output)
        if isFlushing { core.flush(into: &output) }
    }

    mutating func add(_ tick: Tick) { add(StreamRecord(key: tick.series.description.bytes, value: tick.encoded())) }

    /// A trade of the first series.
    mutating func trade(_ id: String, at time: Int64, price: Double, side: Side? = .buy, series: Int = 0) {
        let trade = Tick.Trade(tradeID: id, price: price, quantity: 1, side: side)
        add(Tick(series: MadeModels.series[series], kind: .trade(trade), eventTime: time, ingestTime: time))
    }

    /// The broker says that there is nothing more, `now`.
    mutating func ended() { core.partitionEnded(confirmedAt: now, into: &output) }

    /// What came out since the last call, with topic and key.
    mutating func takenBytes() -> [String] {
        defer { output.removeAll() }
        return output.records.map { record in
            let key = String(decoding: output.keys[record.key], as: UTF8.self)
            return "\(record.topic) \(key) " + String(decoding: output.valueBytes[record.value], as: UTF8.self)
        }
    }

    var predictions: [Prediction] {
        get throws { try output.texts(of: .predictions).map { try Prediction(decoding: $0.bytes.span.bytes) } }
    }
    var scores: [Score] {
        get throws { try output.texts(of: .scores).map { try Score(decoding: $0.bytes.span.bytes) } }
    }
}
