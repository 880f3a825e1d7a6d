import CryptoCore
import Foundation
import Storage
import TestSupport
import TestTraits
import Testing

@Suite("every store is read the same way", .waiting)
struct StoreReaderTests {
    private static let bybit = Series(source: "bybit", symbol: "BTC-USDT")

    /// Series that have rows in a table; nil for a table without series.
    private static func subjects(_ table: Table, _ expected: ExpectedRows) -> [Series?] {
        table.hasSeries ? expected.series(table) + [Series(source: "none", symbol: "A-B")] : [nil]
    }

    @Test(
        "every row comes once, by time and id, with all its cells, whatever the page and the direction",
        arguments: ReadBackend.available, [1, 2] as [UInt64])
    func pages(backend: ReadBackend, seed: UInt64) throws {
        var source = RecordSource(seed: seed)
        let batch = try RowBatch(source.records(300))
        let fixture = try ReadFixture(backend, batch)
        defer { withExtendedLifetime(fixture) {} }
        let expected = ExpectedRows(batch)
        let reader = try fixture.reader()
        #expect(reader.identity == fixture.writer.identity)
        for table in Table.allCases {
            #expect(try reader.series(in: table) == expected.series(table), "\(table)")
            for series in Self.subjects(table, expected) {
                for order in [StoreQuery.Order.oldestFirst, .newestFirst] {
                    var query = try StoreQuery(table, of: series, columns: table.allColumns)
                    query.order = order
                    query.limit = [1, 2, 7, 40, 1000].randomElement(using: &source.random) ?? 1
                    #expect(try reader.all(query) == expected.rows(query), "\(table) \(order) by \(query.limit)")
                    query.from = noon + Int64.random(in: -10_000...200_000, using: &source.random)
                    query.to = query.from + Int64.random(in: 0...400_000, using: &source.random)
                    #expect(try reader.all(query) == expected.rows(query), "\(table) \(order) in \(query.from)")
                }
            }
        }
    }

    @Test("rows of the same time come by the bytes of their ids", arguments: ReadBackend.available)
    func ties(backend: ReadBackend) throws {
        let ids = (0..<40).map { "\($0)" } + ["", "a", "Z", "é", "長", "🪙", "\u{10FFFF}", "\u{FFFD}", "~"]
        let records = [-1, 0, 1].flatMap { ms in
            ids.enumerated().map { SourceRecord(.trade("\(ms)\($1)", at: noon + ms), offset: Int64($0)) }
        }
        let batch = try RowBatch(records.shuffled())
        let fixture = try ReadFixture(backend, batch)
        defer { withExtendedLifetime(fixture) {} }
        let reader = try fixture.reader()
        for limit in [1, 3, 48, 49, 50, 1000] {
            for order in [StoreQuery.Order.oldestFirst, .newestFirst] {
                var query = try StoreQuery(.ticks, of: Self.bybit, columns: Table.ticks.allColumns)
                (query.limit, query.order) = (limit, order)
                #expect(try reader.all(query) == ExpectedRows(batch).rows(query), "\(order) by \(limit)")
            }
        }
    }

    @Test("a cursor stays good while rows are written and replaced", arguments: ReadBackend.available)
    func writing(backend: ReadBackend) throws {
        let fixture = try ReadFixture(backend)
        defer { withExtendedLifetime(fixture) {} }
        func ticks(_ seconds: some Sequence<Int64>) throws -> RowBatch {
            try RowBatch(seconds.map { SourceRecord(.trade("t\($0)", at: noon + $0 * 1000), offset: $0) })
        }
        let windows = try RowBatch((0..<20).map { SourceRecord(.minute(noon + $0 * 60_000, final: false), offset: $0) })
        try fixture.writer.writeAll(ticks(stride(from: 0, to: 100, by: 2)))
        try fixture.writer.writeAll(windows)
        let reader = try fixture.reader()
        var query = try StoreQuery(.ticks, of: Self.bybit, columns: ["event_time"])
        query.limit = 10
        var page = try reader.read(query)
        #expect(page.integer(9, 0) == noon + 18_000 && page.hasMore)
        // Before and behind the cursor, and behind the end.
        try fixture.writer.writeAll(ticks([1, 17, 19, 21, 99, 101]))
        var seconds: [Int64] = []
        while page.hasMore {
            try reader.read(query, after: page.cursor, into: &page)
            seconds += (0..<page.count).compactMap { page.integer($0, 0) }.map { ($0 - noon) / 1000 }
        }
        #expect(seconds == [19, 20, 21] + stride(from: 22, to: 100, by: 2) + [99, 101])
        // At the end one asks again.
        try reader.read(query, after: page.cursor, into: &page)
        #expect(page.count == 0 && !page.hasMore)
        try fixture.writer.writeAll(ticks([102]))
        try reader.read(query, after: page.cursor, into: &page)
        #expect(page.integer(0, 0) == noon + 102_000 && page.count == 1)
        // Windows that become final between two pages.
        query = try StoreQuery(.windows, of: Self.bybit, columns: ["window_start", "final"])
        (query.limit, query.order) = (6, .newestFirst)
        page = try reader.read(query)
        try fixture.writer.writeAll(RowBatch((0..<20).map { SourceRecord(.minute(noon + $0 * 60_000), offset: $0) }))
        try reader.read(query, after: page.cursor, into: &page)
        #expect(page.integer(0, 0) == noon + 13 * 60_000)
        #expect((0..<6).allSatisfy { page.bool($0, 1) == true })
    }

    @Test("a filter keeps the rows that match, in order", arguments: ReadBackend.available, [3, 4] as [UInt64])
    func filters(backend: ReadBackend, seed: UInt64) throws {
        var source = RecordSource(seed: seed)
        var records = source.records(200)
        records += (0..<30).map { SourceRecord(.minute(noon + $0 * 10_000, type: .sliding), offset: 1000 + $0) }
        let batch = try RowBatch(records)
        let fixture = try ReadFixture(backend, batch)
        defer { withExtendedLifetime(fixture) {} }
        let reader = try fixture.reader()
        let filters: [(Table, String, StoreQuery.Value, String)] = [
            (.ticks, "kind", .text("gap"), "gap"), (.ticks, "kind", .text("trade"), "trade"),
            (.ticks, "block_trade", .bool(true), "true"), (.windows, "type", .text("tumbling"), "tumbling"),
            (.windows, "type", .text("sliding"), "sliding"), (.windows, "final", .bool(false), "false"),
            (.windows, "count", .integer(50), "50"), (.ticks, "kind", .text("'; --"), "'; --"),
        ]
        for (table, column, value, text) in filters {
            for series in ExpectedRows(batch).series(table) {
                for order in [StoreQuery.Order.oldestFirst, .newestFirst] {
                    var query = try StoreQuery(table, of: series, columns: table.allColumns)
                    (query.limit, query.order) = (3, order)
                    try query.match(column, value)
                    let expected = ExpectedRows(batch).rows(query).filter { $0[column] == text }
                    #expect(try reader.all(query) == expected, "\(table) \(column) \(text) \(order)")
                }
            }
        }
    }

    @Test("what no table has is refused", arguments: Table.allCases)
    func badQueries(table: Table) throws {
        let series = table.hasSeries ? Self.bybit : nil
        #expect(throws: StoreError.badQuery("\(table.name) has no column nothing")) {
            try StoreQuery(table, of: series, columns: ["_id", "nothing"])
        }
        #expect(throws: StoreError.self) {
            try StoreQuery(table, of: table.hasSeries ? nil : Self.bybit, columns: ["_id"])
        }
        var query = try StoreQuery(table, of: series, columns: [])
        #expect(throws: StoreError.self) { try query.match("_id", .integer(1)) }
        #expect(throws: StoreError.self) { try query.match("nothing", .integer(1)) }
        #expect(throws: StoreError.self) { try BucketQuery(query, column: "_id", widthMs: 1) }
        #expect(throws: StoreError.self) { try BucketQuery(query, column: "inserted_at", widthMs: 0) }
    }

    @Test(
        "a text that no cursor gave is refused",
        arguments: ["", ".", "1", "1.2.3", "1.a", "1.zz", "x.61", "1.6G", "1.ff", " 1.61", "99999999999999999999.61"])
    func badCursors(text: String) { #expect(throws: StoreError.self) { try StoreCursor(text) } }
}
