import TestSupport
import Testing

@testable import CryptoCore

@Suite("A forest")
struct ForestTests {
    @Test("learns what can be learned, and says probabilities")
    func learns() throws {
        let train = RandomRows.trades(4_000, seed: 1), test = RandomRows.trades(4_000, seed: 3)
        let forest = try ForestTrainer(train, ForestSettings(trees: 40, depth: 6, minLeaf: 20)).forest()
        let probabilities = forest.probabilities(test.features), truth = RandomRows.chances(test.features)
        #expect(probabilities.allSatisfy { (0...1).contains($0) })
        let said = ForestReference.auc(probabilities, test.targets), best = ForestReference.auc(truth, test.targets)
        #expect(best > 0.7 && best - said < 0.02, "\(said) of \(best)")
        let distance = zip(probabilities, truth).reduce(0) { $0 + abs($1.0 - $1.1) } / 4_000
        #expect(distance < 0.06, "\(distance)")
        #expect(forest.treeCount == 40)
        #expect(abs(forest.gainImportance.reduce(0, +) - 1) < 1e-9)
    }

    @Test("is the same whatever the order in which its trees are grown")
    func order() throws {
        let trainer = try ForestTrainer(RandomRows.trades(500, seed: 2), ForestSettings(trees: 8))
        let back = (0..<8).reversed().map { trainer.tree($0) }
        #expect(trainer.forest().trees == Array(back.reversed()))
        #expect(trainer.tree(0) != trainer.tree(1))
    }
}
