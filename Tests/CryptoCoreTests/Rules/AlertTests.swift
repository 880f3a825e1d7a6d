import TestSupport
import Testing

@testable import CryptoCore

private let minute: Int64 = 60_000
private let start = RuleFixtures.start

@Suite("a rule fires when it has held, and is resolved when it has not")
struct AlertTests {
    /// Windows of these closes, one a minute.
    private func changes(_ closes: [Double?], _ expression: String = "window.close > 1", _ members: String = "") throws
        -> [String]
    {
        var alerts = try VirtualAlerts(expression, members)
        for (i, close) in closes.enumerated() {
            try alerts.add(.window, at: start + Int64(i) * minute, ["close": close])
        }
        return try alerts.changes
    }

    @Test("at once without `for`, once while it holds, again after it was resolved")
    func plain() throws {
        #expect(
            try changes([1, 2, 2, 1, 1, 2]) == ["firing 60000", "resolved 180000", "firing 300000"])
    }

    @Test("with `for` only behind so much time in which it held, unbroken")
    func pending() throws {
        #expect(try changes([2, 2, 1, 2, 2, 2, 2], members(for: "2m")) == ["firing 300000"])
        #expect(try changes([2, 2, 2, 1], members(for: "90s")) == ["firing 120000", "resolved 180000"])
    }

    @Test("`keep_firing_for` bridges what is shorter")
    func keeping() throws {
        let members = #","keep_firing_for":"2m""#
        #expect(try changes([2, 1, 2, 1, 1, 1], "window.close > 1", members) == ["firing 0", "resolved 300000"])
        #expect(try changes([2, 1, 1], "window.close > 1", members) == ["firing 0"])
    }

    @Test("unknown changes nothing: it neither fires nor resolves, nor does it break what holds")
    func unknown() throws {
        #expect(try changes([nil, 2, nil, nil, 1]) == ["firing 60000", "resolved 240000"])
        #expect(try changes([2, nil, nil, 2], members(for: "2m")) == ["firing 180000"])
        #expect(try changes([2, nil, nil, nil], members(for: "2m")) == [])
        #expect(try changes([2, 1, 2], "window.close / 0 > 1") == [])
        #expect(try changes([2, 2], "window.vwap > 1 or window.close > 1") == ["firing 0"])
        #expect(try changes([2, 2], "window.vwap > 1 and window.close > 1") == [])
    }

    @Test("an alert says since when, with which value, and the same fingerprint for both changes")
    func content() throws {
        var alerts = try VirtualAlerts(
            "window.close - 1 > 1 and window.open > 0",
            #","for":"1m","labels":{"severity":"critical"},"annotations":{"summary":"{{ $labels.alertname }} {{ $value }}"}"#
        )
        for (i, close) in [1, 3, 4, 2.0].enumerated() {
            try alerts.add(.window, at: start + Int64(i) * minute, ["open": 1, "close": close])
        }
        let all = try alerts.alerts
        #expect(all.map(\.since) == [start + minute, start + minute])
        #expect(all.map(\.asOf) == [start + 2 * minute, start + 3 * minute])
        #expect(all.map(\.value) == [3, 1] && all.map(\.summary) == ["A 3", "A 1"])
        #expect(all[0].rule == "A" && all[0].severity == "critical" && all[0].series == RuleFixtures.series)
        // FNV-1a 64 of A, bybit, BTC-USDT, severity and critical, 0xFF behind each; computed with Python.
        #expect(all.map(\.fingerprint) == ["830741584e6a289d", "830741584e6a289d"])
        let key = alerts.output.keys[try #require(alerts.output.records.first).key]
        #expect(String(decoding: key, as: UTF8.self) == "bybit:BTC-USDT")
    }

    @Test(
        "a value is what stands left of the first comparison, and null where there is none",
        arguments: [
            ("2 * window.close > 1", 4), ("window.close > 1 or window.open > 1", 2),
            ("crosses(window.close + 1, 2.5)", 3),
            ("not window.close < 1", nil),
        ] as [(String, Double?)])
    func values(expression: String, value: Double?) throws {
        var alerts = try VirtualAlerts(expression)
        try alerts.add(.window, at: start, ["close": 0.5, "open": 0])
        try alerts.add(.window, at: start + minute, ["close": 2, "open": 0])
        #expect(try alerts.alerts.map(\.value) == [value])
    }

    @Test("only series that the rule's patterns match are looked at, each for itself")
    func matching() throws {
        var alerts = try VirtualAlerts("window.close > 1", #","match":{"source":"by*","symbol":"BTC-*"}"#)
        let names = ["bybit:BTC-USDT", "bybit:ETH-USDT", "kraken:BTC-USD", "bybit-linear:BTC-USDT"]
        for name in names { try alerts.add(.window, at: start, of: try #require(Series(name)), ["close": 2]) }
        #expect(try alerts.alerts.map(\.series.description) == [names[0], names[3]])
    }

    @Test("a rule sees the newest records of other kinds that are not later")
    func joining() throws {
        var alerts = try VirtualAlerts("tick.price > window.high")
        try alerts.add(.tick, at: start + 10_000, ["price": 9])
        // Nothing is known of windows yet; this one is later than the tick that it looks at, and sees it.
        try alerts.add(.window, at: start + 20_000, ["high": 10])
        try alerts.add(.tick, at: start + 30_000, ["price": 12])
        #expect(try alerts.changes == ["firing 30000"])
        try alerts.add(.tick, at: start + 70_000, ["price": 8])
        #expect(try alerts.changes.last == "resolved 70000")
        // The window of a minute that ended before: at its time the price was 12.
        try alerts.add(.window, at: start + 60_000, ["high": 11])
        #expect(try alerts.changes == ["firing 30000", "resolved 70000"])
        try alerts.add(.window, at: start + 71_000, ["high": 7])
        #expect(try alerts.changes.last == "firing 71000")
    }

    @Test("records that are older than the newest of their kind are passed over")
    func older() throws {
        var alerts = try VirtualAlerts("tick.price > 1")
        try alerts.add(.tick, at: start, ["price": 1])
        try alerts.add(.tick, at: start - 1, ["price": 2])
        #expect(try alerts.changes == [] && alerts.core.counts.older == 1)
        try alerts.add(.tick, at: start, ["price": 2])
        #expect(try alerts.changes == ["firing 0"])
    }

    @Test("each change of an alert has a time of its own: what was resolved fires again later only")
    func sameTime() throws {
        var alerts = try VirtualAlerts("tick.price > 1")
        for price in [2, 1, 2, 1, 2.0] { try alerts.add(.tick, at: start, ["price": price]) }
        #expect(try alerts.changes == ["firing 0", "resolved 0"])
        try alerts.add(.tick, at: start + 1, ["price": 2])
        #expect(try alerts.changes.last == "firing 1")
    }

    @Test(
        "crosses: from at most to above, or from at least to below",
        arguments: [
            ([1, 3], [1]), ([3, 1], [1]), ([2, 3], [1]), ([2, 1], [1]), ([1, 2, 3], [2]), ([1, 2, 1], [2]),
            ([1, 2, 2], []),
            ([3, 4], []), ([3], []), ([1, nil, 3], [2]), ([nil, 3], []), ([1, 3, 3, 1], [1, 3]),
        ] as [([Double?], [Int])])
    func crosses(closes: [Double?], at: [Int]) throws {
        var alerts = try VirtualAlerts("crosses(window.close, 2)")
        for (i, close) in closes.enumerated() {
            try alerts.add(.window, at: start + Int64(i) * minute, ["close": close])
        }
        let fired = try alerts.alerts.filter { $0.state == .firing }
        #expect(fired.map { Int(($0.asOf - start) / minute) } == at)
    }

    @Test("between the records that a crossing names, it keeps its answer for others")
    func crossesJoined() throws {
        var alerts = try VirtualAlerts("crosses(indicators.macd, indicators.macd_signal) and window.volume > 5")
        for (i, macd) in [-1, 1.0, 2].enumerated() {
            try alerts.add(.indicators, at: start + Int64(i) * minute, ["macd": macd, "macd_signal": 0])
            try alerts.add(.window, at: start + Int64(i) * minute, ["volume": 6])
        }
        #expect(try alerts.changes == ["firing 60000", "resolved 120000"])
    }

    @Test("models match by their names, and what is said of drift is the largest of its features'")
    func models() throws {
        var alerts = try VirtualAlerts("score.psi > 0.25", #","match":{"model":"dir*"}"#)
        func score(_ model: String, _ psi: String) -> [UInt8] {
            #"{"source":"bybit","symbol":"BTC-USDT","model":"\#(model)","as_of":\#(start),"psi":\#(psi)}"#.bytes
        }
        try alerts.add(.score, score("other", #"{"a":0.9}"#))
        try alerts.add(.score, score("direction", #"{}"#))
        #expect(try alerts.changes == [])
        try alerts.add(.score, score("direction", #"{"a":0.1,"b":0.3,"c":0.2}"#))
        #expect(try alerts.alerts.map(\.value) == [0.3])
    }

    @Test("a rule of models has an alert for each model of a series, and one says nothing of the other's")
    func eachModel() throws {
        var alerts = try VirtualAlerts(
            "score.auc < 0.5 and window.volume > 1",
            #","for":"1m","annotations":{"summary":"{{ $labels.model }} at {{ $value }}"}"#)
        func score(_ model: String, _ minutes: Int64, _ auc: Double) throws {
            try alerts.add(
                .score,
                #"{"source":"bybit","symbol":"BTC-USDT","model":"\#(model)","as_of":\#(start + minutes * minute),"auc":\#(auc)}"#
                    .bytes)
        }
        try score("good", 0, 0.9)
        try score("b\\u0061d", 0, 0.4)
        for minutes in 1...3 as ClosedRange<Int64> {
            try alerts.add(.window, at: start + minutes * minute, ["volume": 2])
            try score("good", minutes, 0.9)
            try score("bad", minutes, 0.4)
        }
        let all = try alerts.alerts
        #expect(all.map(\.labels) == [["model": "bad"]] && all.map(\.summary) == ["bad at 0.4"])
        #expect(all.map(\.asOf) == [start + 2 * minute] && all[0].series == RuleFixtures.series)
        // FNV-1a 64 of A, bybit, BTC-USDT, model and bad, 0xFF behind each; computed with Python.
        #expect(all.map(\.fingerprint) == ["a0f117138eb962a9"])
        try score("good", 4, 0.1)
        try score("good", 5, 0.1)
        var changelog = AlertChangelog()
        changelog.take(&alerts.core)
        let shown = alerts.core.active()
        var restored = try changelog.restored(alerts.core.rules)
        #expect(restored.active() == shown && shown.count == 2)
        try alerts.add(.window, at: start + 5 * minute, ["volume": 0])
        #expect(try alerts.alerts.map { $0.labels["model"] ?? "" } == ["bad", "good", "good", "bad"])
    }

    private func members(for duration: String) -> (String, String) {
        ("window.close > 1", #","for":"\#(duration)""#)
    }

    private func changes(_ closes: [Double?], _ rule: (expression: String, members: String)) throws -> [String] {
        try changes(closes, rule.expression, rule.members)
    }
}
