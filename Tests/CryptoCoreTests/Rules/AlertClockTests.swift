import TestSupport
import Testing

@testable import CryptoCore

private let start = RuleFixtures.start

@Suite("rules that look at the clock")
struct AlertClockTests {
    @Test("a feed is silent when no tick came for so long, and is not before it was ever heard")
    func absent() throws {
        var alerts = try VirtualAlerts("absent(tick, 90s)", #","for":"10s""#)
        func look(_ seconds: Int64) { alerts.look(atClock: start + seconds * 1000) }
        look(0)
        try alerts.add(.tick, at: start, clock: start + 100, ["price": 1])
        look(89)
        look(90)
        #expect(try alerts.changes == [])
        look(99)
        look(100)
        #expect(try alerts.changes == ["firing 100000"])
        #expect(try alerts.alerts[0].since == start + 90_000 && alerts.alerts[0].value == nil)
        try alerts.add(.tick, at: start + 104_000, clock: start + 105_000, ["price": 1])
        #expect(try alerts.changes == ["firing 100000", "resolved 105000"])
    }

    @Test("what comes late says of no feed that it is silent: only the clock does, once everything was read")
    func backlog() throws {
        var alerts = try VirtualAlerts("absent(tick, 90s)")
        for second in 0..<5 as Range<Int64> {
            try alerts.add(.tick, at: start + second * 1000, clock: start + 600_000, ["price": 1])
        }
        try alerts.add(.tick, at: start + 599_000, clock: start + 600_000, ["price": 1])
        alerts.look(atClock: start + 601_000)
        #expect(try alerts.changes == [])
        alerts.look(atClock: start + 689_000)
        #expect(try alerts.changes == ["firing 689000"])
    }

    @Test("the clock never goes back")
    func clock() throws {
        var alerts = try VirtualAlerts("absent(tick, 90s)")
        try alerts.add(.tick, at: start, clock: start, ["price": 1])
        alerts.look(atClock: start + 90_000)
        alerts.look(atClock: start)
        #expect(try alerts.changes == ["firing 90000"])
    }

    @Test("a live window is looked at while its minute is open by the clock, and five minutes on")
    func live() throws {
        var alerts = try VirtualAlerts("live.volume > 10")
        try alerts.add(.live, at: start + 60_000, clock: start + 20_000, ["volume": 5])
        try alerts.add(.live, at: start + 60_000, clock: start + 30_000, ["volume": 15])
        #expect(try alerts.changes == ["firing 30000"])
        // A new minute; the old one's answers stay until it is looked at.
        try alerts.add(.live, at: start + 120_000, clock: start + 70_000, ["volume": 1])
        #expect(try alerts.changes.last == "resolved 70000")
        // Windows of an hour ago, as a service finds them behind a long stop, are over: nothing is known of them.
        try alerts.add(.live, at: start + 180_000, clock: start + 3_600_000, ["volume": 20])
        alerts.look(atClock: start + 3_600_100)
        #expect(try alerts.changes.count == 2)
    }

    @Test("beside live windows the newest records of all kinds are seen")
    func joined() throws {
        var alerts = try VirtualAlerts("live.close > max(window.high, 10m)")
        try alerts.add(.window, at: start, clock: start, ["high": 10])
        try alerts.add(.window, at: start + 60_000, clock: start + 65_000, ["high": 12])
        try alerts.add(.live, at: start + 120_000, clock: start + 66_000, ["close": 11])
        #expect(try alerts.changes == [])
        try alerts.add(.live, at: start + 120_000, clock: start + 67_000, ["close": 13])
        #expect(try alerts.changes == ["firing 67000"])
    }
}

@Suite("records that are not sound have no effect")
struct AlertInputTests {
    @Test(
        "what is wrong is thrown",
        arguments: [
            (.window, "", "not_json"), (.window, "{}", "missing_window_end"),
            (.window, #"{"window_end":1.5}"#, "bad_window_end"),
            (.window, #"{"window_end":9999999999999999}"#, "bad_window_end"),
            (.window, #"{"window_end":60000,"close":"1"}"#, "bad_close"),
            (.window, #"{"window_end":60000,"close":1e999}"#, "bad_close"),
            (.window, #"{"window_end":60000,"close":1"#, "not_json"),
            (.tick, #"{"event_time":60000,"price":1}"#, "missing_source"),
            (.score, #"{"as_of":60000,"psi":{"a":1}}"#, "missing_model"),
            (.score, #"{"as_of":60000,"psi":{"a":"1"},"model":"m"}"#, "bad_psi"),
        ] as [(RecordKind, String, String)])
    func broken(kind: RecordKind, value: String, label: String) throws {
        var alerts = try VirtualAlerts("window.close > 0 or tick.price > 0 or score.psi > 0")
        do {
            try alerts.add(kind, value.bytes)
            Issue.record("it was taken")
        } catch let error as DecodeError { #expect(error.label == label) }
        #expect(alerts.core.counts == .init() && !alerts.core.hasChanges)
    }

    @Test("a tick whose key is another series, a gap and a block trade are none to rules")
    func ticks() throws {
        var alerts = try VirtualAlerts("tick.price > 0 or tick.quantity > 0")
        let other = RuleFixtures.record(.tick, at: start, of: Series(source: "kraken", symbol: "BTC-USD"), ["price": 1])
        #expect(throws: DecodeError.self) { try alerts.add(.tick, other) }
        let gap = Tick(
            series: RuleFixtures.series, kind: .gap(.init(from: start, to: start + 1, reason: "r")), eventTime: start,
            ingestTime: start)
        try alerts.add(.tick, gap.encoded())
        var trade = Tick.Trade(tradeID: "1", price: 1, quantity: 1, side: nil, isBlockTrade: true)
        func tick() -> [UInt8] {
            Tick(series: RuleFixtures.series, kind: .trade(trade), eventTime: start, ingestTime: start).encoded()
        }
        try alerts.add(.tick, tick())
        #expect(alerts.core.counts.looked == 0)
        trade.isBlockTrade = false
        try alerts.add(.tick, tick())
        #expect(alerts.core.counts.looked == 1)
        #expect(try alerts.changes == ["firing 0"])
    }

    @Test(
        "a record far ahead of the broker's clock would hide all that follow, and is refused",
        arguments: [
            (.tick, 60_000, 60_001), (.window, 120_000, 120_001),
        ] as [(RecordKind, Int64, Int64)])
    func ahead(kind: RecordKind, most: Int64, tooFar: Int64) throws {
        var alerts = try VirtualAlerts("tick.price > 0 or window.close > 0")
        let key = RuleFixtures.series.description.bytes
        for (lead, isTaken) in [(most, true), (tooFar, false)] {
            var bytes = RuleFixtures.record(kind, at: start + lead, ["price": 1, "close": 1])
            if kind == .tick {
                bytes = Tick(
                    series: RuleFixtures.series, kind: .quote(.init(price: 1)), eventTime: start + lead,
                    ingestTime: start + lead
                ).encoded()
            }
            let arrival = PartitionAlerts.Arrival(kind, appendTime: start, clock: start)
            do throws(DecodeError) {
                try alerts.core.add(arrival, key: key.span.bytes, value: bytes.span.bytes, into: &alerts.output)
                #expect(isTaken)
            } catch { #expect(!isTaken) }
        }
    }

    @Test("members may come in any order, between others, with escapes in their names")
    func anyOrder() throws {
        var alerts = try VirtualAlerts("window.close > window.open and window.window_end > 0")
        let record = #"{"x":{"close":9},"\u0063lose":2,"window_end":\#(start),"y":[1],"open":1,"symbol":"BTC-USDT"}"#
        try alerts.add(.window, record.bytes)
        #expect(try alerts.changes == ["firing 0"])
    }

    @Test("alerts encode and decode to the same, and every truncation is refused")
    func alerts() throws {
        var random = SplitMix64(seed: 11)
        for _ in 0..<Fuzz.rounds(500) {
            var alert = Alert()
            alert.rule = random.text()
            alert.state = random.pick([.firing, .resolved])
            alert.series = random.series()
            (alert.since, alert.asOf) = (random.int(0...1_000), random.int(1_000...1_700_000_000_000))
            alert.value = random.chance(0.3) ? nil : random.anyFinite()
            alert.severity = random.chance(0.5) ? nil : random.text()
            alert.summary = random.chance(0.5) ? nil : random.text()
            alert.labels = random.chance(0.5) ? [:] : ["a": random.text(), "b": random.text()]
            alert.annotations = random.chance(0.5) ? nil : [random.text(): random.text()]
            alert.fingerprint = Alert.text(fingerprint: random.next() >> (random.next() % 64))
            var json = JSONWriter()
            alert.encode(into: &json)
            #expect(try Alert(decoding: json.bytes.span.bytes) == alert)
            let cut = Int(random.next() % UInt64(json.bytes.count))
            #expect(throws: DecodeError.self) { try Alert(decoding: Array(json.bytes[..<cut]).span.bytes) }
        }
    }
}
