import TestSupport
import TestTraits
import Testing

@testable import CryptoCore

@Suite("Baselines")
struct BaselineTests {
    /// Rows of `direction`, one a second, whose target follows from `target` of the row's number and the buys so far.
    static func rows(_ count: Int, seed: UInt64, _ target: (Int, [Bool], inout SplitMix64) -> Bool) -> RowTable {
        var random = SplitMix64(seed: seed)
        var table = RowTable(.direction, series: "x:A-B")
        var buys: [Bool] = []
        for i in 0..<count {
            buys.append(Bool.random(using: &random))
            var row = Row(time: Int64(i) * 1_000)
            row.append(100 + Double.random(in: -1...1, using: &random))
            row.append(Double.random(in: 0...1, using: &random))
            row.append(buys[i] ? 1 : 0)
            row.append(ruleSign: buys[i] ? 1 : -1)
            row.append(ruleSign: 0)
            let isUp = target(i, buys, &random)
            table.decided(row, RowOutcome(target: isUp ? 1 : 0, until: row.time + 1_000))
        }
        return table
    }

    private static func auc(_ learner: any Learner, _ rows: RowTable, train: Int) async throws -> Double {
        let first = rows.rows(Array(0..<train))
        let rest = rows.rows(Array(train..<rows.count))
        let forecast = try await learner.probabilities(taughtBy: first, for: rest)
        let scores = BlockStatistics.Scores(values: forecast, threshold: 0.5, isProbability: true)
        let blocks = [Int32](repeating: 0, count: rest.count)
        return BlockStatistics(scores, rest.targets, blocks: blocks, count: 1).values([1])[0]
    }

    @Test(
        "logistic regression comes as close as scikit-learn's, which solves it", .waiting,
        .enabled(if: ScikitReference.isPresent, ScikitReference.skipped))
    func logistic() async throws {
        var random = SplitMix64(seed: 8)
        let rows = BaselineTests.rows(6_000, seed: 8) { _, buys, _ in
            Double.random(in: 0..<1, using: &random) < (buys[buys.count - 1] ? 0.45 : 0.25)
        }
        func lines(_ range: Range<Int>) -> String {
            range.map { i in "\(rows.targets[i]) " + rows.columns.map { "\($0[i])" }.joined(separator: " ") }
                .joined(separator: "\n")
        }
        let theirs = try ScikitReference.answer(lines(0..<5_000) + "\n\n" + lines(5_000..<6_000), ["--logistic"])
        let ours = try await BaselineTests.auc(LogisticLearner(), rows, train: 5_000)
        #expect(abs(ours - (theirs["auc"] ?? .nan)) < 0.005)
        let forecast = try await LogisticLearner().probabilities(
            taughtBy: rows.rows(Array(0..<5_000)), for: rows.rows(Array(5_000..<6_000)))
        let loss = zip(forecast, rows.targets[5_000...]).reduce(0) { $0 - Elementary.log($1.1 == 1 ? $1.0 : 1 - $1.0) }
        #expect(abs(loss / 1_000 - (theirs["log_loss"] ?? .nan)) < 0.002)
    }

    @Test("the recurrent network remembers what no single row shows")
    func memory() async throws {
        // The target is the side of the row before.
        let rows = BaselineTests.rows(2_400, seed: 9) { i, buys, _ in i > 0 && buys[i - 1] }
        let recurrent = try await BaselineTests.auc(RecurrentLearner(), rows, train: 2_000)
        let logistic = try await BaselineTests.auc(LogisticLearner(), rows, train: 2_000)
        #expect(recurrent > 0.95)
        #expect(logistic < 0.6)
    }

    @Test("both say the same each time, and go on where a feature is unknown or constant")
    func deterministic() async throws {
        var rows = BaselineTests.rows(800, seed: 10) { _, buys, _ in buys[buys.count - 1] }
        rows.columns[0] = rows.columns[0].map { _ in 100 }
        for i in stride(from: 0, to: 800, by: 3) { rows.columns[1][i] = .nan }
        let (train, test) = (rows.rows(Array(0..<600)), rows.rows(Array(600..<800)))
        for learner in [LogisticLearner(), RecurrentLearner()] as [any Learner] {
            let forecast = try await learner.probabilities(taughtBy: train, for: test)
            #expect(forecast.allSatisfy { $0 > 0 && $0 < 1 })
            #expect(try await learner.probabilities(taughtBy: train, for: test) == forecast)
            #expect(try await BaselineTests.auc(learner, rows, train: 600) > 0.99)
        }
    }

    @Test("the network's gradient is the slope of its loss", arguments: 1...4 as ClosedRange<UInt64>)
    func gradient(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var network = RecurrentNetwork(inputs: 2, units: 3, seed: seed, upShare: 0.3)
        let rows = (0..<14).map { _ in Double.random(in: -2...2, using: &random) }
        let targets: [UInt8] = [1, 0, 0, 1, 1, 0, 1]
        let state = [0.3, -0.2, 0.5]
        func loss() -> Double {
            let said = network.run(rows.span, from: state).probabilities
            return zip(said, targets).reduce(0) { $0 - Elementary.log($1.1 == 1 ? $1.0 : 1 - $1.0) } / 7
        }
        let gradient = network.gradient(rows.span, targets[...], network.run(rows.span, from: state))
        for i in network.parameters.indices {
            let before = network.parameters[i]
            network.parameters[i] = before + 1e-6
            let above = loss()
            network.parameters[i] = before - 1e-6
            let slope = (above - loss()) / 2e-6
            network.parameters[i] = before
            #expect(abs(slope - gradient[i]) < 1e-8)
        }
    }
}
