internal import CryptoCore
internal import Foundation
internal import TestSupport

/// Models for the inference that is killed: they learned from noise, know every series of the test, and say something of every row.
enum KillModels {
    /// Of trades, minutes, and prices of any kind; the first has a second version beside it.
    private static let presets: [Preset] = [.direction, .horizon, .difference]
    static let arguments =
        ["--from", "beginning", "--stream"] + presets.map(\.rawValue) + [
            "--shadow", "direction:2", "--idle-timeout", "0",
        ]

    /// Writes them as a trainer does, into the folder `models` of `folder`, which is where the inference looks.
    static func write(to folder: URL, series: [String], seed: UInt64) throws {
        for preset in presets {
            let versions = folder.appendingPathComponent("models/\(preset)")
            for version in 1...(preset == .direction ? 2 : 1) {
                let place = versions.appendingPathComponent("\(version)")
                try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
                let model = try model(preset, version, series, seed: seed &+ UInt64(version))
                try Data(ModelFile.encode(model)).write(to: place.appendingPathComponent("model.bin"))
            }
            try Data("1\n".utf8).write(to: versions.appendingPathComponent("current"))
        }
    }

    private static func model(_ preset: Preset, _ version: Int, _ series: [String], seed: UInt64) throws -> Model {
        var random = SplitMix64(seed: seed)
        let names = preset.features.map(\.name)
        let columns = names.map { name in
            (0..<500).map { _ in
                name == "price" ? Float.random(in: 1...200, using: &random) : Float.random(in: -1...1, using: &random)
            }
        }
        let targets = (0..<500).map { _ in UInt8.random(in: 0...1, using: &random) }
        let rows = TrainingSet(features: FeatureMatrix(names: names, columns: columns), targets: targets)
        let settings = ForestSettings(trees: 20, depth: 6, seed: seed)
        let trainer = try ForestTrainer(rows, settings)
        let forest = Forest(
            trees: (0..<settings.trees).map { trainer.tree($0) }, featureCount: names.count, settings: settings)
        var model = Model(
            forest: forest, name: preset.rawValue, version: version, preset: preset.rawValue, featureNames: names)
        model.series = series
        model.golden = forest.goldenRows()
        model.rules = preset.rules.map { FittedRule(name: $0.rawValue, shares: [0.4, 0.5, 0.6]) }
        model.spreads = names.map { _ in
            FeatureSpread(mean: 0, standardDeviation: 1, edges: [-0.5, 0, 0.5], shares: [0.25, 0.25, 0.25, 0.25])
        }
        return model
    }
}
