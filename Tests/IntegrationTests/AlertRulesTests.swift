import CryptoCore
import Foundation
import KafkaClient
import TestSupport
import TestTraits
import Testing

@Suite("Rules of an alerter that change on a real Kafka", .serialized, .waiting, .enabled(if: Servers.kafka != nil))
struct AlertRulesTests {
    private static let start: Int64 = 1_763_683_200_000

    /// An alerter that is started again and again, with other rules.
    private struct Market {
        let line: Line
        private var seconds: Int64 = 0

        init(_ line: Line) { self.line = line }

        mutating func trade(_ price: Double) throws {
            seconds += 60
            let time = AlertRulesTests.start + seconds * 1_000
            let trade = Tick.Trade(tradeID: "\(seconds)", price: price, quantity: 1, side: .buy)
            let series = Series(source: "made", symbol: "S0-USD")
            try line.send([Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time)])
        }

        /// The final minute that ends with the last trade.
        func window(_ close: Double) throws {
            var window = WindowAggregate()
            window.series = Series(source: "made", symbol: "S0-USD")
            window.windowEnd = AlertRulesTests.start + seconds * 1_000
            window.windowStart = window.windowEnd - 60_000
            (window.isFinal, window.count, window.close) = (true, 1, close)
            var json = JSONWriter()
            window.encode(into: &json)
            try line.write(
                "windows.tumbling", key: window.series.description, value: String(decoding: json.bytes, as: UTF8.self))
        }

        /// Runs an alerter until `work` is done and there are so many alerts.
        mutating func run(_ rules: [String], alerts: Int, _ work: (inout Market) throws -> Void) throws {
            let text = rules.map { #"{"alert":"\#($0.prefix(4))","expr":"\#($0)"}"# }.joined(separator: ",")
            let file = line.folder.appendingPathComponent("rules.json")
            try Data(#"{"groups":[{"name":"g","rules":[\#(text)]}]}"#.utf8).write(to: file)
            let service = try line.start("alerter", ["--rules", file.path])
            let isReady = waitUntil(seconds: 60) { service.errorsSoFar.contains("partitions assigned") }
            try #require(isReady, "\(service.errorsSoFar)")
            try work(&self)
            #expect(try waitUntil(seconds: 30) { try line.values("alerts").count >= alerts })
            service.signal(SIGTERM)
            #expect(try service.wait(seconds: 15).status == 0)
        }
    }

    @Test("a topic is read while a rule names it, and from then on each time; the other rules go on where they stood")
    func topics() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let ticks = "tick.price > 100", windows = "window.close > 10"
        var market = Market(line)
        try market.trade(1)
        // What lies there before is not looked at, nor are topics that no rule names.
        try market.run([ticks], alerts: 1) { market in
            try market.trade(101)
            try market.window(11)
        }
        try market.trade(1)
        try market.window(12)
        try market.run([ticks, windows], alerts: 4) { market in
            // Ticks from where it stood, windows from now on.
            try waitUntilRead(line)
            try market.trade(102)
            try market.window(13)
        }
        try market.trade(103)
        try market.window(1)
        try market.run([ticks], alerts: 6) { market in try market.trade(1) }
        try market.window(15)
        try market.run([ticks, windows], alerts: 8) { market in
            try market.trade(104)
            try market.window(14)
        }
        let alerts = try line.values("alerts").map { try Alert(decoding: Array($0.utf8).span.bytes) }
        let told = alerts.map { "\($0.rule) \($0.state) \($0.value ?? 0)" }.sorted()
        #expect(
            told == [
                "tick firing 101.0", "tick firing 102.0", "tick firing 104.0", "tick resolved 1.0", "tick resolved 1.0",
                "wind firing 13.0", "wind firing 14.0", "wind resolved 0.0",
            ])
    }

    private func waitUntilRead(_ line: Line) throws {
        _ = try waitUntil(seconds: 20) { try line.hasCommittedEnd(of: "ticks", group: "\(line.prefix)-alerter") }
    }
}
