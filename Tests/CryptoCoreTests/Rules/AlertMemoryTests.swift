import TestSupport
import Testing

@testable import CryptoCore

private let start = RuleFixtures.start

@Suite("what rules remember is bounded over all series, and what is no longer remembered is null")
struct AlertMemoryTests {
    @Test(
        "the bound is kept, and a restart changes nothing of what comes out under it",
        arguments: 0..<10 as Range<UInt64>)
    func bounded(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let expression = "sum(tick.price, 100s) > 100 and count(window.close, 10m) > 3"
        let rules = try RuleFixtures.rules(expression)
        // Room for three series, and for a few records of each.
        let limit = 3 * rules.bytes(ofRules: 1) + Int(random.int(40...400))
        var free = VirtualAlerts(rules)
        var bound = VirtualAlerts(rules)
        bound.core = PartitionAlerts(rules, limitBytes: limit)
        var restarted = bound
        var changelog = AlertChangelog()
        for (kind, series, value) in random.ruleRecords(2_000) {
            try free.add(kind, value, of: series)
            try bound.add(kind, value, of: series)
            try restarted.add(kind, value, of: series)
            // The first record of a history is always taken.
            #expect(bound.core.rememberedBytes <= limit + 6 * 16)
            if random.chance(0.05) {
                changelog.take(&restarted.core)
                restarted.core = try changelog.restored(rules, limitBytes: limit)
                #expect(restarted.core.rememberedBytes == bound.core.rememberedBytes)
            }
        }
        #expect(bound.core.counts.unknownRanges > 0)
        #expect(restarted.output.valueBytes == bound.output.valueBytes)
        let remembered = free.core.histories.reduce(0) { $0 + $1.count * 16 } + 3 * rules.bytes(ofRules: 1)
        #expect(free.core.rememberedBytes == remembered && free.core.counts.unknownRanges == 0)
    }

    @Test("series and models beyond the bound are counted and not looked at; those that are there go on")
    func refused() throws {
        let rules = try RuleFixtures.rules("tick.price > 1 or score.auc < 0.5")
        var alerts = VirtualAlerts(rules)
        alerts.core = PartitionAlerts(rules, limitBytes: 2 * rules.bytes(ofRules: 1))
        let names = (0..<4).map { Series(source: "bybit", symbol: "C\($0)-USDT") }
        for name in names { try alerts.add(.tick, at: start, of: name, ["price": 1]) }
        #expect(alerts.core.counts.refused == 2)
        try alerts.add(
            .score, #"{"source":"bybit","symbol":"C0-USDT","model":"m","as_of":\#(start),"auc":0.1}"#.bytes,
            of: names[0])
        #expect(alerts.core.counts.refused == 3 && alerts.core.subjects.count == 2)
    }

    @Test(
        "a file's need is what its series take at most, where records come as expected",
        arguments: [("avg(window.volume, 1h) > 1", 60), ("tick.price > 1", 0), ("max(sliding.high, 10m) > 1", 60)]
            as [(String, Int)])
    func need(expression: String, records: Int) throws {
        let rules = try RuleFixtures.rules(expression)
        var alerts = VirtualAlerts(rules)
        let kind = try #require(rules.kinds.first), every = kind == .sliding ? 10_000 : 60_000 as Int64
        for i in 0..<200 as Range<Int64> {
            try alerts.add(kind, at: start + i * every, ["volume": 1, "high": 1, "price": 1])
        }
        #expect(alerts.core.rememberedBytes <= rules.bytesOfMarket)
        #expect(rules.bytesOfMarket <= alerts.core.rememberedBytes + 3 * 16)
        #expect(alerts.core.histories.reduce(0) { $0 + $1.count } >= records)
    }
}
