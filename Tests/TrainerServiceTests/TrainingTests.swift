import CryptoCore
import Synchronization
import System
import TestSupport
import Testing

@testable import TrainerService

@Suite("Training")
struct TrainingTests {
    static func rows(hours: Range<Int> = 0..<6, following: Double = 0.8) -> RowTable {
        let ticks = MadeTicks(following: following).ticks(hours: hours).compactMap { Observation($0) }
        return .history(ticks, .direction, series: "made:BTC-USD")
    }

    private func growing(_ tasks: Int, stop: StopFlag = StopFlag()) -> TreeGrowing {
        TreeGrowing(tasks: tasks, stop: stop, progress: TrainingProgress())
    }

    @Test("the forest is the same, tree by tree, whatever the number of tasks", arguments: [2, 3, 8, 64])
    func tasks(count: Int) async throws {
        let rows = TrainingTests.rows()
        let settings = ForestSettings(trees: 17, seed: 5)
        let one = try #require(try await growing(1).forest(rows, settings)).0
        let several = try #require(try await growing(count).forest(rows, settings)).0
        #expect(one == several && one.treeCount == 17)
        let other = try #require(try await growing(1).forest(rows, ForestSettings(trees: 17, seed: 6))).0
        #expect(one != other)
    }

    @Test("more trees go on where the others ended")
    func warmStart() async throws {
        let rows = TrainingTests.rows()
        let growing = growing(2)
        let (forest, trainer) = try #require(try await growing.forest(rows, ForestSettings(trees: 4)))
        let more = try #require(await growing.trees(4..<9, of: trainer))
        let whole = try #require(try await growing.forest(rows, ForestSettings(trees: 9))).0
        #expect(forest.adding(more) == whole)
    }

    @Test("a stop request ends it, and there is no forest")
    func stopped() async throws {
        let stop = StopFlag()
        stop.request()
        #expect(try await growing(2, stop: stop).forest(TrainingTests.rows(), ForestSettings()) == nil)
    }

    /// A baseline that counts how often it learns, and may ask for the stop.
    private final class Counting: Learner {
        let name = "counting"
        let calls = Atomic(0)
        private let stop: StopFlag?

        init(stop: StopFlag? = nil) { self.stop = stop }

        func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
            calls.add(1, ordering: .relaxed)
            stop?.request()
            return Array(repeating: 0.5, count: test.count)
        }
    }

    @Test("a stop request ends the judging: nothing learns any more, and there is no model")
    func stoppedJudging() async throws {
        let stop = StopFlag()
        let (first, second) = (Counting(stop: stop), Counting())
        let configuration = try Configurations.trainer(["--preset", "direction", "--from", "csv:x", "--trees", "2"])
        let training = Training(configuration, stop: stop, progress: TrainingProgress(), baselines: [first, second])
        await #expect(throws: TrainingError.stopped) { _ = try await training.train(TrainingTests.rows()) }
        #expect(first.calls.load(ordering: .relaxed) == 1 && second.calls.load(ordering: .relaxed) == 0)
    }

    @Test("a baseline whose task is cancelled has learned nothing", arguments: [0, 1])
    func cancelled(number: Int) async throws {
        let learner: any Learner = number == 0 ? LogisticLearner() : RecurrentLearner()
        let rows = TrainingTests.rows(hours: 0..<12)
        let taught = try await learner.probabilities(taughtBy: rows, for: rows)
        let untaught = try await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await learner.probabilities(taughtBy: rows, for: rows)
        }.value
        func distance(_ said: [Double]) -> Double {
            zip(said, rows.targets).reduce(0) { $0 + abs($1.0 - Double($1.1)) }
        }
        #expect(distance(taught) < distance(untaught) * 0.9)
        // The logistic regression begins with the share of target 1.
        if number == 0 { #expect(untaught.allSatisfy { abs($0 - rows.upShare) < 1e-12 }) }
    }

    @Test(
        "what a forest owes to a feature is known on rows that it has not seen: the side decides here, the rest is chance"
    )
    func importance() async throws {
        let configuration = try Configurations.trainer(
            ["--preset", "direction", "--from", "csv:x", "--trees", "10", "--evaluate", "holdout:24h"])
        let training = Training(configuration, stop: StopFlag(), progress: TrainingProgress(), baselines: [])
        let trained = try await training.train(TrainingTests.rows(hours: 0..<96))
        let importance = try #require(trained.importance)
        #expect(importance.falls[2] > 0.2 && importance.falls[..<2].allSatisfy { abs($0) < 0.05 }, "\(importance)")
        #expect(importance.count == importance.available && importance.count > 4_000)
        let many = TrainingTests.rows(hours: 0..<200)
        let sampled = try #require(PermutationImportance(of: trained.forest, on: many, seed: 1))
        #expect(sampled.count <= 10_000 && sampled.count > 8_000 && sampled.available == many.count)
        let up = many.rows((0..<many.count).filter { many.targets[$0] == 1 })
        #expect(PermutationImportance(of: trained.forest, on: up, seed: 1) == nil)
    }

    @Test("class weights reach the forest, and the out-of-bag score the card")
    func classWeights() async throws {
        func trained(_ words: [String]) async throws -> Training.Trained {
            let configuration = try Configurations.trainer(
                ["--preset", "direction", "--from", "csv:x", "--trees", "10"] + words)
            let training = Training(configuration, stop: StopFlag(), progress: TrainingProgress(), baselines: [])
            return try await training.train(TrainingTests.rows())
        }
        let plain = try await trained(["--evaluate", "holdout:0.2"])
        let accuracy = try #require(plain.outOfBagAccuracy)
        // The price follows the side of the trade before with a chance of 0.8, as MadeTicks says.
        #expect(accuracy > 0.7 && accuracy < 0.9)
        let heavy = try await trained(["--evaluate", "none", "--class-weights", "1,9"])
        #expect(heavy.outOfBagAccuracy == nil && heavy.forest.settings?.classWeights == .values(1, 9))
        let row: [Float] = [1000, 1, 0]
        #expect(heavy.forest.probability(row.span) > plain.forest.probability(row.span))
    }

    @Test("progress counts each tree once, and never beyond the last")
    func progress() async throws {
        let progress = TrainingProgress()
        let growing = TreeGrowing(tasks: 4, stop: StopFlag(), progress: progress)
        progress.begin(.growing)
        _ = try await growing.forest(TrainingTests.rows(), ForestSettings(trees: 10))
        #expect(progress.now.trees == (10, 10))
        #expect(progress.now.text == "growing [########################] 100 %, tree 10 of 10")
        progress.note(share: 0.5)
        #expect(progress.now.text == "growing [############------------] 50 %, tree 10 of 10")
    }

    @Test("ten bins hold about as many values each, and all of them together everything")
    func spread() {
        var random = SplitMix64(seed: 3)
        let column = (0..<10_007).map { $0 % 7 == 0 ? .nan : Float.random(in: -1...3, using: &random) }
        let spread = FeatureSpread(of: column)
        let known = column.filter { !$0.isNaN }.map(Double.init)
        let mean = known.reduce(0, +) / Double(known.count)
        #expect(abs(spread.mean - mean) < 1e-9 && abs(spread.standardDeviation - (4 / 12.0.squareRoot())) < 0.02)
        #expect(spread.edges.count == 9 && spread.edges == spread.edges.sorted())
        #expect(abs(spread.shares.reduce(0, +) - 1) < 1e-12 && spread.shares.allSatisfy { abs($0 - 0.1) < 0.001 })
        let flags = FeatureSpread(of: [0, 1, 1, 0, 1])
        #expect(flags.edges == [0] && flags.shares == [0.4, 0.6] && abs(flags.mean - 0.6) < 1e-12)
        let constant = FeatureSpread(of: [2, 2, 2])
        #expect(constant.edges.isEmpty && constant.shares == [1] && constant.standardDeviation == 0)
        let unknown = FeatureSpread(of: [.nan, .nan])
        #expect(unknown.edges.isEmpty && unknown.shares == [1] && unknown.mean.isNaN)
    }
}
