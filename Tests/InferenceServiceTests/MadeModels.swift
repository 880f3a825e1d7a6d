import CryptoCore
import Foundation
import ServiceKit
import ServiceRuntime
import System
import TestSupport

@testable import InferenceService

/// A folder of models that a test made, gone with it.
final class MadeModels {
    let path: String

    init() {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("cryptostream-served-\(UUID().uuidString.prefix(8))").path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// A small forest of `direction`, or another preset: the probability rises with the second feature.
    static func model(
        seed: UInt64 = 1, preset: String = "direction", features: [String] = ["price", "quantity", "is_buy"]
    ) throws -> Model {
        var random = SplitMix64(seed: seed)
        let columns = features.map { name in
            (0..<400).map { _ in
                name == "is_buy" ? Float(random.next() & 1) : Float(Double.random(in: 0..<10, using: &random))
            }
        }
        let targets = (0..<400).map { row in UInt8(columns[min(1, columns.count - 1)][row] > 5 ? 1 : 0) }
        let set = TrainingSet(features: FeatureMatrix(names: features, columns: columns), targets: targets)
        let settings = ForestSettings(trees: 10, depth: 4, seed: seed)
        let trainer = try ForestTrainer(set, settings)
        var model = Model(
            forest: Forest(
                trees: (0..<settings.trees).map { trainer.tree($0) }, featureCount: features.count, settings: settings),
            name: "made", version: 1, preset: preset, featureNames: features)
        model.trainedFrom = 1_763_683_200_000
        model.trainedUntil = 1_763_769_600_000
        model.series = ["made:BTC-USD"]
        model.metrics = Array(#"{"verdict":"made up"}"#.utf8)
        let row: [Float] = features.map { $0 == "is_buy" ? 1 : 2.5 }
        model.golden = [GoldenRow(features: row, probability: model.forest.probability(row.span))]
        return model
    }

    /// Writes the next version of a name, served from now on or not.
    @discardableResult
    func add(_ name: String, _ model: Model, _ serving: ModelFolder.Serving = .always) throws -> Int {
        try ModelFolder(models: path, name: name).add(serving) { place throws(ModelFolderError) in
            var model = model
            (model.name, model.version) = (name, place.version)
            return [ModelFolder.File(ModelFolder.modelFile, ModelFile.encode(model))]
        }.version
    }

    func folder(_ name: String) -> ModelFolder { ModelFolder(models: path, name: name) }

    /// The file of a version.
    func file(_ name: String, _ version: Int) -> String {
        folder(name).path(of: ModelFolder.modelFile, version: version)
    }

    /// What a service of this folder has as its context, and what it logs.
    func context(_ words: [String] = []) throws -> (ServiceContext, LogLines) {
        let lines = LogLines()
        let configuration = try Configurations.inference(["--models", path, "--http", "127.0.0.1:0"] + words)
        let log = Log(service: "inference", sink: { lines.add($0) })
        return (ServiceContext(service: "inference", configuration.common, stop: StopFlag(), log: log), lines)
    }
}

/// Lines that were logged.
final class LogLines: Sendable {
    private let lines = Monitor<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    func count(containing text: String) -> Int { lines.withLock { $0.count { $0.contains(text) } } }
}
