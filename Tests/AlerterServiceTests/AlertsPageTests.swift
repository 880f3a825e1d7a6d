import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import AlerterService

@Suite("config/ALERTS.md, the page about alerts")
struct AlertsPageTests {
    /// The rules files of the page, by the name of their one rule.
    private static let files: [String: [UInt8]] = {
        let page = SharedData.packageRoot.appendingPathComponent("config/ALERTS.md")
        let text = (try? String(contentsOf: page, encoding: .utf8)) ?? ""
        let blocks = text.components(separatedBy: "```json\n").dropFirst().map {
            $0.components(separatedBy: "```")[0]
        }
        return Dictionary(
            uniqueKeysWithValues: blocks.compactMap { block in
                let bytes = Array(block.utf8)
                return (try? RulesFile(parsing: bytes.span.bytes)).map { ($0.rules[0].name, bytes) }
            })
    }()

    /// What a rule of the page says of records in their order.
    private func alerts(_ name: String, _ records: [(kind: RecordKind, json: [UInt8])]) throws -> [Alert] {
        let file = try #require(AlertsPageTests.files[name])
        var alerts = PartitionAlerts(RuleSet(try RulesFile(parsing: file.span.bytes).rules))
        var output = OutputBatch()
        let key = Array("bybit:BTC-USDT".utf8)
        for record in records {
            try alerts.add(
                .init(record.kind, clock: 0), key: key.span.bytes, value: record.json.span.bytes, into: &output)
        }
        return try output.records.map { try Alert(decoding: output.valueBytes.span.bytes.extracting($0.value)) }
    }

    private func window(_ number: Int64, close: Double, volume: Double) -> (kind: RecordKind, json: [UInt8]) {
        var window = WindowAggregate()
        window.series = Series(source: "bybit", symbol: "BTC-USDT")
        window.windowStart = Bench.minute + number * 60_000
        window.windowEnd = window.windowStart + 60_000
        (window.isFinal, window.count, window.close, window.volume) = (true, 1, close, volume)
        var json = JSONWriter()
        window.encode(into: &json)
        return (.window, json.bytes)
    }

    private func indicators(_ number: Int64, rsi: Double, macd: Double) -> (kind: RecordKind, json: [UInt8]) {
        var record = Indicators()
        record.series = Series(source: "bybit", symbol: "BTC-USDT")
        record.asOf = Bench.minute + number * 60_000
        (record.close, record.bars, record.rsi14) = (1, 40, rsi)
        (record.macd, record.macdSignal) = (macd, 0)
        var json = JSONWriter()
        record.encode(into: &json)
        return (.indicators, json.bytes)
    }

    @Test("has three rules")
    func rules() {
        #expect(Set(AlertsPageTests.files.keys) == ["FallOnVolume", "NoTrades", "TurnsUp"])
    }

    @Test("a fall fires with volume, and without it does not", arguments: [(9.0, 1), (2.0, 0)])
    func fall(volume: Double, fired: Int) throws {
        var records = (0..<30).map { window($0, close: 100, volume: 1) }
        records.append(window(30, close: 97, volume: volume))
        #expect(try alerts("FallOnVolume", records).map(\.state) == Array(repeating: .firing, count: fired))
    }

    @Test("a rise fires as little as a fall of one percent", arguments: [103.0, 99])
    func noFall(close: Double) throws {
        let records = (0..<30).map { window($0, close: 100, volume: 1) } + [window(30, close: close, volume: 9)]
        #expect(try alerts("FallOnVolume", records).isEmpty)
    }

    @Test(
        "MACD that crosses fires after an oversold quarter of an hour, and only then",
        arguments: [(25.0, 1), (45.0, 0)])
    func turn(rsi: Double, fired: Int) throws {
        let records = [
            indicators(0, rsi: 50, macd: -1), indicators(5, rsi: rsi, macd: -2), indicators(10, rsi: 50, macd: 1),
        ]
        #expect(try alerts("TurnsUp", records).count == fired)
    }

    @Test(
        "a market that is silent for 90 seconds fires, one of another coin does not",
        arguments: ["BTC-USDT", "ETH-USDT"])
    func silence(symbol: String) throws {
        let file = try #require(AlertsPageTests.files["NoTrades"])
        var alerts = PartitionAlerts(RuleSet(try RulesFile(parsing: file.span.bytes).rules))
        var output = OutputBatch()
        let series = Series(source: "bybit", symbol: symbol), now = Bench.minute
        let trade = Tick.Trade(tradeID: "1", price: 1, quantity: 1, side: nil)
        let tick = Tick(series: series, kind: .trade(trade), eventTime: now, ingestTime: now).encoded()
        let key = Array(series.description.utf8)
        try alerts.add(.init(.tick, clock: now), key: key.span.bytes, value: tick.span.bytes, into: &output)
        alerts.look(atClock: now + 89_000, into: &output)
        #expect(output.records.isEmpty)
        alerts.look(atClock: now + 91_000, into: &output)
        #expect(output.records.count == (symbol == "BTC-USDT" ? 1 : 0))
    }
}
