import CryptoCore
import System
import TestSupport
import TestTraits
import Testing

@testable import TrainerService

@Suite("Training", .waiting)
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
