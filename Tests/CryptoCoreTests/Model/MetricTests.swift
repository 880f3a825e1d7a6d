import TestSupport
import TestTraits
import Testing

@testable import CryptoCore

@Suite("Metrics")
struct MetricTests {
    /// Scores with ties, and targets that go with them a little.
    private struct Sample {
        var scores: [Double] = []
        var targets: [UInt8] = []
        var blocks: [Int32] = []

        init(_ count: Int, steps: Int, blocks blockCount: Int, seed: UInt64) {
            var random = SplitMix64(seed: seed)
            for i in 0..<count {
                let score = Double(Int.random(in: 0...steps, using: &random)) / Double(steps)
                scores.append(score)
                targets.append(Double.random(in: 0..<1, using: &random) < 0.2 + 0.4 * score ? 1 : 0)
                blocks.append(Int32(i * blockCount / count))
            }
        }

        func statistics(_ count: Int, threshold: Double = 0.4) -> BlockStatistics {
            let scores = BlockStatistics.Scores(values: scores, threshold: threshold, isProbability: true)
            return BlockStatistics(scores, targets, blocks: blocks, count: count)
        }

        /// The rows of each block as often as it was drawn, in one block.
        func drawn(_ weights: [Double]) -> Sample {
            var result = self
            let rows = scores.indices.flatMap { Array(repeating: $0, count: Int(weights[Int(blocks[$0])])) }
            result.scores = rows.map { scores[$0] }
            result.targets = rows.map { targets[$0] }
            result.blocks = rows.map { _ in 0 }
            return result
        }
    }

    @Test(
        "are scikit-learn's", .waiting, .enabled(if: ScikitReference.isPresent, ScikitReference.skipped),
        arguments: [(10, 1), (3, 2), (100_000, 3)] as [(Int, UInt64)])
    func reference(steps: Int, seed: UInt64) throws {
        let sample = Sample(2_000, steps: steps, blocks: 1, seed: seed)
        let lines = zip(sample.scores, sample.targets).map { "\($0) \($1)" }
        let theirs = try ScikitReference.answer((["0.4"] + lines).joined(separator: "\n"))
        let ours = sample.statistics(1).values([1])
        for metric in Metric.allCases {
            #expect(abs(ours[metric.rawValue] - (theirs[metric.name.description] ?? .nan)) < 1e-12, "\(metric)")
        }
    }

    @Test("of a resample are those of the rows that it drew, exactly", arguments: 1...20 as ClosedRange<UInt64>)
    func resample(seed: UInt64) {
        let sample = Sample(300, steps: seed % 2 == 0 ? 12 : 1_000, blocks: 9, seed: seed)
        let statistics = sample.statistics(9)
        for weights in Resampling.draws(of: 9, seed: seed).prefix(20) {
            let fast = statistics.values(weights)
            let slow = sample.drawn(weights).statistics(1).values([1])
            for (a, b) in zip(fast, slow) { #expect(abs(a - b) < 1e-12) }
            // Pairs are counted, in halves: nothing is rounded but the division.
            #expect(fast[Metric.auc.rawValue] == slow[Metric.auc.rawValue])
        }
    }

    @Test("the area is a count of all pairs of the rows that were drawn", arguments: 1...5 as ClosedRange<UInt64>)
    func pairs(seed: UInt64) {
        let sample = Sample(120, steps: 9, blocks: 7, seed: seed)
        let statistics = sample.statistics(7)
        for weights in Resampling.draws(of: 7, seed: seed).prefix(10) {
            let rows = sample.drawn(weights)
            var (wins, count) = (0.0, 0.0)
            for i in rows.targets.indices where rows.targets[i] == 1 {
                for j in rows.targets.indices where rows.targets[j] == 0 {
                    count += 1
                    wins += rows.scores[i] > rows.scores[j] ? 1 : rows.scores[i] == rows.scores[j] ? 0.5 : 0
                }
            }
            #expect(statistics.values(weights)[Metric.auc.rawValue] == wins / count)
        }
    }

    @Test("of blocks put together are those of the larger blocks")
    func grouped() {
        let sample = Sample(400, steps: 20, blocks: 8, seed: 5)
        var larger = sample
        larger.blocks = sample.blocks.map { $0 / 3 }
        let both = (sample.statistics(8).grouped([0, 0, 0, 1, 1, 1, 2, 2], count: 3), larger.statistics(3))
        for weights in [[1, 1, 1], [2, 0, 1], [0, 3, 0]] as [[Double]] {
            for (a, b) in zip(both.0.values(weights), both.1.values(weights)) { #expect(abs(a - b) < 1e-12) }
        }
    }

    @Test("do not care about the scale of scores, where only the order counts")
    func scale() {
        let sample = Sample(500, steps: 40, blocks: 1, seed: 6)
        var shrunk = sample
        // 0.45 to 0.55: by fixed thresholds nothing would be left of the ranking.
        shrunk.scores = sample.scores.map { 0.45 + 0.1 * $0 }
        let auc = Metric.auc.rawValue
        #expect(sample.statistics(1).values([1])[auc] == shrunk.statistics(1).values([1])[auc])
        var turned = sample
        turned.scores = sample.scores.map { 1 - $0 }
        #expect(abs(sample.statistics(1).values([1])[auc] + turned.statistics(1).values([1])[auc] - 1) < 1e-12)
    }

    @Test("with one class are not defined")
    func oneClass() {
        var sample = Sample(50, steps: 10, blocks: 1, seed: 7)
        sample.targets = sample.targets.map { _ in 1 }
        let values = sample.statistics(1).values([1])
        for metric in [Metric.auc, .balancedAccuracy, .mcc] { #expect(values[metric.rawValue].isNaN) }
        #expect(values[Metric.logLoss.rawValue].isFinite && values[Metric.brier.rawValue].isFinite)
    }

    @Test("intervals are numpy's percentiles")
    func percentiles() throws {
        // numpy.percentile(range(100) squared, [2.5, 97.5]) = [6.375, 9317.325]
        let interval = try #require(Interval(of: (0..<100).map { Double($0 * $0) }.reversed()))
        #expect(abs(interval.low - 6.375) < 1e-9 && abs(interval.high - 9_317.325) < 1e-9)
        #expect(Interval(of: Array(repeating: 1, count: 39)) == nil)
    }

    @Test("hours are clock hours with rows, days are those of UTC+9, and long folds have longer blocks")
    func blocks() {
        let hour: Int64 = 3_600_000
        func blocks(_ times: [Int64]) -> RowBlocks {
            RowBlocks(times: times, count: times.count, blockMs: RowBlocks.blockMs(of: [times]))
        }
        let start = 15 * hour
        let times = [
            start + 5, start + hour - 1, start + hour, start + 23 * hour, start + 24 * hour, start + 72 * hour,
        ]
        let few = blocks(times)
        #expect(few.blocks == [0, 0, 1, 2, 3, 4])
        #expect(few.days == [0, 0, 0, 1, 2] && few.dayCount == 3)
        // An hour before 15:00 UTC is another day: that is midnight in Tokyo.
        #expect(blocks([start - 1, start]).days == [0, 1] && blocks([start - 1, start]).blocks == [0, 1])
        #expect(blocks([start, start + 23 * hour]).dayCount == 1 && blocks([-1, 0]).days == [0, 0])
        #expect(RowBlocks.blockMs(of: [times, [0]]) == hour && RowBlocks.blockMs(of: []) == hour)
        let long = (0..<2_000).map { Int64($0) * hour }
        #expect(RowBlocks.blockMs(of: [times, long]) == 8 * hour)
        #expect(blocks(long).blockCount == 251 && blocks(long).dayCount == 84)
        let longest = (0..<20_000).map { Int64($0) * hour }
        #expect(RowBlocks.blockMs(of: [longest]) == 96 * hour && RowBlocks.dayMs(ofBlocks: 96 * hour) == 96 * hour)
        #expect(blocks(longest).blockCount == blocks(longest).dayCount && blocks(longest).blockCount <= 210)
        #expect(Evaluation.Blocks(count: 9, lengthMs: 8 * hour).unit == "blocks of 8 hours")
        #expect(Evaluation.Blocks(count: 1, lengthMs: 8 * hour).counted == "1 block of 8 hours")
        #expect(Evaluation.Blocks(count: 9, lengthMs: 96 * hour).unit == "blocks of 4 days")
    }

    @Test("blocks that folds share are drawn once for all of them")
    func shared() {
        let shared = Resampling.Shared([[3, 5], [5, 9], [9]])
        #expect(shared.count == 3 && shared.places == [[0, 1], [1, 2], [2]])
        #expect(shared.weights(ofFold: 1, [7, 2, 0]) == [2, 0])
    }

    @Test("calibration takes every number", arguments: [1e300, -1e300, 1e18, -0.0, 1, .infinity, .nan])
    func calibration(probability: Double) {
        var calibration = Calibration()
        calibration.add([probability, 0.5], [1, 0])
        #expect(calibration.filled.reduce(0) { $0 + $1.count } == (probability.isFinite ? 2 : 1))
    }
}
