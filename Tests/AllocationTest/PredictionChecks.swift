import CryptoCore
import TestSupport

/// The inference's part of the record path: a tick's bytes into rows, through a forest, and into predictions and scores.
enum PredictionChecks {
    static var all: [Check] {
        [Check(law: "10,000 trades predicted and scored inside one minute", count: insideMinute)]
    }

    private static let series = Series(source: "bybit", symbol: "BTC-USDT")

    private static func model() throws -> PredictionModel {
        let names = Preset.direction.features.map(\.name)
        let columns: [[Float]] = names.indices.map { column in
            (0..<500).map { Float(($0 &* 7_919 &+ column &* 31) % 101) + (column == 0 ? 65_000 : 0) }
        }
        let rows = TrainingSet(
            features: FeatureMatrix(names: names, columns: columns), targets: (0..<500).map { UInt8($0 % 2) })
        let settings = ForestSettings(trees: 10, depth: 5)
        let trainer = try ForestTrainer(rows, settings)
        let forest = Forest(
            trees: (0..<settings.trees).map { trainer.tree($0) }, featureCount: names.count, settings: settings)
        var model = Model(forest: forest, name: "direction", version: 1, preset: "direction", featureNames: names)
        model.series = [series.description]
        model.rules = Preset.direction.rules.map { FittedRule(name: $0.rawValue, shares: [0.4, 0.5, 0.6]) }
        model.spreads = names.map { _ in
            FeatureSpread(mean: 0, standardDeviation: 1, edges: [1, 2], shares: [0.3, 0.3, 0.4])
        }
        return PredictionModel(model, .direction, hash: "0123456789abcdef", use: .init(isDefault: true))
    }

    /// As many trades as bytes, from a time on.
    private static func lap(_ count: Int, from start: Int64, spanMs: Int64) -> [[UInt8]] {
        (0..<count).map { i in
            let time = start + Int64(i) * spanMs / Int64(count)
            let trade = Tick.Trade(
                tradeID: "\(start)-\(i)", price: 65_000 + Double(i % 100) / 4, quantity: 0.001 * Double(1 + i % 50),
                side: i % 3 == 0 ? .buy : .sell)
            return Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time + 40).encoded()
        }
    }

    private static func insideMinute() throws -> UInt64 {
        var core = PartitionPredictions(PredictionModels([try model()]), partition: 0)
        var output = OutputBatch(reservingBytes: 1 << 23), state = ChangelogBatch()
        let key = Array(series.description.utf8)
        func add(_ lap: [[UInt8]]) {
            for (i, value) in lap.enumerated() {
                core.add(
                    key: key.span.bytes, value: value.span.bytes, offset: Int64(i), now: noon, into: &output)
            }
            core.flush(into: &output)
        }
        // Twice as many a minute as are counted, their changes taken as the loop takes them.
        for minute in 0..<3 as Range<Int64> {
            add(lap(20_000, from: noon + minute * 60_000, spanMs: 60_000))
            core.takeChanges(into: &state)
            state.removeAll()
            output.removeAll()
        }
        // The minute before closes with its first trades.
        add(lap(200, from: noon + 180_000, spanMs: 6_000))
        output.removeAll()
        let counted = lap(10_000, from: noon + 186_100, spanMs: 50_000)
        let before = core.counts
        let count = allocations { add(counted) }
        try Check.require(core.counts.predicted == before.predicted + 10_000, "not all trades were predicted")
        try Check.require(core.counts.scored > before.scored + 9_000, "few predictions were scored")
        return count
    }
}
