import TestSupport
import Testing

@testable import CryptoCore

@Suite("A forest")
struct ForestTests {
    @Test("learns what can be learned, and says probabilities")
    func learns() throws {
        let set = RandomRows.trades(2_000, seed: 1)
        let forest = try ForestTrainer(set, ForestSettings(trees: 20, depth: 6)).forest()
        let probabilities = forest.probabilities(set.features)
        #expect(probabilities.allSatisfy { (0...1).contains($0) })
        func mean(of target: UInt8) -> Double {
            let chosen = zip(probabilities, set.targets).filter { $0.1 == target }.map(\.0)
            return chosen.reduce(0, +) / Double(chosen.count)
        }
        #expect(mean(of: 1) - mean(of: 0) > 0.1)
        #expect(forest.treeCount == 20)
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
