import TestSupport
import Testing

@testable import CryptoCore

@Suite("A forest knows its worth")
struct ForestJudgingTests {
    /// The target is the first column's; the second is noise, the third has one value.
    private func set(_ count: Int, seed: UInt64) -> TrainingSet {
        var random = SplitMix64(seed: seed)
        let signal = (0..<count).map { _ in Float.random(in: 0..<1, using: &random) }
        let noise = (0..<count).map { _ in Float.random(in: 0..<1, using: &random) }
        let targets = signal.map { UInt8(Float.random(in: 0..<1, using: &random) < ($0 > 0.5 ? 0.9 : 0.1) ? 1 : 0) }
        return TrainingSet(
            features: FeatureMatrix(
                names: ["signal", "noise", "constant"],
                columns: [signal, noise, [Float](repeating: 4, count: count)]), targets: targets)
    }

    @Test("by the rows that each tree did not draw, as by rows of another day")
    func outOfBag() throws {
        let train = set(2_000, seed: 1), test = set(2_000, seed: 2)
        let trainer = try ForestTrainer(train, ForestSettings(trees: 40, depth: 6))
        let forest = trainer.forest(), judged = trainer.outOfBag(forest)
        let fresh = zip(forest.probabilities(test.features), test.targets).count { ($0 > 0.5) == ($1 == 1) }
        // Both are shares of 2,000 rows near 0.9: their difference has a standard deviation of 0.01.
        #expect(abs(judged.accuracy - Double(fresh) / 2_000) < 0.03)
        #expect(judged.probabilities.allSatisfy { (0...1).contains($0) })
    }

    @Test("the probability out of the bag is the mean of the trees that did not draw the row")
    func mean() throws {
        var set = set(60, seed: 3)
        var columns = set.features.columns
        columns[0][7] = .nan
        set.features = FeatureMatrix(names: set.features.names, columns: columns)
        let trainer = try ForestTrainer(set, ForestSettings(trees: 3, depth: 3))
        let forest = trainer.forest(), judged = trainer.outOfBag(forest).probabilities
        for row in 0..<60 {
            let said = (0..<3).filter { trainer.draws($0)[row] == 0 }
                .map { forest.trees[$0].probability(set.features.row(row).span) }
            if said.isEmpty {
                #expect(judged[row].isNaN)
            } else {
                #expect(abs(judged[row] - said.reduce(0, +) / Double(said.count)) < 1e-15)
            }
        }
    }

    @Test("both importances name the column that says something")
    func importance() throws {
        let train = set(1_500, seed: 4), test = set(1_500, seed: 5)
        let forest = try ForestTrainer(train, ForestSettings(trees: 20, depth: 5, columnsPerSplit: 3)).forest()
        let gains = forest.gainImportance
        #expect(gains[0] > 0.8 && gains[2] == 0 && abs(gains.reduce(0, +) - 1) < 1e-9)
        let falls = forest.permutationImportance(on: test, repeats: 3) { probabilities, targets in
            Double(zip(probabilities, targets).count { ($0 > 0.5) == ($1 == 1) }) / Double(targets.count)
        }
        #expect(falls[0] > 0.3 && abs(falls[1]) < 0.05 && falls[2] == 0)
    }

    @Test("gains are what the splits take from the impurity")
    func gains() throws {
        // One split, 4 of 10 rows left: impurities by hand below.
        let set = TrainingSet(
            features: FeatureMatrix(
                names: ["a", "b"], columns: [(0..<10).map { Float($0) }, [Float](repeating: 0, count: 10)]),
            targets: [0, 0, 0, 0, 1, 1, 1, 1, 1, 0])
        let score = SplitScore(
            left: RowTally(rows: 4, drawn: 4, positive: 0), of: RowTally(rows: 10, drawn: 10, positive: 5))
        // 10 x 0.5 before; 4 x 0 and 6 x (1 - 25/36 - 1/36) = 10/6 after.
        #expect(abs(score.gain(drawn: 10) - (5 - 10.0 / 6)) < 1e-12)
        let tree = try ForestTrainer(set, ForestSettings(trees: 1, depth: 2, minLeaf: 1, columnsPerSplit: 2)).tree(0)
        #expect(tree.gains == [1, 0])
    }

    @Test("what cannot be learned from is said, with what would mend it")
    func badInput() throws {
        var set = set(50, seed: 6)
        func error(_ set: TrainingSet, _ settings: ForestSettings = ForestSettings()) -> ModelError? {
            do throws(ModelError) { _ = try ForestTrainer(set, settings) } catch { return error }
            return nil
        }
        #expect(error(set, ForestSettings(trees: 0)) == .setting("trees must be 1 to 10000, not 0"))
        #expect(error(set, ForestSettings(depth: 31)) != nil)
        for minLeaf in [0, -1, .max] {
            #expect(
                error(set, ForestSettings(minLeaf: minLeaf))
                    == .setting("the fewest rows in a leaf must be 1 to 1000000000, not \(minLeaf)"))
        }
        #expect(error(set, ForestSettings(columnsPerSplit: 4)) == .setting("columns a split must be 1 to 3, not 4"))
        #expect(error(set.rows([])) == .noRows)
        set.weights = []
        #expect(error(set) == .badRows("columns, targets and weights are not of equal length"))
        set.weights = (0..<50).map { _ in -1 }
        #expect(error(set) == .badRows("a weight is a finite number of at least 0"))
        set.weights = set.targets.map { Float($0) }
        #expect(error(set) == .oneClass(1))
        set.weights = set.targets.map { _ in 0 }
        #expect(error(set) == .badRows("no row weighs anything"))
        set.weights = nil
        set.targets[3] = 2
        #expect(error(set) == .badRows("a target is 0 or 1"))
        set.targets = [UInt8](repeating: 0, count: 50)
        #expect(error(set) == .oneClass(0))
        set.targets.removeLast()
        #expect(error(set) == .badRows("columns, targets and weights are not of equal length"))
        let infinite = TrainingSet(
            features: FeatureMatrix(names: ["x"], columns: [[1, .infinity]]), targets: [0, 1])
        #expect(error(infinite) == .badRows("column x has an infinite value; NaN stands for one that is not known"))
        let none = TrainingSet(features: FeatureMatrix(names: [], columns: []), targets: [])
        #expect(error(none, ForestSettings(columnsPerSplit: 1)) == .badRows("there is no column to learn from"))
        let many = (0..<64).map { [Float($0), 1] }
        let wide = TrainingSet(features: FeatureMatrix(names: many.map { "\($0)" }, columns: many), targets: [0, 1])
        guard case .tooLarge = error(wide) else {
            Issue.record("64 columns are taken")
            return
        }
    }
}
