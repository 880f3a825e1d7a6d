import CryptoCore
import TestSupport

/// The alerter's part of the record path: records' bytes past rules that look at them, while no alert changes.
enum RuleChecks {
    private static let rules = """
        {"groups": [{"name": "g", "rules": [
          {"alert": "Range", "expr": "window.volume > 5 * avg(window.volume, 20m)"},
          {"alert": "Joined", "expr": "indicators.rsi_14 < 30 and tick.price < min(window.low, 10m)", "for": "5m"},
          {"alert": "Crosses", "expr": "crosses(indicators.macd, indicators.macd_signal)"},
          {"alert": "Ticks", "expr": "change_pct(tick.price, 1m) > 5 or change_pct(tick.price, 1m) < -5"},
          {"alert": "Silent", "expr": "absent(tick, 90s)"}]}]}
        """

    private typealias Line = (kind: RecordKind, key: [UInt8], value: [UInt8])

    private static let series = (0..<3).map { Series(source: "bybit", symbol: "C\($0)-USDT") }

    /// What one minute of all series brings.
    private static func minute(_ number: Int64) -> [Line] {
        let end = noon + number * 60_000
        return series.flatMap { series -> [Line] in
            let key = Array(series.description.utf8)
            let window = #"""
                {"source":"bybit","symbol":"\#(series.symbol)","type":"tumbling","window_end":\#(end),"volume":1.5,"low":99.5}
                """#
            let indicators = #"""
                {"source":"bybit","symbol":"\#(series.symbol)","as_of":\#(end),"rsi_14":50.5,"macd":1.5,"macd_signal":1.25}
                """#
            let ticks = (0..<100 as Range<Int64>).map { i -> Line in
                let trade = Tick.Trade(tradeID: "\(number)-\(i)", price: 100 + Double(i % 3), quantity: 1, side: .buy)
                let time = end + i * 500
                let tick = Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time)
                return (.tick, key, tick.encoded())
            }
            return [(.window, key, Array(window.utf8)), (.indicators, key, Array(indicators.utf8))] + ticks
        }
    }

    static var all: [Check] {
        [Check(law: "10,404 records past five rules, no alert changing, and the clock's looks", count: unchanging)]
    }

    private static func unchanging() throws -> UInt64 {
        let text = Array(rules.utf8)
        var core = PartitionAlerts(RuleSet(try RulesFile(parsing: text.span.bytes).rules))
        var output = OutputBatch()
        func add(_ minutes: [[Line]], from first: Int64) throws {
            for (number, records) in minutes.enumerated() {
                let clock = noon + (first + Int64(number)) * 60_000
                for (kind, key, value) in records {
                    try core.add(.init(kind, clock: clock), key: key.span.bytes, value: value.span.bytes, into: &output)
                }
                core.look(atClock: clock, into: &output)
            }
        }
        try add((0..<60).map { minute($0) }, from: 0)
        let looked = core.counts.looked
        let lap = (60..<94).map { minute($0) }
        let count = try allocations { try add(lap, from: 60) }
        try Check.require(
            core.counts.looked == looked + 34 * 306, "\(core.counts.looked - looked) records were looked at")
        try Check.require(output.records.isEmpty, "\(output.records.count) alerts changed")
        return count
    }
}
