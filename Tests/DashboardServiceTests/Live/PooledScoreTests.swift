import CryptoCore
import Testing

@testable import DashboardService

@Suite("Scores of a day together")
struct PooledScoreTests {
    private func score(_ minute: Int64, count: Int64, accuracy: Double, rule: Double, version: Int64 = 1) -> Score {
        var score = Score()
        score.series = Series(source: "s", symbol: "A-B")
        (score.model, score.version, score.asOf, score.count) = ("direction", version, minute * 60_000, count)
        (score.accuracy, score.logLoss) = (accuracy, 0.5)
        score.baselines = [
            "persistence": Score.Baseline(accuracy: rule, logLoss: 0.6),
            "base": Score.Baseline(accuracy: 0.1, logLoss: 0.7),
        ]
        return score
    }

    @Test("minutes weigh by what was decided in them, the best rule is that of all together")
    func weighed() throws {
        var pooled = PooledScore()
        pooled.add(score(1, count: 10, accuracy: 1, rule: 0.5))
        pooled.add(score(2, count: 30, accuracy: 0.5, rule: 0.9))
        let sum = try #require(pooled.sum)
        #expect(sum.count == 40 && sum.since == 0)
        #expect(abs(sum.accuracy - 0.625) < 1e-12)
        #expect(sum.best?.rule == "persistence" && abs((sum.best?.accuracy ?? 0) - 0.8) < 1e-12)
    }

    @Test(
        "a minute counts once however often it comes, an older one than a day not at all, another version begins anew")
    func once() {
        var pooled = PooledScore()
        pooled.add(score(1, count: 10, accuracy: 1, rule: 0.5))
        pooled.add(score(1, count: 10, accuracy: 1, rule: 0.5))
        #expect(pooled.sum?.count == 10)
        pooled.add(score(1 + 1440, count: 5, accuracy: 1, rule: 0.5))
        #expect(pooled.sum?.count == 5)
        pooled.add(score(1442, count: 7, accuracy: 1, rule: 0.5, version: 2))
        #expect(pooled.sum?.count == 7 && pooled.version == 2)
    }
}
