import TestSupport
import TestTraits
import Testing

@testable import CryptoCore

/// Learns nothing: says the share of the rows that teach.
struct ShareLearner: Learner {
    let name = "share"

    func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
        Array(repeating: train.upShare, count: test.count)
    }
}

/// The expected numbers are pandas' and scikit-learn's on the same files, by the same definitions (scikit-learn 1.9.1).
@Suite(
    "Rows, shares and rules on five recorded days, judged on the two after them",
    .enabled(if: SharedData.isPresent, Reference.noRecordings), .waiting)
struct BitflyerTableTests {
    private struct Line {
        var kind: Evaluation.Kind
        var name: String
        /// AUC, log loss, balanced accuracy, MCC; nil: not compared.
        var auc, logLoss, balanced, mcc: Double?
    }

    @Test("direction: each trade with the next")
    func direction() async throws {
        let evaluation = try await evaluation(.direction)
        let fold = try #require(evaluation.folds.first)
        #expect((fold.trainCount, fold.testCount) == (746_560, 178_943))
        #expect(abs(fold.trainUpShare - 0.28885555) < 1e-8 && abs(fold.testUpShare - 0.27363462) < 1e-8)
        #expect(evaluation.parts.map(\.count) == [75_818, 103_125])
        check(
            evaluation,
            [
                Line(kind: .majority, name: "majority", auc: 0.5, logLoss: 0.5874105, balanced: 0.5, mcc: 0),
                Line(kind: .rule, name: "side persistence", auc: 0.5456349, balanced: 0.5456349, mcc: 0.0815065),
                Line(kind: .fittedRule, name: "side persistence", auc: 0.5456349, logLoss: 0.5844478),
                Line(kind: .rule, name: "return reversal", auc: 0.4938469, balanced: 0.5339403, mcc: 0.0666531),
                Line(
                    kind: .fittedRule, name: "return reversal", auc: 0.5806938, logLoss: 0.5773230, balanced: 0.5773637,
                    mcc: 0.1391160),
            ])
        let parts = evaluation.entries.first { $0.kind == .fittedRule && $0.name == "side persistence" }?.parts
        #expect(parts?.map { (($0[.auc].value.number ?? 0) * 10_000).rounded() / 10_000 } == [0.8791, 0.3103])
        // Two days of hours with trades, and the half minute before the first.
        #expect(evaluation.hours.count == 49 && evaluation.hours.reason == nil)
        #expect(evaluation.days.reason?.contains("an interval takes 5") == true)
        #expect(evaluation.verdict.beatsRules == false)
    }

    @Test("horizon: each minute with the next")
    func horizon() async throws {
        let evaluation = try await evaluation(.horizon)
        let fold = try #require(evaluation.folds.first)
        #expect((fold.trainCount, fold.testCount) == (6_284, 2_353))
        #expect(abs(fold.trainUpShare - 0.49824952) < 1e-8 && abs(fold.testUpShare - 0.47981300) < 1e-8)
        check(
            evaluation,
            [
                Line(kind: .majority, name: "majority", auc: 0.5, logLoss: 0.6930120, balanced: 0.5, mcc: 0),
                Line(kind: .rule, name: "side persistence", auc: 0.5954370, balanced: 0.5954370, mcc: 0.1907222),
                Line(kind: .fittedRule, name: "side persistence", auc: 0.5954370, logLoss: 0.6745374),
                Line(kind: .rule, name: "return reversal", auc: 0.4395439, balanced: 0.4391676, mcc: -0.1216341),
                Line(kind: .fittedRule, name: "return reversal", auc: 0.5594372, logLoss: 0.6867917),
                Line(kind: .rule, name: "close over average", auc: 0.5750834, balanced: 0.5744238, mcc: 0.1487409),
                Line(kind: .fittedRule, name: "close over average", auc: 0.5737642, logLoss: 0.6821443),
            ])
    }

    /// Train and test days each by itself, as the files have them: the recorder's days end some seconds before the hour.
    private func evaluation(_ preset: Preset) async throws -> Evaluation {
        let train = RowTable.history(try BitflyerDays.observations(21...25), preset, series: "bitflyer:BTC-JPY")
        let test = RowTable.history(try BitflyerDays.observations(26...27), preset, series: "bitflyer:BTC-JPY")
        // Behind each other, not merged: a few trades of the later files are older than the last of the earlier ones.
        let rows = train.followed(by: test)
        let fold = ValidationPlan.Fold(
            train: Array(0..<train.count), test: Array(train.count..<rows.count), start: 1_516_892_400_000)
        return try await Evaluation.of([ShareLearner()], on: rows, by: ValidationPlan(folds: [fold]))
    }

    private func check(_ evaluation: Evaluation, _ lines: [Line]) {
        for line in lines {
            let entry = evaluation.entries.first { $0.kind == line.kind && $0.name == line.name }
            func compare(_ metric: Metric, _ expected: Double?) {
                guard let expected else { return }
                let found = entry?.measures[metric].value.number ?? .nan
                #expect(abs(found - expected) < 5e-5, "\(metric) of \(line.name), \(line.kind)")
            }
            compare(.auc, line.auc)
            compare(.logLoss, line.logLoss)
            compare(.balancedAccuracy, line.balanced)
            compare(.mcc, line.mcc)
        }
    }
}
