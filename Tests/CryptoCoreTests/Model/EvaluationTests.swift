import TestSupport
import Testing

@testable import CryptoCore

/// Says for each row what a function of it says.
struct ToldLearner: Learner {
    var name = "told"
    var says: @Sendable (RowTable, Int) -> Double

    func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
        (0..<test.count).map { says(test, $0) }
    }
}

/// Keeps what it was given.
private final class WatchingLearner: Learner {
    let name = "watching"
    let check: @Sendable (RowTable, RowTable) -> Void

    init(_ check: @escaping @Sendable (RowTable, RowTable) -> Void) { self.check = check }

    func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
        check(train, test)
        return Array(repeating: 0.5, count: test.count)
    }
}

@Suite("An evaluation")
struct EvaluationTests {
    /// Rows over ten hours, whose targets the side of the trade tells in three of four.
    private static func rows(_ count: Int = 1_200, seed: UInt64 = 11) -> RowTable {
        var rows = BaselineTests.rows(count, seed: seed) { _, buys, random in
            Int.random(in: 0..<4, using: &random) == 0 ? Bool.random(using: &random) : buys[buys.count - 1]
        }
        rows.times = rows.times.map { $0 * 36_000 / Int64(count) }
        rows.until = rows.times.map { $0 + 1 }
        return rows
    }

    @Test(
        "never lets the future teach: what teaches was decided before what asks looks back to",
        arguments: [
            Validation.walkForward, .holdoutShare(0.2), .holdoutTime(ms: 3_600_000),
        ])
    func purge(validation: Validation) async throws {
        let horizon = RowTable.history(RandomTicks.trades(60_000, seed: 12), .horizon, series: "x:A-B")
        let direction = RowTable.history(RandomTicks.trades(3_000, seed: 13), .direction, series: "x:A-B")
        let difference = RowTable.history(RandomTicks.trades(3_000, seed: 13), .difference, series: "x:A-B")
        for rows in [horizon, direction, difference] {
            let lookback = rows.preset == .horizon ? Int64(420_000) : 0
            let learner = WatchingLearner { train, test in
                #expect(train.count >= 100 && test.count > 0)
                guard let decided = train.until.max(), let asked = test.times.min() else { return }
                #expect(decided <= asked - lookback)
            }
            let plan = ValidationPlan(rows, validation)
            let evaluation = try await Evaluation.of([learner], on: rows, by: validation)
            #expect(!plan.folds.isEmpty && evaluation.folds.count == plan.folds.count)
            for fold in plan.folds {
                #expect(fold.train == fold.train.sorted() && fold.test == fold.test.sorted())
                switch rows.preset {
                // A rule of the first row that asks looks at the step from the trade before: what that step taught is purged.
                case .direction:
                    #expect(fold.embargoed == 0 && fold.purged > 0)
                    #expect(fold.test.first.map { !fold.train.contains($0 - 1) } == true)
                // The feature of the first row that asks is the step from a price that taught.
                case .difference: #expect(fold.embargoed == 1)
                default: #expect(fold.embargoed > 0)
                }
            }
            // Every row that asks does so once.
            let asking = plan.folds.flatMap(\.test)
            #expect(Set(asking).count == asking.count)
        }
    }

    @Test("says in its first line that the model beats the rules, where it does")
    func beats() async throws {
        // Knows the target itself, in four of five.
        let knows = ToldLearner { rows, i in i % 5 == 0 ? 0.5 : Double(rows.targets[i]) * 0.8 + 0.1 }
        let evaluation = try await Evaluation.of([knows], on: EvaluationTests.rows(), by: .walkForward)
        #expect(evaluation.verdict.beatsRules == true)
        #expect(evaluation.verdict.sentence.hasPrefix("The model beats every fitted rule: AUC 0."))
        #expect(evaluation.entries.map(\.kind).first == .model && evaluation.folds.count == 5)
        #expect(evaluation.calibration.reduce(0) { $0 + $1.count } == evaluation.testCount)
        let auc = try #require(evaluation.entries.first?.measures[.auc])
        let interval = try #require(auc.byHours)
        #expect(interval.low < auc.value.number ?? 0 && auc.value.number ?? 1 < interval.high)
    }

    @Test("says in its first line that the model does not beat the rules, where it only restates one")
    func restates() async throws {
        let restates = ToldLearner { rows, i in rows.rules[0][i] > 0 ? 0.8 : 0.2 }
        let evaluation = try await Evaluation.of([restates], on: EvaluationTests.rows(), by: .holdoutShare(0.5))
        #expect(evaluation.verdict.beatsRules == false)
        #expect(evaluation.verdict.sentence.hasPrefix("The model does not beat every fitted rule: AUC 0."))
        #expect(evaluation.verdict.sentence.contains("side persistence"))
        // The same order as the rule: no difference in any resample.
        let difference = try #require(
            evaluation.comparisons.first { $0.kind == .fittedRule && $0.name == "side persistence" }?.difference)
        #expect(difference[.auc] == Measure(value: .number(0), byHours: Interval(low: 0, high: 0), byDays: nil))
    }

    @Test("is the same each time, and its baselines stand beside the model")
    func deterministic() async throws {
        let rows = EvaluationTests.rows()
        let learners: [any Learner] = [LogisticLearner(), ShareLearner()]
        let evaluation = try await Evaluation.of(learners, on: rows, by: .walkForward)
        #expect(try await Evaluation.of(learners, on: rows, by: .walkForward) == evaluation)
        #expect(
            evaluation.entries.map(\.kind) == [.model, .baseline, .majority, .rule, .rule, .fittedRule, .fittedRule])
        #expect(evaluation.comparisons.count == 4)
    }

    @Test("of rows without times is a holdout by order, without intervals, and says why")
    func order() async throws {
        let timed = EvaluationTests.rows()
        let rows = RowTable.direction(
            prices: timed.columns[0].map(Double.init), quantities: timed.columns[1].map(Double.init),
            isBuy: timed.columns[2].map { $0 == 1 }, targets: timed.targets, series: "csv")
        let evaluation = try await Evaluation.of([LogisticLearner()], on: rows, by: .walkForward)
        #expect(evaluation.folds.map(\.trainCount) == [960] && evaluation.testCount == 240)
        #expect(evaluation.hours.reason == "the rows have no times" && evaluation.days.reason != nil)
        #expect(evaluation.notes.contains { $0.hasPrefix("The rows have no times: the last 20 % of them") })
        // It is behind a rule: nobody needs an interval to say that.
        #expect(evaluation.verdict.beatsRules == false && evaluation.parts.isEmpty)
        #expect(evaluation.verdict.sentence.contains("no interval, as the rows have no times"))
        #expect(evaluation.entries.allSatisfy { $0.measures[.auc].value.number != nil })
    }

    @Test("has words where rows are too few, one class teaches, or nobody asked")
    func tooFew() async throws {
        let few = try await Evaluation.of([ShareLearner()], on: EvaluationTests.rows(110), by: .walkForward)
        #expect(few.entries.isEmpty && few.verdict.beatsRules == nil)
        #expect(few.verdict.sentence.contains("110 rows") && few.notes.count == 5)
        #expect(few.verdict.sentence.contains("no fold to judge by: 18 rows teach, 100 are needed"))
        #expect(few.notes[0] == "Fold 1 is left out: 18 rows teach, 100 are needed.")
        var same = EvaluationTests.rows()
        for i in 0..<300 { same.targets[i] = 0 }
        let oneClass = try await Evaluation.of([ShareLearner()], on: same, by: .walkForward)
        #expect(oneClass.notes.first == "Fold 1 is left out: the rows that teach all have the target 0.")
        #expect(oneClass.folds.count == 4)
        let all = try await Evaluation.of([ShareLearner()], on: same.rows(0..<310), by: .holdoutShare(0.2))
        #expect(all.verdict.sentence.contains("no fold to judge by: the rows that teach all have the target 0"))
        let none = try await Evaluation.of([ShareLearner()], on: same, by: .none)
        #expect(none.verdict == Evaluation.Verdict(sentence: "The model was not evaluated."))
        let empty = try await Evaluation.of(
            [ShareLearner()], on: RowTable(.horizon, series: "x:A-B"), by: .walkForward)
        #expect(empty.entries.isEmpty && empty.verdict.sentence.contains("0 rows"))
    }

    @Test("leaves a fold of one class out of the mean of AUC, and says so; words where no fold has two")
    func oneClassAsks() async throws {
        var rows = EvaluationTests.rows()
        for i in 200..<400 { rows.targets[i] = 1 }
        let evaluation = try await Evaluation.of([LogisticLearner()], on: rows, by: .walkForward)
        #expect(evaluation.folds[0].auc == .words("not defined: the rows all have one target"))
        let others = evaluation.folds.dropFirst().compactMap(\.auc.number)
        let mean = others.reduce(0, +) / 4
        #expect(abs((evaluation.entries[0].measures[.auc].value.number ?? .nan) - mean) < 1e-12)
        #expect(evaluation.notes.contains { $0.contains("left out of the means of AUC") })
        for i in 200..<1_200 { rows.targets[i] = 1 }
        let nothing = try await Evaluation.of([LogisticLearner()], on: rows, by: .holdoutShare(0.5))
        #expect(nothing.entries[0].measures[.auc].value == .words("not defined: the rows all have one target"))
        #expect(nothing.entries[0].measures[.logLoss].value.number != nil)
        #expect(nothing.verdict.sentence.contains("not defined: the rows all have one target"))
    }

    @Test("names constant and unknown features, and has words where a model gives no number")
    func degenerate() async throws {
        var rows = EvaluationTests.rows()
        rows.columns[0] = rows.columns[0].map { _ in 5 }
        rows.columns[1][7] = .nan
        let broken = ToldLearner { _, i in i == 3 ? .nan : 0.5 }
        let evaluation = try await Evaluation.of([broken, ShareLearner()], on: rows, by: .holdoutShare(0.2))
        #expect(evaluation.notes.contains("The feature price is the same in all rows: it tells nothing apart."))
        #expect(evaluation.notes.contains("The feature quantity is unknown in 1 of 1200 rows."))
        rows.columns[1] = rows.columns[1].map { $0.isNaN ? $0 : 2 }
        let constant = try await Evaluation.of([ShareLearner()], on: rows, by: .holdoutShare(0.2))
        let note = "The feature quantity is the same where it is known: its value tells nothing apart."
        #expect(constant.notes.contains(note))
        #expect(evaluation.entries[0].measures[.auc].value == .words("no number: told gave none for 1 rows"))
        #expect(evaluation.entries[1].measures[.auc].value.number == 0.5)
        #expect(evaluation.comparisons.allSatisfy { $0.difference[.auc].value.number == nil })
        #expect(evaluation.verdict.beatsRules == nil)
        // A card is JSON whatever is not known.
        var json = JSONWriter()
        json.beginObject()
        evaluation.encodeFields(into: &json)
        json.endObject()
        let object = try String(decoding: json.bytes, as: UTF8.self).jsonObject()
        #expect(object["test_rows"] as? Int == 240)
        #expect((object["forecasters"] as? [[String: Any]])?.count == 7)
    }
}

@Suite("A duel")
struct DuelTests {
    private static let rows = BaselineTests.rows(2_000, seed: 14) { _, buys, random in
        Int.random(in: 0..<4, using: &random) == 0 ? Bool.random(using: &random) : buys[buys.count - 1]
    }

    private func spread(_ hours: Int64) -> RowTable {
        var rows = DuelTests.rows
        rows.times = (0..<2_000).map { $0 * hours * 1_800 }
        return rows
    }

    private let good = rows.rules[0].map { $0 > 0 ? 0.85 : 0.15 }
    private let blind = Array(repeating: 0.5, count: 2_000)

    @Test("is won by the challenger that is better beyond its interval, and by nobody else")
    func better() {
        let won = Evaluation.duel(challenger: good, champion: blind, on: spread(20), upShare: 0.5)
        #expect(won.isChallengerBetter && won.sentence.hasPrefix("The challenger is better: log loss 0."))
        let lost = Evaluation.duel(challenger: blind, champion: good, on: spread(20), upShare: 0.5)
        #expect(!lost.isChallengerBetter && lost.sentence.hasPrefix("The champion stays: log loss 0."))
        let same = Evaluation.duel(challenger: good, champion: good, on: spread(20), upShare: 0.5)
        #expect(!same.isChallengerBetter && same.difference[.logLoss].value == .number(0))
    }

    @Test("changes nothing where rows are too few to say")
    func unknown() {
        let short = Evaluation.duel(challenger: good, champion: blind, on: spread(1), upShare: 0.5)
        #expect(
            !short.isChallengerBetter && short.sentence.contains("no interval, as the rows that ask lie in 1 hour"))
        let none = Evaluation.duel(
            challenger: [], champion: [], on: RowTable(.direction, series: "x:A-B"), upShare: 0.5)
        #expect(!none.isChallengerBetter && none.sentence == "The champion stays: not defined: there are no rows.")
        var broken = good
        broken[5] = .nan
        let nan = Evaluation.duel(challenger: broken, champion: blind, on: spread(20), upShare: 0.5)
        #expect(!nan.isChallengerBetter && nan.sentence.contains("challenger gave none for 1 rows"))
    }
}
