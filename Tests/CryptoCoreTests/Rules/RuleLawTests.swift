import TestSupport
import Testing

@testable import CryptoCore

private let start = RuleFixtures.start

@Suite("laws of rules")
struct RuleLawTests {
    @Test("and, or, not are Kleene's")
    func kleene() {
        let values = [0, 1, Double.nan]
        func truth(_ value: Double) -> Bool? { value.isNaN ? nil : value == 1 }
        // The tables as Kleene writes them: the worse of two, the better of two, in the order false, unknown, true.
        let rank: [Bool?: Int] = [false: 0, nil: 1, true: 2]
        let ranked: [Bool?] = [false, nil, true]
        for a in values {
            #expect(truth(Truth.not(a)) == truth(a).map(!))
            for b in values {
                let (x, y) = (rank[truth(a)] ?? -1, rank[truth(b)] ?? -1)
                #expect(truth(Truth.and(a, b)) == ranked[min(x, y)])
                #expect(truth(Truth.or(a, b)) == ranked[max(x, y)])
            }
        }
    }

    @Test("null is in whatever is computed of it, and no number is infinite")
    func arithmetic() {
        var random = SplitMix64(seed: 5)
        for operation in Arithmetic.allCases {
            for _ in 0..<200 {
                let (a, b) = (random.anyFinite(), random.chance(0.2) ? 0 : random.anyFinite())
                #expect(!operation.of(a, b).isInfinite)
                #expect(operation.of(a, .nan).isNaN && operation.of(.nan, b).isNaN)
            }
            for comparison in Comparison.allCases { #expect(comparison.of(operation.of(1, .nan), 1).isNaN) }
        }
        #expect(Arithmetic.divided.of(1, 0).isNaN && Arithmetic.divided.of(0, 0).isNaN)
        #expect(Arithmetic.times.of(1e300, 1e300).isNaN)
    }

    @Test("a range is what all records between its times give, or null where one of them is gone")
    func ranges() {
        var random = SplitMix64(seed: 9)
        for _ in 0..<Fuzz.rounds(200) {
            let keep = random.int(1...2_000)
            let most = Int(random.int(1...40))
            let channel = RuleChannel(
                kind: .window, firstSlot: 0, columns: 2, history: 0, keepMs: keep, maximumRecords: most, identity: 0)
            var history = RecordHistory()
            var all: [(time: Int64, row: ContiguousArray<Double>)] = []
            for _ in 0..<200 {
                let time = (all.last?.time ?? 0) + random.int(0...100)
                let row = ContiguousArray((0..<2).map { _ in random.chance(0.2) ? .nan : Double(random.int(-5...5)) })
                history.append(time, row, of: channel, hasRoom: random.chance(0.9))
                all.append((time, row))
                #expect(history.count <= most)
                let to = time - random.int(0...50)
                let from = to - random.int(1...max(1, keep))
                let column = Int(random.next() % 2)
                let inside = all.filter { $0.time > from && $0.time <= to }
                for function in RangeFunction.allCases {
                    let ours = history.aggregate(function, column, of: 2, from: from, to: to)
                    let isWhole = all.prefix(history.first).allSatisfy { $0.time <= from }
                    let theirs = isWhole ? plain(function, inside.map { $0.row[column] }) : .nan
                    #expect(ours == theirs || ours.isNaN && theirs.isNaN, "\(function) \(ours) \(theirs)")
                }
            }
        }
    }

    /// The same from the words of the documentation.
    private func plain(_ function: RangeFunction, _ values: [Double]) -> Double {
        let known = values.filter { !$0.isNaN }
        let sum = known.reduce(0, +)
        switch function {
        case .count: return Double(known.count)
        case .sum: return known.isEmpty ? .nan : sum
        case .avg: return known.isEmpty ? .nan : sum / Double(known.count)
        case .min: return known.min() ?? .nan
        case .max: return known.max() ?? .nan
        case .change: return known.count < 2 ? .nan : known[known.count - 1] - known[0]
        case .changePct:
            let change = known.count < 2 ? .nan : (known[known.count - 1] - known[0]) / known[0] * 100
            return change.isFinite ? change : .nan
        }
    }

    @Test("ranges over ticks are null while more came than are remembered, and whole again behind that")
    func bound() throws {
        var alerts = try VirtualAlerts("count(tick.price, 10s) > 0 and tick.price > 1")
        for i in 0..<(RuleLimits.records + 10) {
            try alerts.add(.tick, at: start + Int64(i % 2 == 0 ? i : i - 1) / 2_000, ["price": 1])
        }
        try alerts.add(.tick, at: start + 9, ["price": 2])
        #expect(try alerts.changes == [])
        #expect(alerts.core.histories[0].count == RuleLimits.records)
        #expect(alerts.core.counts.unknownRanges == 11, "each record behind the last that is remembered")
        #expect(alerts.core.lastUnknownRange?.kind == .tick)
        try alerts.add(.tick, at: start + 60_000, ["price": 2])
        #expect(try alerts.changes == ["firing 60000"])
    }

    @Test("a rule of ten thousand series keeps a state of each, and a record touches its own only")
    func manySeries() throws {
        var alerts = try VirtualAlerts("window.close > 1 and window.volume > avg(window.volume, 20m)")
        for round in 0..<3 as Range<Int64> {
            for i in 0..<10_000 {
                let name = Series(source: "bybit", symbol: "C\(i)-USDT")
                try alerts.add(
                    .window, at: start + round * 60_000, of: name,
                    ["close": 2, "volume": i == 77 && round == 2 ? 2 : 1])
            }
        }
        #expect(alerts.core.states.count == 10_000)
        #expect(try alerts.alerts.map(\.series.symbol) == ["C77-USDT"])
    }
}
