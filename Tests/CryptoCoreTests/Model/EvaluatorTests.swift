import TestSupport
import Testing

@testable import CryptoCore

@Suite("Prediction")
struct EvaluatorTests {
    private func plain(_ forest: Forest, _ row: [Float]) -> Double {
        min(1, forest.trees.reduce(0) { $0 + $1.probability(row.span) } / Double(forest.treeCount))
    }

    @Test("says what walking the trees says, for one row and for many, bit for bit", arguments: [1, 7, 8, 33])
    func same(trees: Int) throws {
        var settings = ForestSettings(trees: trees, depth: 9, minLeaf: 1)
        settings.seed = UInt64(trees)
        let forest = try ForestTrainer(RandomRows.trades(900, seed: 11), settings).forest()
        var rows = RandomRows.trades(701, seed: 12).features.columns
        for (index, value) in [Float.nan, .infinity, -.infinity, -0.0, .greatestFiniteMagnitude].enumerated() {
            for column in 0..<3 { rows[column][index * 3 + column] = value }
        }
        // Values on a threshold, and next to it.
        for (index, node) in forest.trees[0].nodes.filter({ !$0.isLeaf }).prefix(100).enumerated() {
            let value = Float(node.threshold)
            rows[Int(node.feature)][100 + index] =
                index % 3 == 0 ? value : index % 3 == 1 ? value.nextUp : value.nextDown
        }
        let matrix = FeatureMatrix(names: ["a", "b", "c"], columns: rows)
        let all = forest.probabilities(matrix)
        for row in 0..<701 {
            #expect(all[row] == plain(forest, matrix.row(row)))
            #expect(all[row] == forest.probability(matrix.row(row).span))
        }
    }

    @Test("a float32 is at most a double where its place is at most the double's", arguments: UInt64(0)..<20)
    func order(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let value = Float(bitPattern: UInt32.random(in: 0...(.max), using: &random))
            let other = Float(bitPattern: UInt32.random(in: 0...(.max), using: &random))
            guard !value.isNaN, !other.isNaN else { continue }
            let near = value.isFinite ? (Double(value) + Double(value.nextUp)) / 2 : 1
            for limit in [
                Double(other), Double(value), near, Double(other).nextUp, .infinity, -.infinity, 1e300, -1e300, 0,
            ] {
                #expect((FloatOrder.key(value) <= FloatOrder.key(atMost: limit)) == (Double(value) <= limit))
            }
        }
    }

    @Test("a forest of leaves only says their mean")
    func leaves() {
        let trees = [0.25, 0.75, 0.75].map { GrownTree(nodes: [.leaf($0)], gains: [0]) }
        let forest = Forest(trees: trees, featureCount: 1, settings: ForestSettings(trees: 3))
        #expect(forest.probability([3].span) == 1.75 / 3)
        #expect(forest.probabilities(FeatureMatrix(names: ["x"], columns: [[1, .nan]])) == [1.75 / 3, 1.75 / 3])
        #expect(forest.gainImportance == [0])
    }

    @Test("of no rows is nothing")
    func empty() {
        let forest = Forest(
            trees: [GrownTree(nodes: [.leaf(1)], gains: [0])], featureCount: 1, settings: ForestSettings())
        #expect(forest.probabilities(FeatureMatrix(names: ["x"], columns: [[]])) == [])
    }
}
