import TestSupport
import Testing

@testable import CryptoCore

@Suite("A forest holds the laws of its data")
struct ForestLawTests {
    private let settings = ForestSettings(trees: 10, depth: 6, columnsPerSplit: 1)

    private func transformed(_ set: TrainingSet, _ column: Int, _ change: (Float) -> Float) -> TrainingSet {
        var columns = set.features.columns
        columns[column] = columns[column].map(change)
        return TrainingSet(
            features: FeatureMatrix(names: set.features.names, columns: columns), targets: set.targets)
    }

    @Test("a column times a power of two gives the same probabilities", arguments: [-20, -1, 3, 40])
    func powers(exponent: Int) throws {
        let set = RandomRows.trades(800, seed: 3)
        let scale = Float(sign: .plus, exponent: exponent, significand: 1)
        let scaled = transformed(set, 0) { $0 * scale }
        let a = try ForestTrainer(set, settings).forest(), b = try ForestTrainer(scaled, settings).forest()
        #expect(a.probabilities(set.features) == b.probabilities(scaled.features))
        #expect(a.trees != b.trees)
    }

    @Test("a column changed by a rising function gives the same splits of the rows")
    func rising() throws {
        let set = RandomRows.trades(800, seed: 4)
        let cubed = transformed(set, 1) { $0 * $0 * $0 }
        #expect(Set(set.features.columns[1]).count == Set(cubed.features.columns[1]).count)
        let a = try ForestTrainer(set, settings), b = try ForestTrainer(cubed, settings)
        // The rows that were drawn lie on the same sides of all splits; between them thresholds are half-way in either scale.
        for number in 0..<settings.trees {
            let left = a.tree(number), right = b.tree(number)
            for (row, draws) in a.draws(number).enumerated() where draws > 0 {
                #expect(
                    left.probability(set.features.row(row).span) == right.probability(cubed.features.row(row).span))
            }
        }
    }

    @Test("trees grown by several threads at once are those grown in turn")
    func threads() async throws {
        let trainer = try ForestTrainer(RandomRows.trades(600, seed: 5), settings)
        let grown = await withTaskGroup(of: (Int, GrownTree).self) { group in
            for number in 0..<10 { group.addTask { (number, trainer.tree(number)) } }
            var grown: [Int: GrownTree] = [:]
            for await (number, tree) in group { grown[number] = tree }
            return grown
        }
        for number in 0..<10 { #expect(grown[number] == trainer.tree(number)) }
    }

    @Test("leaves have their fewest rows, and trees their depth", arguments: [1, 7, 40])
    func shape(minLeaf: Int) throws {
        let set = RandomRows.trades(500, seed: 6)
        let trainer = try ForestTrainer(set, ForestSettings(trees: 3, depth: 4, minLeaf: minLeaf))
        for number in 0..<3 {
            let tree = trainer.tree(number)
            var rows = [Int](repeating: 0, count: tree.nodes.count)
            for (row, draws) in trainer.draws(number).enumerated() where draws > 0 {
                var at = 0, steps = 0
                while !tree.nodes[at].isLeaf {
                    let node = tree.nodes[at]
                    let value = set.features.columns[Int(node.feature)][row]
                    at = Int(node.left) + (Double(value) <= node.threshold ? 0 : 1)
                    steps += 1
                }
                #expect(steps <= 4)
                rows[at] += 1
            }
            for (index, node) in tree.nodes.enumerated() where node.isLeaf { #expect(rows[index] >= minLeaf) }
            #expect(tree.fault(features: 3) == nil)
        }
    }

    @Test("a row of weight 2 is drawn like two rows, one of weight 0 never; only ratios matter")
    func weights() throws {
        var set = RandomRows.trades(300, seed: 7)
        set.weights = (0..<300).map { $0 % 3 == 0 ? 0 : $0 % 3 == 1 ? 1 : 2 }
        let trainer = try ForestTrainer(set, settings)
        var sums = [0.0, 0, 0]
        for number in 0..<200 {
            let draws = trainer.draws(number)
            #expect(draws.reduce(0, +) == 300)
            for (row, count) in draws.enumerated() { sums[row % 3] += Double(count) }
        }
        #expect(sums[0] == 0)
        // 60,000 draws; the standard deviation of the share of weight 2 is 0.002.
        #expect(abs(sums[2] / (sums[1] + sums[2]) - 2.0 / 3) < 0.01)
        var scaled = set
        scaled.weights = set.weights?.map { $0 * 8 }
        #expect(try ForestTrainer(scaled, settings).forest().trees == trainer.forest().trees)
    }

    @Test("balanced classes are drawn alike, and given weights by their ratio")
    func classes() throws {
        var set = RandomRows.trades(400, seed: 8)
        set.targets = (0..<400).map { $0 % 10 == 0 ? 1 : 0 }
        func share(_ weights: ClassWeights) throws -> Double {
            var settings = settings
            settings.classWeights = weights
            let trainer = try ForestTrainer(set, settings)
            var drawn = 0.0
            for number in 0..<200 {
                for (row, count) in trainer.draws(number).enumerated() where row % 10 == 0 { drawn += Double(count) }
            }
            return drawn / 80_000
        }
        #expect(abs(try share(.none) - 0.1) < 0.01)
        #expect(abs(try share(.balanced) - 0.5) < 0.01)
        #expect(abs(try share(.values(1, 3)) - 0.25) < 0.01)
        // Their sum is beyond all doubles; their ratio is as before.
        #expect(try share(.values(5e307, 1.5e308)) == share(.values(1, 3)))
        #expect(try share(.values(1e308, 1)) == 0)
    }

    @Test("more trees of the same trainer make the forest that would have been grown at once")
    func warmStart() throws {
        let trainer = try ForestTrainer(RandomRows.trades(400, seed: 9), settings)
        let whole = trainer.forest()
        let first = Forest(
            trees: Array(whole.trees[..<6]), featureCount: 3,
            settings: ForestSettings(trees: 6, depth: 6, columnsPerSplit: 1))
        #expect(first.adding((6..<10).map { trainer.tree($0) }) == whole)
    }

    @Test("what is not known goes to the side that training chose, and is worth a split")
    func missing() throws {
        // Where the value is not known the target is 1.
        let values = (0..<400).map { $0 % 4 == 0 ? Float.nan : Float($0 % 50) }
        let set = TrainingSet(
            features: FeatureMatrix(names: ["x"], columns: [values]),
            targets: (0..<400).map { $0 % 4 == 0 || $0 % 50 == 1 ? 1 : 0 })
        let forest = try ForestTrainer(set, ForestSettings(trees: 20, depth: 8, minLeaf: 2)).forest()
        #expect(forest.probability([Float.nan].span) > 0.99)
        #expect(forest.probability([Float(20)].span) < 0.1)
        #expect(forest.probabilities(set.features).allSatisfy { (0...1).contains($0) })
    }

    @Test("so many rows are taken as trees have room for leaves, and no more than can be counted")
    func manyRows() throws {
        func problem(_ rows: Int, depth: Int, minLeaf: Int) -> ModelError? {
            do throws(ModelError) {
                try ForestTrainer.checkSize(rows: rows, ForestSettings(depth: depth, minLeaf: minLeaf))
                return nil
            } catch { return error }
        }
        let most = Forest.mostNodes / 2
        #expect(problem(most, depth: 30, minLeaf: 1) == nil && problem(most * 5 + 4, depth: 30, minLeaf: 5) == nil)
        for (rows, minLeaf) in [(most + 1, 1), (most * 5 + 5, 5)] {
            #expect(
                problem(rows, depth: 30, minLeaf: minLeaf) != nil && problem(rows, depth: 23, minLeaf: minLeaf) == nil)
        }
        #expect(problem(WideCell.limit, depth: 10, minLeaf: 5) == nil)
        #expect("\(problem(WideCell.limit + 1, depth: 10, minLeaf: 5)!)".contains("takes 1000000000 rows"))
    }

    @Test("what training never saw as missing goes where most rows went")
    func unseenMissing() throws {
        let set = TrainingSet(
            features: FeatureMatrix(names: ["x"], columns: [(0..<100).map { Float($0) }]),
            targets: (0..<100).map { $0 < 80 ? 0 : 1 })
        let forest = try ForestTrainer(set, ForestSettings(trees: 10, depth: 1)).forest()
        #expect(forest.probability([Float.nan].span) < 0.1)
    }
}
