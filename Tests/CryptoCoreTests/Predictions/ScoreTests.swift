import TestSupport
import Testing

@testable import CryptoCore

@Suite("Scores of predictions")
struct ScoreTests {
    /// A decided prediction as the test knows it.
    private struct Decided {
        var row: Row
        var outcome: RowOutcome
        var probability: Double
        var end: Int64
    }

    /// What the rules say of a stream that data alone closes, computed with whole lists.
    private func plain(_ input: [StreamRecord], _ model: PredictionModel, _ series: Series) -> [Int64: [Decided]] {
        var builder = RowStream(model.preset, VirtualPredictions.closedByData)
        var decided: [Decided] = []
        var watermark = Int64.min
        for record in input {
            guard let tick = record.tick, tick.series == series, let seen = Observation(tick) else { continue }
            var rows = RowRecorder()
            let oldEnd = watermark == .min ? .min : watermark.aligned(to: 60_000) + 60_000
            builder.add(seen, now: 0, into: &rows)
            watermark = builder.gate.clock.watermark
            for (row, outcome) in rows.decided where row.time > model.model.trainedUntil ?? .min {
                let last = max(outcome.until - 1, row.time)
                decided.append(
                    Decided(
                        row: row, outcome: outcome,
                        probability: row.withFeatures { model.model.forest.probability($0) },
                        end: max(last.aligned(to: 60_000) + 60_000, oldEnd)))
            }
        }
        let open = decided.filter { $0.end <= watermark }
        return Dictionary(grouping: open, by: \.end).filter { $0.value.contains { !$0.outcome.isSameOrder } }
    }

    private func close(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * max(1, abs(b)) }

    @Test("are those of a computation with whole lists", arguments: Preset.allCases, UInt64(1)..<4)
    func plainly(preset: Preset, seed: UInt64) throws {
        let model = try MadeModels.model(preset, until: noon + 120_000)
        var market = MadeMarket(seed: seed)
        let input = (0..<6_000).map { _ in market.next() }
        var partition = VirtualPredictions(PredictionModels([model]))
        for record in input { partition.add(record) }
        let scores = try partition.scores
        var found = 0
        for series in MadeModels.series.prefix(2) {
            let expected = plain(input, model, series)
            let ours = scores.filter { $0.series == series }
            #expect(ours.map(\.asOf) == expected.keys.sorted())
            for score in ours {
                let all = try #require(expected[score.asOf])
                try check(score, all.filter { !$0.outcome.isSameOrder }, model)
                for (feature, name) in model.model.featureNames.enumerated() {
                    let index = psi(all.map { $0.row.feature(feature) }, model.model.spreads[feature])
                    #expect(index == nil ? score.psi[name] == nil : close(score.psi[name] ?? -1, index ?? -1))
                }
                found += 1
            }
        }
        #expect(found > (preset == .horizon ? 5 : 30))
        #expect(!scores.contains { $0.series == MadeModels.series[2] })
    }

    private func check(_ score: Score, _ rows: [Decided], _ model: PredictionModel) throws {
        let ups = rows.filter { $0.outcome.target == 1 }, downs = rows.filter { $0.outcome.target == 0 }
        let n = Double(rows.count)
        #expect(score.count == rows.count && score.decidedUp == ups.count && score.spanMs == 60_000)
        #expect(score.baseRate == Double(ups.count) / n)
        func loss(_ p: Double, _ row: Decided) -> Double {
            -Elementary.log(row.outcome.target == 1 ? min(max(p, 1e-6), 1 - 1e-6) : 1 - min(max(p, 1e-6), 1 - 1e-6))
        }
        func isRight(_ p: Double, _ row: Decided) -> Bool { (p > 0.5) == (row.outcome.target == 1) }
        #expect(close(score.accuracy, Double(rows.count { isRight($0.probability, $0) }) / n))
        #expect(close(score.logLoss, rows.reduce(0) { $0 + loss($1.probability, $1) } / n))
        let squares = rows.reduce(0.0) {
            $0 + ($1.probability - Double($1.outcome.target)) * ($1.probability - Double($1.outcome.target))
        }
        #expect(close(score.brier, squares / n))
        let shares = [ups, downs].filter { !$0.isEmpty }.map { rows in
            Double(rows.count { isRight($0.probability, $0) }) / Double(rows.count)
        }
        #expect(close(score.balancedAccuracy, shares.reduce(0, +) / Double(shares.count)))
        func bin(_ row: Decided) -> Int { min(1_023, Int(row.probability * 1_024)) }
        var wins = 0.0
        for up in ups { for down in downs { wins += bin(up) > bin(down) ? 1 : bin(up) == bin(down) ? 0.5 : 0 } }
        let auc = ups.isEmpty || downs.isEmpty ? nil : wins / Double(ups.count * downs.count)
        #expect(auc == nil ? score.auc == nil : close(score.auc ?? -1, auc ?? -1))
        #expect(score.baselines.count == model.preset.rules.count)
        for (number, rule) in model.model.rules.enumerated() {
            let baseline = try #require(score.baselines[rule.name])
            func said(_ row: Decided) -> Double { rule.shares[Int(row.row.rule(number)) + 1] }
            #expect(close(baseline.accuracy, Double(rows.count { isRight(said($0), $0) }) / n))
            #expect(close(baseline.logLoss, rows.reduce(0) { $0 + loss(said($1), $1) } / n))
        }
    }

    private func psi(_ values: [Float], _ spread: FeatureSpread) -> Double? {
        let known = values.filter { !$0.isNaN }.map { Double($0) }
        guard !known.isEmpty else { return nil }
        let bounds = [-Double.infinity] + spread.edges + [.infinity]
        return spread.shares.indices.reduce(0) { sum, i in
            let live = max(Double(known.count { $0 > bounds[i] && $0 <= bounds[i + 1] }) / Double(known.count), 1e-4)
            return sum + (live - spread.shares[i]) * Elementary.log(live / spread.shares[i])
        }
    }

    @Test("count the fills of one order once, by the last of them")
    func orders() throws {
        var partition = VirtualPredictions(PredictionModels([try MadeModels.model(.direction)]))
        // One order of three fills, the other side in the same millisecond, and one later.
        for (id, price) in zip(["1", "2", "3"], [10.0, 11, 12]) { partition.trade(id, at: noon, price: price) }
        partition.trade("4", at: noon, price: 13, side: .sell)
        partition.trade("5", at: noon + 1, price: 12, side: .sell)
        partition.trade("6", at: noon + 120_000, price: 12, side: .sell)
        #expect(try partition.predictions.count == 6)
        let scores = try partition.scores
        // Trades 3 (up) and 4 (down) are decided by another order; 5 by none.
        #expect(scores.map(\.count) == [2] && scores.map(\.decidedUp) == [1])
        #expect(scores.map(\.asOf) == [noon + 60_000])
        #expect(partition.core.counts.sameOrder == 2 && partition.core.counts.scored == 2)
    }

    @Test("count what is decided late in the oldest minute that is open")
    func late() throws {
        var partition = VirtualPredictions(PredictionModels([try MadeModels.model(.direction)]))
        partition.trade("1", at: noon, price: 10)
        partition.trade("2", at: noon + 1_000, price: 11)
        partition.trade("3", at: noon + 64_999, price: 11)
        #expect(try partition.scores.isEmpty, "the watermark is 5 s behind")
        // Both of the minute before: the first one is in time, the second comes behind the watermark.
        partition.trade("4", at: noon + 59_000, price: 12)
        partition.trade("5", at: noon + 65_000, price: 12)
        #expect(try partition.scores.map(\.asOf) == [noon + 60_000])
        partition.trade("6", at: noon + 59_500, price: 13)
        partition.trade("7", at: noon + 59_600, price: 13)
        partition.trade("8", at: noon + 130_000, price: 13)
        let scores = try partition.scores
        #expect(scores.map(\.asOf) == [noon + 60_000, noon + 120_000])
        // 1 in the first minute; 2 is decided 64 s later, so by nothing. 3, 4, 5, 6 in the second, of which 6 is late; 7 by nothing.
        #expect(scores.map(\.count) == [1, 4])
        #expect(try partition.predictions.count == 8, "what was predicted stays")
    }

    @Test("are written by the clock where a series is quiet, and nothing closes when the clock is put right")
    func quiet() throws {
        var partition = VirtualPredictions(PredictionModels([try MadeModels.model(.direction)]), WindowConfiguration())
        partition.now = 1_000_000
        partition.trade("1", at: noon + 50_000, price: 10)
        partition.trade("2", at: noon + 51_000, price: 11)
        partition.now += 9_000
        partition.ended()
        partition.core.clockStepped(byMs: 3_600_000)
        partition.now += 3_600_000 + 4_999
        partition.ended()
        #expect(try partition.scores.isEmpty, "51 s and 13.999 s less 5 s are less than a minute")
        partition.now += 1
        partition.ended()
        #expect(try partition.scores.map(\.count) == [1])
        partition.now += 1_000_000
        partition.ended()
        #expect(try partition.scores.count == 1)
    }
}
