import TestSupport
import Testing

@testable import CryptoCore

/// What an evaluation must not claim.
@Suite("An evaluation claims no more than its rows say")
struct HonestIntervalTests {
    /// Rows over so many minutes, half of whose targets the side of the trade tells.
    private static func rows(_ count: Int, minutes: Int64, seed: UInt64 = 21) -> RowTable {
        var rows = BaselineTests.rows(count, seed: seed) { _, buys, random in
            Bool.random(using: &random) ? Bool.random(using: &random) : buys[buys.count - 1]
        }
        rows.times = (0..<Int64(count)).map { 1_700_000_000_000 + $0 * minutes * 60_000 / Int64(count) }
        rows.until = rows.times.map { $0 + 1 }
        return rows
    }

    /// Knows the target in four of five.
    private static let knowing = ToldLearner { rows, i in i % 5 == 0 ? 0.5 : Double(rows.targets[i]) * 0.8 + 0.1 }

    @Test("five folds of one hour are one hour, and give no interval")
    func oneHour() async throws {
        let evaluation = try await Evaluation.of(
            [HonestIntervalTests.knowing], on: HonestIntervalTests.rows(6_000, minutes: 20), by: .walkForward)
        #expect(evaluation.folds.count == 5 && evaluation.hours.count <= 2 && evaluation.days.count <= 2)
        #expect(evaluation.hours.reason?.contains("an interval takes 5") == true && evaluation.days.reason != nil)
        #expect(evaluation.verdict.beatsRules == nil)
        let first = "Nobody can say whether the model beats the fitted rules: AUC 0."
        #expect(evaluation.verdict.sentence.hasPrefix(first))
    }

    @Test("hours are counted once, whichever folds have rows in them")
    func distinct() async throws {
        let rows = HonestIntervalTests.rows(6_000, minutes: 600)
        let evaluation = try await Evaluation.of([HonestIntervalTests.knowing], on: rows, by: .walkForward)
        let hours = Set(ValidationPlan(rows, .walkForward).folds.flatMap(\.test).map { rows.times[$0] / 3_600_000 })
        #expect(evaluation.hours.count == hours.count && evaluation.hours.reason == nil)
    }

    @Test("intervals are those of resamples whose rows are written out and whose pairs are counted")
    func writtenOut() async throws {
        let rows = HonestIntervalTests.rows(300, minutes: 720)
        let noisy = ToldLearner { rows, i in Double(rows.columns[0][i]) / 202 + Double(rows.targets[i]) / 200 }
        let evaluation = try await Evaluation.of([noisy], on: rows, by: .walkForward)
        let folds = ValidationPlan(rows, .walkForward).folds.filter { $0.train.count >= 100 }
        let hours = Set(folds.flatMap(\.test).map { rows.times[$0] / 3_600_000 }).sorted()
        try #require(folds.count >= 3 && hours.count == evaluation.hours.count)
        func auc(_ asking: [Int], _ drawn: [Double]) -> Double {
            let drawn = asking.flatMap { row in
                let times = drawn[hours.firstIndex(of: rows.times[row] / 3_600_000) ?? 0]
                return Array(repeating: row, count: Int(times))
            }
            let scores = drawn.map { noisy.says(rows, $0) }
            var (wins, pairs) = (0.0, 0.0)
            for i in drawn.indices where rows.targets[drawn[i]] == 1 {
                for j in drawn.indices where rows.targets[drawn[j]] == 0 {
                    pairs += 1
                    wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0
                }
            }
            return wins / pairs
        }
        let samples = Resampling.draws(of: hours.count, seed: 1).map { drawn in
            let known = folds.map { auc($0.test, drawn) }.filter(\.isFinite)
            return known.reduce(0, +) / Double(known.count)
        }
        let expected = try #require(Interval(of: samples))
        let found = try #require(evaluation.entries[0].measures[.auc].byHours)
        #expect(abs(found.low - expected.low) < 1e-12 && abs(found.high - expected.high) < 1e-12)
        #expect(found.high - found.low > 0.01)
    }

    @Test("a fitted rule says the shares of its values, and of a value that it never saw the share of all")
    func unseen() {
        let rule = FittedRule(name: "rule", values: [1, 1, 1, -1, -1], targets: [1, 1, 0, 0, 1])
        #expect(rule.shares == [0.5, 0.6, 2.0 / 3])
        #expect(rule.probability(0) == 0.6 && rule.probability(-1) == 0.5)
        #expect(FittedRule(name: "rule", values: [], targets: []).shares == [0.5, 0.5, 0.5])
    }

    @Test("the card's JSON has the numbers of the evaluation")
    func json() async throws {
        let rows = HonestIntervalTests.rows(1_200, minutes: 600)
        let evaluation = try await Evaluation.of([HonestIntervalTests.knowing], on: rows, by: .walkForward)
        var json = JSONWriter()
        json.beginObject()
        evaluation.encodeFields(into: &json)
        json.endObject()
        let object = try String(decoding: json.bytes, as: UTF8.self).jsonObject()
        #expect(object["verdict"] as? String == evaluation.verdict.sentence && object["beats_rules"] as? Bool == true)
        let first = try #require((object["forecasters"] as? [[String: Any]])?.first)
        for metric in Metric.allCases {
            let measure = evaluation.entries[0].measures[metric]
            let found = try #require(first[metric.name.description] as? [String: Any])
            let numbers = [found["value"] as? Double] + (found["by_hours"] as? [Double?] ?? [])
            expectSame(numbers, [measure.value.number, measure.byHours?.low, measure.byHours?.high])
        }
        let hours = try #require(object["hour_blocks"] as? [String: Any])
        #expect(hours["count"] as? Int == evaluation.hours.count)
        let folds = try #require(object["folds"] as? [[String: Any]])
        #expect(folds.map { $0["test_rows"] as? Int } == evaluation.folds.map(\.testCount))
        expectSame(folds.map { $0["auc"] as? Double }, evaluation.folds.map(\.auc.number))
    }

    /// Foundation's reader is off by some units of the last place.
    private func expectSame(_ found: [Double?], _ expected: [Double?]) {
        #expect(found.count == expected.count)
        for (a, b) in zip(found, expected) { #expect(abs((a ?? .nan) - (b ?? .nan)) < 1e-14) }
    }

    @Test("a model that is not ahead does not beat the rules, interval or not")
    func behind() async throws {
        let rows = HonestIntervalTests.rows(2_000, minutes: 20)
        let blind = ToldLearner { _, i in i % 2 == 0 ? 0.5 : 0.4 }
        let evaluation = try await Evaluation.of([blind], on: rows, by: .holdoutShare(0.5))
        #expect(evaluation.verdict.beatsRules == false)
        #expect(evaluation.verdict.sentence.hasPrefix("The model does not beat every fitted rule: AUC 0."))
        #expect(evaluation.verdict.sentence.contains("no interval, as the rows that ask lie in"))
        let equal = ToldLearner { rows, i in rows.rules[0][i] > 0 ? 0.8 : 0.2 }
        let same = try await Evaluation.of([equal], on: rows, by: .holdoutShare(0.5))
        #expect(same.verdict.beatsRules == false)
    }

    @Test("learners of one name stand beside each other")
    func names() async throws {
        let rows = HonestIntervalTests.rows(1_200, minutes: 600)
        let (good, blind) = (HonestIntervalTests.knowing, ToldLearner { _, _ in 0.5 })
        let evaluation = try await Evaluation.of([good, blind, blind, good], on: rows, by: .walkForward)
        #expect(evaluation.entries.prefix(4).map(\.kind) == [.model, .baseline, .baseline, .baseline])
        #expect(evaluation.entries[1].measures[.auc].value == .number(0.5))
        #expect(evaluation.entries[3].measures[.auc] == evaluation.entries[0].measures[.auc])
    }

    @Test("blocks longer than an hour are called so")
    func longBlocks() async throws {
        let rows = HonestIntervalTests.rows(1_200, minutes: 60 * 24 * 60)
        let evaluation = try await Evaluation.of([HonestIntervalTests.knowing], on: rows, by: .holdoutShare(0.5))
        #expect(evaluation.hours.lengthMs == 3 * 3_600_000)
        #expect(evaluation.verdict.sentence.contains("(95 %, by blocks of 3 hours)"))
        #expect((30...31).contains(evaluation.days.count) && evaluation.days.lengthMs == 86_400_000)
    }

    @Test(
        "a share or a length that is none asks nothing, or by all",
        arguments: [.nan, .infinity, -.infinity, 1e300, -1, 0] as [Double])
    func shares(share: Double) async throws {
        let rows = HonestIntervalTests.rows(300, minutes: 600)
        let isAll = share > 0
        let evaluation = try await Evaluation.of([ShareLearner()], on: rows, by: .holdoutShare(share))
        #expect(evaluation.folds.isEmpty && evaluation.verdict.beatsRules == nil)
        let plan = ValidationPlan(rows, .holdoutShare(share))
        #expect(plan.folds.flatMap(\.test).count == (isAll ? 300 : 0))
        for ms in [Int64.min, .max] { #expect(ValidationPlan(rows, .holdoutTime(ms: ms)).folds.count == 1) }
        let timeless = RowTable.direction(prices: [1], quantities: [1], isBuy: [true], targets: [1], series: "csv")
        #expect(ValidationPlan(timeless, .holdoutShare(share)).folds[0].test.count == (isAll ? 1 : 0))
    }

    /// Of an event nobody knows more than its number until it ends: says what taught rows of the same event had.
    private struct RememberingLearner: Learner {
        let name = "remembering"

        func probabilities(taughtBy train: RowTable, for test: RowTable) async throws(ModelError) -> [Double] {
            let known = Dictionary(zip(train.columns[0], train.targets)) { $1 }
            return test.columns[0].map { known[$0].map { Double($0) * 0.8 + 0.1 } ?? 0.5 }
        }
    }

    @Test("rows that are decided while others ask do not teach: a planted leak is removed")
    func leak() async throws {
        // Events of seven rows, with one outcome that comes at the event's end.
        var rows = HonestIntervalTests.rows(1_200, minutes: 1_200)
        for i in 0..<rows.count {
            let last = min(i / 7 * 7 + 6, rows.count - 1)
            rows.columns[0][i] = Float(i / 7)
            rows.targets[i] = rows.targets[last]
            rows.until[i] = rows.times[last] + 1
        }
        let plan = ValidationPlan(rows, .walkForward)
        #expect(plan.folds.count == 5 && plan.folds.contains { $0.purged > 0 })
        let judged = try await Evaluation.of([RememberingLearner()], on: rows, by: plan)
        #expect(judged.folds.allSatisfy { $0.auc == .number(0.5) })
        // The same folds with what was purged: the leak is there.
        let leaking = plan.folds.map { fold in
            ValidationPlan.Fold(
                train: Array(0..<fold.train.count + fold.purged), test: fold.test, start: fold.start)
        }
        let leaked = try await Evaluation.of([RememberingLearner()], on: rows, by: ValidationPlan(folds: leaking))
        #expect(leaked.folds.contains { ($0.auc.number ?? 0) > 0.51 })
    }
}
