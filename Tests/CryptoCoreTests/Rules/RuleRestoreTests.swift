import TestSupport
import Testing

@testable import CryptoCore

@Suite("restoring the alerts in the middle changes nothing")
struct RuleRestoreTests {
    @Test(
        "stopped at any records and restored, all that comes out is the same bytes", arguments: 0..<12 as Range<UInt64>)
    func anyCut(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let rules = RuleSet(try RulesFile(parsing: random.rulesFile(30).bytes.span.bytes).rules)
        let records = random.ruleRecords(3_000)
        var whole = VirtualAlerts(rules)
        var cut = VirtualAlerts(rules)
        var changelog = AlertChangelog()
        var batch = ChangelogBatch()
        for (kind, series, value) in records {
            try whole.add(kind, value, of: series)
            try cut.add(kind, value, of: series)
            guard random.chance(0.05) else { continue }
            cut.core.takeChanges(into: &batch)
            changelog.append(batch)
            batch.removeAll()
            #expect(!cut.core.hasChanges)
            if random.chance(0.3) { cut.core = try changelog.restored(rules) }
        }
        #expect(whole.output.valueBytes == cut.output.valueBytes && whole.output.keys == cut.output.keys)
        #expect(try whole.alerts.count > 100)
        // Changes are in turn, of times that do not go back, and each has an id of its own.
        for (_, changes) in Dictionary(grouping: try whole.alerts, by: \.fingerprint) {
            for (before, after) in zip(changes, changes.dropFirst()) {
                #expect(before.state != after.state && before.asOf <= after.asOf)
            }
            #expect(changes.first?.state == .firing)
            #expect(Set(changes.map { "\($0.state) \($0.asOf)" }).count == changes.count)
        }
    }

    @Test(
        "of rules without ranges, too: what is older than the newest record before a restart stays passed over",
        arguments: 0..<30 as Range<UInt64>)
    func fewRules(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let rules = RuleSet(try RulesFile(parsing: random.rulesFile(1).bytes.span.bytes).rules)
        var whole = VirtualAlerts(rules)
        var cut = VirtualAlerts(rules)
        var changelog = AlertChangelog()
        for (kind, series, value) in random.ruleRecords(1_000) {
            try whole.add(kind, value, of: series)
            try cut.add(kind, value, of: series)
            guard random.chance(0.2) else { continue }
            changelog.take(&cut.core)
            cut.core = try changelog.restored(rules)
        }
        #expect(whole.output.valueBytes == cut.output.valueBytes && whole.output.keys == cut.output.keys)
    }

    @Test("a late record behind a restart is passed over, as it would have been without")
    func lateBehindRestart() throws {
        let rules = try RuleFixtures.rules("tick.price > 1")
        var alerts = VirtualAlerts(rules)
        try alerts.add(.tick, at: RuleFixtures.start, ["price": 1])
        var changelog = AlertChangelog()
        changelog.take(&alerts.core)
        alerts.core = try changelog.restored(rules)
        try alerts.add(.tick, at: RuleFixtures.start - 1, ["price": 2])
        #expect(try alerts.changes == [] && alerts.core.counts.older == 1)
    }

    @Test("the times of a thousand feeds are a few records a commit, and none where none came")
    func feedTimes() throws {
        var alerts = try VirtualAlerts("absent(tick, 90s)")
        let names = (0..<1_000).map { Series(source: "bybit", symbol: "C\($0)-USDT") }
        for (second, heard) in [1_000, 1_000, 50, 0].enumerated() {
            for name in names.prefix(heard) {
                let time = RuleFixtures.start + Int64(second) * 1_000
                try alerts.add(.tick, at: time, of: name, clock: time, ["price": 1])
            }
            alerts.look(atClock: RuleFixtures.start + Int64(second) * 1_000)
            var batch = ChangelogBatch()
            alerts.core.takeChanges(into: &batch)
            let blocks = (heard + NewestTimes.blockLength - 1) / NewestTimes.blockLength
            #expect(batch.records.count == blocks + (second == 0 ? 1_000 : 0))
            if second > 0 { #expect(batch.bytes.count <= blocks * (NewestTimes.blockLength * 8 + 17)) }
        }
    }

    @Test("records of the changelog are few and small: one of each series and channel, whatever many came in between")
    func size() throws {
        var alerts = try VirtualAlerts("indicators.rsi_14 < 30 and window.volume > 5 * avg(window.volume, 20m)")
        var changelog = AlertChangelog()
        for i in 0..<1_000 as Range<Int64> {
            try alerts.add(.window, at: RuleFixtures.start + i * 60_000, ["volume": 1])
            try alerts.add(.indicators, at: RuleFixtures.start + i * 60_000, ["rsi_14": 50])
            var batch = ChangelogBatch()
            alerts.core.takeChanges(into: &batch)
            #expect(batch.records.count <= 4 && batch.bytes.count < 1_500)
            changelog.append(batch)
        }
        // Of windows the 25 minutes that are looked back at, of indicators the five; two chunks of each at most.
        #expect(changelog.records.count <= 4)
    }

    @Test("an alert whose rule is gone is resolved once, and leaves the changelog")
    func gone() throws {
        var alerts = try VirtualAlerts("window.close > avg(window.close, 5m)", #","labels":{"severity":"x"}"#)
        try alerts.add(.window, at: RuleFixtures.start, ["close": 1])
        try alerts.add(.window, at: RuleFixtures.start + 60_000, ["close": 2])
        var changelog = AlertChangelog()
        changelog.take(&alerts.core)
        #expect(changelog.records.count == 3, "a state, a chunk, and which series it is")
        let other = try RuleFixtures.rules("tick.price > 1", #","labels":{"severity":"y"}"#)
        alerts.core = try changelog.restored(other)
        alerts.core.resolveGone(at: RuleFixtures.start + 90_000, into: &alerts.output)
        #expect(try alerts.changes == ["firing 60000", "resolved 90000"])
        let all = try alerts.alerts
        #expect(all[0].fingerprint == all[1].fingerprint && all[1].severity == "x" && all[1].since == all[0].since)
        changelog.take(&alerts.core)
        #expect(changelog.records.keys.map { AlertKey(decoding: $0) } == [.subject(0)])
        alerts.core.resolveGone(at: RuleFixtures.start + 95_000, into: &alerts.output)
        #expect(try alerts.changes.count == 2)
    }

    @Test("a rule whose expression changed goes on where it stood")
    func edited() throws {
        var alerts = try VirtualAlerts("window.close > 1")
        try alerts.add(.window, at: RuleFixtures.start, ["close": 2])
        var batch = ChangelogBatch()
        alerts.core.takeChanges(into: &batch)
        var changelog = AlertChangelog()
        changelog.append(batch)
        alerts.core = try changelog.restored(try RuleFixtures.rules("window.close > 3"))
        alerts.core.resolveGone(at: 0, into: &alerts.output)
        try alerts.add(.window, at: RuleFixtures.start + 60_000, ["close": 2])
        #expect(try alerts.changes == ["firing 0", "resolved 60000"])
    }

    @Test("a changelog that is damaged or of another version is refused or taken, and never traps")
    func damaged() throws {
        var random = SplitMix64(seed: 21)
        let rules = RuleSet(try RulesFile(parsing: random.rulesFile(20).bytes.span.bytes).rules)
        var alerts = VirtualAlerts(rules)
        for (kind, series, value) in random.ruleRecords(500) { try alerts.add(kind, value, of: series) }
        var batch = ChangelogBatch()
        alerts.core.takeChanges(into: &batch)
        var refused = 0
        for _ in 0..<Fuzz.rounds(1_000) {
            var core = PartitionAlerts(rules)
            do throws(ChangelogError) {
                for record in batch.records {
                    var key = Array(batch.bytes[record.key])
                    var value = record.value.map { Array(batch.bytes[$0]) }
                    if random.chance(0.05), var bytes = value, !bytes.isEmpty {
                        random.damage(&bytes, near: RuleFixtures.start)
                        value = bytes
                    }
                    if random.chance(0.01) { key[Int(random.next() % UInt64(key.count))] ^= 1 }
                    let bytes = value ?? []
                    try core.restore(key: key.span.bytes, value: value == nil ? nil : bytes.span.bytes, offset: 5)
                }
                try core.finishRestoring()
            } catch {
                refused += 1
                continue
            }
            for (kind, series, value) in random.ruleRecords(5) {
                let key = series.description.bytes
                try? core.add(.init(kind, clock: 0), key: key.span.bytes, value: value.span.bytes, into: &alerts.output)
            }
        }
        #expect(refused > 100)
        var core = PartitionAlerts(rules)
        var writer = ChangelogWriter()
        writer.put(2 as Int64)
        var key: [UInt8] = []
        AlertKey.state(0, 1).encode(into: &key)
        #expect(throws: ChangelogError.version(2)) {
            try core.restore(key: key.span.bytes, value: writer.bytes.span.bytes, offset: 0)
        }
    }
}
