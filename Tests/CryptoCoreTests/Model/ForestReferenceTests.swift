import Foundation
import TestSupport
import Testing

@testable import CryptoCore

@Suite("A forest is as good as scikit-learn's with the same settings")
struct ForestReferenceTests {
    private struct Answer: Decodable {
        var auc: Double
        var leaves: Double
        var log_loss: Double
        var mean: Double
    }

    /// Both learn the same rows three times, by other seeds, and are judged by the same other rows: means are compared.
    private func compare(
        _ train: TrainingSet, _ test: TrainingSet, columns: Int, classWeights: ClassWeights = .none
    ) throws -> (ours: Answer, theirs: Answer) {
        var ours = Answer(auc: 0, leaves: 0, log_loss: 0, mean: 0)
        for seed in 0..<3 {
            var settings = ForestSettings(columnsPerSplit: columns, seed: UInt64(seed))
            settings.classWeights = classWeights
            let forest = try ForestTrainer(train, settings).forest()
            let probabilities = forest.probabilities(test.features)
            ours.auc += ForestReference.auc(probabilities, test.targets) / 3
            ours.leaves += Double(forest.leafCount) / 3
            ours.mean += probabilities.reduce(0, +) / Double(test.count) / 3
            ours.log_loss -=
                zip(probabilities, test.targets).reduce(0) { $0 + log($1.1 == 1 ? $1.0 : 1 - $1.0) }
                / Double(test.count)
                / 3
        }
        let (output, _) = try ForestReference.run(ForestReference.python, [train, test]) { paths, _ in
            ["forest"] + paths + ["\(columns)", "3"] + (classWeights == .balanced ? ["balanced"] : [])
        }
        return (ours, try JSONDecoder().decode(Answer.self, from: Data(output.utf8)))
    }

    private func expectAlike(_ found: (ours: Answer, theirs: Answer)) {
        let (ours, theirs) = found
        #expect(abs(ours.auc - theirs.auc) < 0.005, "\(ours) \(theirs)")
        #expect(abs(ours.leaves / theirs.leaves - 1) < 0.05, "\(ours) \(theirs)")
        #expect(abs(ours.log_loss - theirs.log_loss) < 0.004, "\(ours) \(theirs)")
        #expect(abs(ours.mean - theirs.mean) < 0.01, "\(ours) \(theirs)")
    }

    @Test(
        "on trades, one column a split and three",
        .enabled(if: ForestReference.python != nil, ForestReference.noLibrary), arguments: [1, 3])
    func trades(columns: Int) throws {
        let train = RandomRows.trades(4_000, seed: 31), test = RandomRows.trades(4_000, seed: 32)
        expectAlike(try compare(train, test, columns: columns))
    }

    @Test(
        "where values are missing and classes weigh the same",
        .enabled(if: ForestReference.python != nil, ForestReference.noLibrary))
    func missing() throws {
        func punched(_ set: TrainingSet, seed: UInt64) -> TrainingSet {
            var random = SplitMix64(seed: seed)
            var columns = set.features.columns
            for row in 0..<set.count {
                if Int.random(in: 0..<5, using: &random) == 0 { columns[1][row] = .nan }
                if set.targets[row] == 1, Int.random(in: 0..<4, using: &random) == 0 { columns[0][row] = .nan }
            }
            return TrainingSet(
                features: FeatureMatrix(names: set.features.names, columns: columns), targets: set.targets)
        }
        let train = punched(RandomRows.trades(4_000, seed: 33), seed: 1)
        let test = punched(RandomRows.trades(4_000, seed: 34), seed: 2)
        expectAlike(try compare(train, test, columns: 2, classWeights: .balanced))
    }
}
