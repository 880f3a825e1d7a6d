import CryptoCore
import Foundation
import TestSupport
import Testing

@Suite("a tick is what the contract says, or it is malformed")
struct TickViewTests {
    static let trade = """
        {"source":"bybit","symbol":"BTC-USDT","kind":"trade","event_time":1763719200001,"ingest_time":1763719200040,\
        "trade_id":"2280000001","price":65000.5,"quantity":0.25,"side":"buy"}
        """
    static let quote = """
        {"source":"coingecko","symbol":"BTC-USD","kind":"quote","event_time":1763719200001,"ingest_time":1763719200040,"price":3}
        """
    static let gap = """
        {"source":"bybit","symbol":"BTC-USDT","kind":"gap","event_time":5,"ingest_time":5,"gap_from":1,"gap_to":5,"reason":"start"}
        """

    @Test("texts that could make a record too large for Kafka are refused, one byte shorter they are not")
    func lengths() {
        for (name, most, rest) in [("source", 255, ""), ("symbol", 255, "-USDT"), ("trade_id", 1_024, "")] {
            let text = String(repeating: "x", count: most - rest.count) + rest
            #expect(complaint(record(TickViewTests.trade, name, "\"\(name)\":\"\(text)\"")) == nil)
            let long = complaint(record(TickViewTests.trade, name, "\"\(name)\":\"x\(text)\""))
            #expect(long?.contains("\(name) must be at most \(most) bytes") == true)
        }
        let reason = String(repeating: "r", count: 1_025)
        #expect(complaint(record(TickViewTests.gap, "reason", "\"reason\":\"\(reason)\""))?.contains("reason") == true)
    }

    /// What decoding `record` says is wrong; nil when nothing is.
    private func complaint(_ record: String) -> String? {
        let bytes = record.bytes
        do {
            _ = try TickView(decoding: bytes.span.bytes)
            return nil
        } catch { return error.description }
    }

    /// `record` with the member `name` replaced by `member`; an empty one takes it away.
    private func record(_ record: String, _ name: String, _ member: String) -> String {
        let start = record.range(of: "\"\(name)\":")!.lowerBound  // every caller names a member that is there
        let rest = record[start...]
        let end = rest.range(of: ",\"")?.lowerBound ?? record.index(before: record.endIndex)
        if !member.isEmpty { return record.replacingCharacters(in: start..<end, with: member) }
        return record.replacingCharacters(in: start..<(rest.contains(",\"") ? record.index(after: end) : end), with: "")
            .replacingOccurrences(of: ",}", with: "}")
    }

    @Test("well-formed ones are taken", arguments: [trade, quote, gap])
    func wellFormed(record: String) { #expect(complaint(record) == nil) }

    @Test(
        "a trade needs its fields, and the error names the one that is missing",
        arguments: ["source", "symbol", "kind", "event_time", "ingest_time", "trade_id", "price", "quantity"])
    func missingInTrade(name: String) {
        #expect(complaint(record(TickViewTests.trade, name, "")) == "field \(name) is missing")
        #expect(complaint(record(TickViewTests.trade, name, "\"x_\(name)\":1")) == "field \(name) is missing")
    }

    @Test("a side need not be known") func noSide() {
        #expect(complaint(record(TickViewTests.trade, "side", "")) == nil)
    }

    @Test("so does a quote", arguments: ["source", "symbol", "kind", "event_time", "ingest_time", "price"])
    func missingInQuote(name: String) {
        #expect(complaint(record(TickViewTests.quote, name, "")) == "field \(name) is missing")
    }

    @Test(
        "so does a gap",
        arguments: ["source", "symbol", "kind", "event_time", "ingest_time", "gap_from", "gap_to", "reason"])
    func missingInGap(name: String) {
        #expect(complaint(record(TickViewTests.gap, name, "")) == "field \(name) is missing")
    }

    @Test(
        "a trade's field that is not of its type or range is named",
        arguments: [
            ("price", ["0", "-1", "-0", "1e-400", "1e999", "-1e999", "\"1\"", "null", "true", "[1]"]),
            ("quantity", ["0", "-1", "0.0", "1e999", "\"1\"", "null", "{}"]),
            (
                "event_time",
                [
                    "1763719200001.5", "\"1763719200001\"", "null", "-62135596800001", "253402300800000",
                    "317325945600000", "1e300",
                ]
            ),
            (
                "ingest_time",
                ["1.5", "\"\"", "null", "-62135596800001", "253402300800000", "9223372036854775807", "1e999"]
            ),
            ("trade_id", ["\"\"", "7", "null", "[\"a\"]"]), ("side", ["\"BUY\"", "\"\"", "null", "1", "\"buys\""]),
            ("kind", ["\"candle\"", "\"\"", "null", "\"Trade\"", "0"]),
            ("source", ["\"\"", "\"a:b\"", "\"a b\"", "\"a\\n\"", "7", "null"]),
            (
                "symbol",
                ["\"\"", "\"BTCUSDT\"", "\"-USDT\"", "\"BTC-\"", "\"BTC -USDT\"", "\"B\\u0000-USDT\"", "7", "null"]
            ),
        ])
    func badFields(name: String, values: [String]) {
        for value in values {
            let said = complaint(record(TickViewTests.trade, name, "\"\(name)\":\(value)"))
            #expect(said?.hasPrefix("field \(name) must be ") == true, "\(name) \(value): \(said ?? "taken")")
        }
    }

    @Test(
        "what a quote may have must be numbers, flags must be flags",
        arguments: [
            ("bid", "\"1\""), ("ask", "null"), ("change_24h_pct", "1e999"), ("volume_24h", "true"),
            ("market_cap", "[]"),
            ("block_trade", "1"), ("backfilled", "\"true\""), ("block_trade", "null"),
        ])
    func badOptional(name: String, value: String) {
        let said = complaint(String(TickViewTests.quote.dropLast()) + ",\"\(name)\":\(value)}")
        #expect(said?.hasPrefix("field \(name) must be ") == true, "\(said ?? "taken")")
    }

    @Test(
        "a gap goes forward",
        arguments: [
            ("1", "1"), ("5", "1"), ("1", "253402300800000"), ("-62135596800001", "5"), ("\"1\"", "5"), ("1.5", "5"),
        ])
    func badGap(from: String, to: String) {
        let first = record(TickViewTests.gap, "gap_from", "\"gap_from\":\(from)")
        #expect(complaint(record(first, "gap_to", "\"gap_to\":\(to)"))?.hasPrefix("field gap_") == true)
    }

    @Test(
        "an event time is at most a minute ahead of its ingest time",
        arguments: [(60_000, true), (60_001, false), (3_600_000, false), (0, true), (-86_400_000, true)]
            as [(Int64, Bool)])
    func lead(ms: Int64, isTaken: Bool) {
        let said = complaint(record(TickViewTests.trade, "event_time", "\"event_time\":\(1_763_719_200_040 + ms)"))
        #expect(said == (isTaken ? nil : "field event_time must be at most a minute after ingest_time, byte 0"))
    }

    @Test(
        "a time in another unit is refused in the unit's name: a day of 2026 in seconds is none of 1970",
        arguments: [
            ("1795920000", "seconds"), ("1000000000", "seconds"), ("9999999999", "seconds"),
            ("1795920000.0", "seconds"),
            ("1795920000000000", "microseconds"), ("1000000000000000", "microseconds"),
            ("1795920000000000000", "nanoseconds"), ("9223372036854775807", "nanoseconds"),
        ])
    func otherUnits(time: String, unit: String) {
        let words = "milliseconds since 1970, this looks like \(unit)"
        for name in ["event_time", "ingest_time"] {
            let said = complaint(record(TickViewTests.trade, name, "\"\(name)\":\(time)"))
            #expect(said?.hasPrefix("field \(name) must be \(words)") == true, "\(said ?? "taken")")
        }
        let said = complaint(record(TickViewTests.gap, "gap_from", "\"gap_from\":\(time)"))
        #expect(said?.hasPrefix("field gap_from must be \(words)") == true, "\(said ?? "taken")")
    }

    @Test(
        "old days, and those before 1970, are days", arguments: ["999999999", "10000000000", "-1795920000", "0", "1"])
    func oldDays(time: String) {
        #expect(complaint(record(TickViewTests.trade, "event_time", "\"event_time\":\(time)")) == nil)
    }

    @Test(
        "not JSON says where",
        arguments: ["", "x", "{", "[]", "7", "\"trade\"", trade + "x", String(trade.dropLast()), "null"])
    func notJSON(record: String) { #expect(complaint(record)?.hasPrefix("not JSON: expected ") == true) }

    @Test("labels are few", arguments: [("{}", "missing_source"), ("x", "not_json"), (record0, "bad_price")])
    func labels(record: String, label: String) {
        let bytes = record.bytes
        #expect { try TickView(decoding: bytes.span.bytes) } throws: { ($0 as? DecodeError)?.label == label }
    }
    static let record0 = trade.replacingOccurrences(of: "65000.5", with: "0")

    @Test("of a field that is there twice the last counts")
    func twice() throws {
        let bytes = TickViewTests.trade.replacingOccurrences(of: "{", with: "{\"price\":1,").bytes
        #expect(try TickView(decoding: bytes.span.bytes).price == 65000.5)
    }
}
