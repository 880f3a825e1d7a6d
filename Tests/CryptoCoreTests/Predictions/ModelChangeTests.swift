import TestSupport
import Testing

@testable import CryptoCore

@Suite("When other models predict")
struct ModelChangeTests {
    private func records(_ seed: UInt64, _ count: Int) -> [StreamRecord] {
        var market = MadeMarket(seed: seed)
        return (0..<count).map { _ in market.next() }
    }

    private func id(_ score: Score) -> String { "\(score.series) \(score.model):\(score.version) \(score.asOf)" }

    @Test("those of a model that stays go on as if nothing had been")
    func stays() throws {
        let one = try MadeModels.model(.direction, isDefault: true), two = try MadeModels.model(.direction, version: 2)
        var steady = VirtualPredictions(PredictionModels([one]))
        var changing = VirtualPredictions(PredictionModels([two, one]))
        for (i, record) in records(5, 1_000).enumerated() {
            if i == 500 {
                changing.core.change(to: PredictionModels(generation: 1, [one]), into: &changing.output)
            }
            steady.add(record)
            changing.add(record)
        }
        #expect(changing.takenBytes().filter { $0.contains("\"version\":1,") } == steady.takenBytes())
        // A preset that comes later begins with the next tick.
        changing.core.change(
            to: PredictionModels(generation: 2, [one, try MadeModels.model(.difference)]), into: &changing.output)
        for record in records(6, 100) { changing.add(record) }
        #expect(try changing.predictions.contains { $0.model == "difference" })
        changing.core.change(to: PredictionModels(generation: 3, []), into: &changing.output)
        let count = try changing.predictions.count
        for record in records(7, 100) { changing.add(record) }
        #expect(try changing.predictions.count == count && changing.core.models.generation == 3)
    }

    /// Counts of decided predictions of each version of `direction`, by score, where `active` says who predicts behind each record.
    private func plain(_ input: [StreamRecord], _ active: [[PredictionModel]]) -> [String: Int64] {
        var counts: [String: Int64] = [:]
        var streams: [Series: RowStream] = [:]
        var owners: [Series: [PredictionModel]] = [:]
        var watermarks: [Series: Int64] = [:]
        for (record, models) in zip(input, active) {
            guard let tick = record.tick, let seen = Observation(tick),
                models.contains(where: { $0.knows(tick.series) })
            else { continue }
            var rows = RowRecorder()
            var stream = streams[tick.series] ?? RowStream(.direction, VirtualPredictions.closedByData)
            stream.add(seen, now: 0, into: &rows)
            streams[tick.series] = stream
            for (row, outcome) in rows.decided where !outcome.isSameOrder {
                let oldEnd = watermarks[tick.series].map { $0.aligned(to: 60_000) + 60_000 } ?? .min
                let end = max(ScoreMinute.end(of: row, outcome), oldEnd)
                for owner in owners[tick.series] ?? [] {
                    counts["\(tick.series) direction:\(owner.version) \(end)", default: 0] += 1
                }
            }
            if !rows.opened.isEmpty { owners[tick.series] = models }
            watermarks[tick.series] = stream.gate.clock.watermark
        }
        return counts.filter { counted in
            let series = streams.keys.first { counted.key.hasPrefix("\($0) ") }
            let end = Int64(counted.key.split(separator: " ").last ?? "") ?? .max
            return series.flatMap { watermarks[$0] }.map { end <= $0 } ?? false
        }
    }

    @Test(
        "each prediction is decided by who made it, and a minute of a version has one score, however often it comes back",
        arguments: UInt64(1)..<6)
    func swaps(seed: UInt64) throws {
        let one = try MadeModels.model(.direction), two = try MadeModels.model(.direction, version: 2)
        let sets = [[one], [two], [one, two]]
        let input = records(seed, 3_000)
        var rng = SplitMix64(seed: seed)
        var partition = VirtualPredictions(PredictionModels([one]))
        var batch = ChangelogBatch()
        var active: [[PredictionModel]] = []
        var current = [one]
        for (i, record) in input.enumerated() {
            if rng.chance(0.05) {
                current = rng.pick(sets)
                partition.core.change(to: PredictionModels(generation: i + 1, current), into: &partition.output)
            }
            if rng.chance(0.02) {
                partition.core.takeChanges(into: &batch)
                batch.removeAll()
            }
            active.append(current)
            partition.add(record)
        }
        let scores = try partition.scores
        #expect(Set(scores.map(id)).count == scores.count)
        let expected = plain(input, active)
        #expect(Dictionary(uniqueKeysWithValues: scores.map { (id($0), $0.count) }) == expected && expected.count > 50)
        let counts = partition.core.counts
        let open = counts.predicted - counts.scored - counts.sameOrder - counts.undecided
        #expect(open <= 4, "two series, two versions")
    }

    @Test("a version that comes back within its minute goes on with its score")
    func comesBack() throws {
        let one = try MadeModels.model(.direction), two = try MadeModels.model(.direction, version: 2)
        var partition = VirtualPredictions(PredictionModels([one]))
        for (i, models) in [[one], [two], [one]].enumerated() {
            partition.core.change(to: PredictionModels(generation: i + 1, models), into: &partition.output)
            for j in 0..<4 as Range<Int64> {
                partition.trade("\(i)-\(j)", at: noon + Int64(i) * 10_000 + j, price: Double(j + 1))
            }
        }
        partition.trade("last", at: noon + 120_000, price: 1)
        // Of each four the last one is decided by the next three's first; the very last one by nothing.
        let scores = try partition.scores.map { [$0.version, $0.asOf, $0.count] }
        #expect(scores == [[1, noon + 60_000, 7], [2, noon + 60_000, 4]])
        #expect(partition.core.counts.undecided == 1)
    }

    @Test("a version whose file is another one begins its minute anew, and what its first file said is undecided")
    func otherFile() throws {
        let one = try MadeModels.model(.direction)
        let other = PredictionModel(one.model, .direction, hash: "ffffffffffffffff")
        var partition = VirtualPredictions(PredictionModels([one]))
        for i in 0..<3 as Range<Int64> { partition.trade("\(i)", at: noon + i, price: 1) }
        var batch = ChangelogBatch()
        partition.core.takeChanges(into: &batch)
        partition.core.change(to: PredictionModels(generation: 1, [other]), into: &partition.output)
        for i in 3..<6 as Range<Int64> { partition.trade("\(i)", at: noon + i, price: 1) }
        partition.trade("last", at: noon + 70_000, price: 1)
        #expect(try partition.scores.map(\.count) == [2])
        #expect(partition.core.counts.undecided == 2)
    }
}
