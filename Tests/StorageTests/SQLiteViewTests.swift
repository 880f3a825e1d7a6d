import CryptoCore
import Foundation
import Storage
import Testing

@Suite("The views of an SQLite file")
struct SQLiteViewTests {
    enum Age: String, CaseIterable, Sendable { case new, old }

    /// A file of today or of 0.1.0, opened, with rows.
    private func file(_ age: Age, _ records: [SourceRecord] = []) throws -> (StoreFixture, path: String) {
        let fixture = try StoreFixture(.sqlite)
        if age == .old { _ = try SQLiteOldFileTests.make(fixture) }
        try fixture.open().writeAll(RowBatch(records))
        return (fixture, "\(fixture.folder)/store.db")
    }

    @Test("candles_1m has each minute, the open one too, with its time in words", arguments: Age.allCases)
    func candles(age: Age) throws {
        let (fixture, path) = try file(
            age,
            [
                SourceRecord(.minute(noon, count: 3), offset: 0),
                SourceRecord(.minute(noon, count: 3, type: .sliding), offset: 1),
                SourceRecord(.minute(noon + 60_000, count: 2, final: false), offset: 2),
            ])
        defer { withExtendedLifetime(fixture) {} }
        var expected = [
            "source": "bybit", "symbol": "BTC-USDT", "open": "100.0", "high": "101.0", "low": "100.0", "close": "3.0",
            "volume": "2.5", "vwap": "100.5", "count": "3", "final": "1", "incomplete": "0",
            "time": "2025-11-21T10:00:00Z", "window_start": "\(noon)",
        ]
        let rows = try sqliteRows(path, "SELECT * FROM candles_1m ORDER BY window_start")
        #expect(rows.first == expected)
        expected.merge(
            [
                "close": "2.0", "count": "2", "final": "0", "time": "2025-11-21T10:01:00Z",
                "window_start": "\(noon + 60_000)",
            ]
        ) { $1 }
        #expect(rows.last == expected)
        #expect(rows.count == 2)
    }

    @Test("last_price has each series' newest minute", arguments: Age.allCases, [0, 1, 3])
    func lastPrice(age: Age, others: Int) throws {
        var records: [SourceRecord] = []
        var expected: [[String: String]] = []
        for i in 0..<others {
            for minute in 0..<3 as Range<Int64> {
                var window = WindowAggregate.minute(noon + minute * 60_000, count: 1 + minute, final: minute < 2)
                window.series = Series(source: i == 0 ? "bybit" : "kraken", symbol: "C\(i)-USD")
                records.append(SourceRecord(window, offset: minute))
                var sliding = window
                (sliding.type, sliding.isFinal) = (.sliding, true)
                records.append(SourceRecord(sliding, offset: minute))
            }
            expected.append([
                "source": i == 0 ? "bybit" : "kraken", "symbol": "C\(i)-USD", "price": "3.0",
                "time": "2025-11-21T10:02:59.999Z", "last_time": "\(noon + 179_999)",
            ])
        }
        // Without a minute of its own there is none.
        var sliding = WindowAggregate.minute(type: .sliding)
        sliding.series = Series(source: "coinbase", symbol: "X-Y")
        if others > 0 { records.append(SourceRecord(sliding, offset: 9)) }
        let (fixture, path) = try file(age, records)
        defer { withExtendedLifetime(fixture) {} }
        #expect(try sqliteRows(path, "SELECT * FROM last_price ORDER BY source, symbol") == expected)
    }

    @Test("gaps has each gap", arguments: Age.allCases)
    func gaps(age: Age) throws {
        let gap = Tick(
            series: Series(source: "bybit", symbol: "BTC-USDT"),
            kind: .gap(Tick.Gap(from: noon - 9, to: noon, reason: "start")), eventTime: noon, ingestTime: noon)
        let (fixture, path) = try file(age, [SourceRecord(gap, offset: 0), SourceRecord(.trade("1"), offset: 1)])
        defer { withExtendedLifetime(fixture) {} }
        let expected = [
            "source": "bybit", "symbol": "BTC-USDT", "reason": "start", "gap_from": "\(noon - 9)", "gap_to": "\(noon)",
            "from_time": "2025-11-21T09:59:59.991Z", "to_time": "2025-11-21T10:00:00.000Z",
        ]
        #expect(try sqliteRows(path, "SELECT * FROM gaps") == [expected])
    }

    @Test(
        "each finds its rows by an index",
        arguments: Age.allCases,
        [
            "SELECT * FROM candles_1m WHERE source = 'a' AND symbol = 'B-C' AND window_start >= 5",
            "SELECT * FROM last_price", "SELECT * FROM last_price WHERE symbol = 'B-C'", "SELECT * FROM gaps",
            "SELECT * FROM gaps WHERE source = 'a' AND symbol = 'B-C' AND gap_to > 5",
            "SELECT * FROM ticks_with_predictions WHERE source = 'a' AND symbol = 'B-C' AND event_time >= 5",
        ])
    func plans(age: Age, query: String) throws {
        let (fixture, path) = try file(age)
        defer { withExtendedLifetime(fixture) {} }
        let plan = try sqliteRows(path, "EXPLAIN QUERY PLAN \(query)").compactMap { $0["detail"] }
        let names = ["windows", "newest", "ticks", "said", "one"]
        for step in plan where names.contains(where: { step.contains($0) }) {
            // SCAN … USING INDEX of the first row, or of the gaps only, is no walk through a table.
            #expect(step.hasPrefix("SEARCH") || step.contains("INDEX"), "\(plan)")
        }
        if query.contains("candles") { #expect(plan.count == 1 && plan[0].contains("window_start>?"), "\(plan)") }
        // From series to series in one step each, however many rows a source has.
        if query.contains("last_price") { #expect(plan.contains { $0.contains("symbol>?") }, "\(plan)") }
        // Both searches for a tick's prediction are for its millisecond and series; of what they find one is chosen.
        if query.contains("predictions") {
            let searches = plan.filter { $0.contains("(event_time=? AND source=? AND symbol=?") }
            #expect(searches.count == 2, "\(plan)")
        } else {
            #expect(!plan.contains { $0.contains("TEMP B-TREE") }, "\(plan)")
        }
    }

    @Test("what a user made under such a name stays")
    func taken() throws {
        let fixture = try StoreFixture(.sqlite)
        _ = try SQLiteOldFileTests.make(
            fixture, "CREATE VIEW gaps AS SELECT 1 AS mine; CREATE TABLE last_price (mine); CREATE TABLE other (a);")
        try fixture.open().writeAll(RowBatch([SourceRecord(.trade("1"), offset: 0)]))
        #expect(try sqliteRows("\(fixture.folder)/store.db", "SELECT * FROM gaps") == [["mine": "1"]])
        #expect(try sqliteRows("\(fixture.folder)/store.db", "SELECT * FROM last_price") == [])
    }
}
