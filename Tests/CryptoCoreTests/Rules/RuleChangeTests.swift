import TestSupport
import Testing

@testable import CryptoCore

@Suite("rules that come and go between two runs change nothing for the others")
struct RuleChangeTests {
    /// The rules of a file one by one.
    private func rules(_ count: Int, _ random: inout SplitMix64) throws -> [AlertRule] {
        try RulesFile(parsing: random.rulesFile(count).bytes.span.bytes).rules
    }

    @Test(
        "a rule says the same whichever others are there, though they name more fields, and longer ranges, or fewer",
        arguments: 0..<40 as Range<UInt64>)
    func others(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let all = try rules(12, &random)
        // The first four stay; of the others some are there in each run.
        let staying = Array(all.prefix(4))
        var alone = VirtualAlerts(RuleSet(staying))
        var changing = VirtualAlerts(RuleSet(staying))
        var changelog = AlertChangelog()
        for (kind, series, value) in random.ruleRecords(2_000) {
            try alone.add(kind, value, of: series)
            try changing.add(kind, value, of: series)
            guard random.chance(0.02) else { continue }
            changelog.take(&changing.core)
            let rules = staying + all.dropFirst(4).filter { _ in random.chance(0.4) }
            changing.core = try changelog.restored(RuleSet(rules))
        }
        let names = Set(staying.map(\.name))
        #expect(try changing.alerts.filter { names.contains($0.rule) } == alone.alerts)
    }

    @Test("a field that a rule names for the first time begins empty, and the others' histories go on")
    func newField() throws {
        let old = "avg(window.close, 20m) > 1", new = "count(window.volume, 20m) > 2 and window.volume > 0"
        var alerts = try VirtualAlerts(old)
        func window(_ minutes: Int64, _ close: Double) throws {
            try alerts.add(
                .window, at: RuleFixtures.start + minutes * 60_000, ["close": close, "volume": 1, "open": 1])
        }
        for minutes in 0..<3 as Range<Int64> { try window(minutes, 0) }
        var changelog = AlertChangelog()
        changelog.take(&alerts.core)
        let file =
            #"{"groups":[{"name":"g","rules":[{"alert":"A","expr":"\#(old)"},{"alert":"B","expr":"\#(new)"}]}]}"#
        let both = RuleSet(try RulesFile(parsing: file.bytes.span.bytes).rules)
        alerts.core = try changelog.restored(both)
        // The mean of 0, 0, 0 and 3 is not above 1; that of 3 alone would be.
        try window(3, 3)
        changelog.take(&alerts.core)
        alerts.core = try changelog.restored(both)
        try window(4, 0)
        #expect(try alerts.changes == [])
        try window(5, 9)
        #expect(try alerts.alerts.map(\.rule) == ["A", "B"], "three volumes were heard of")
    }

    @Test("a field that goes and comes again begins empty: what was before the gap does not come back")
    func againField() throws {
        let close = #"{"alert":"A","expr":"avg(window.close, 20m) > 100"}"#
        let volume = #"{"alert":"B","expr":"count(window.volume, 20m) > 2"}"#
        func rules(_ rules: String) throws -> RuleSet {
            RuleSet(
                try RulesFile(parsing: #"{"groups":[{"name":"g","rules":[\#(rules)]}]}"#.bytes.span.bytes).rules)
        }
        var alerts = VirtualAlerts(try rules(close + "," + volume))
        var changelog = AlertChangelog()
        for (minute, file) in [close, close, close + "," + volume, close + "," + volume].enumerated() {
            let time = RuleFixtures.start + Int64(minute) * 60_000
            try alerts.add(.window, at: time, ["close": 1, "volume": 1])
            changelog.take(&alerts.core)
            alerts.core = try changelog.restored(rules(file))
        }
        // Volumes of the first minute, and of the fourth and this one.
        try alerts.add(.window, at: RuleFixtures.start + 240_000, ["close": 1, "volume": 1])
        #expect(try alerts.changes == [])
        try alerts.add(.window, at: RuleFixtures.start + 300_000, ["close": 1, "volume": 1])
        #expect(try alerts.changes == ["firing 300000"])
    }
}
