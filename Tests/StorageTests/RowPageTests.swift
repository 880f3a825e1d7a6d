import CryptoCore
import Foundation
import Storage
import TestSupport
import Testing

@Suite("A page of rows")
struct RowPageTests {
    private static var isOptimised: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }

    @Test("cells come out as what they are, and as nothing else")
    func cells() throws {
        let gap = Tick(
            series: Series(source: "bybit", symbol: "BTC-USDT"),
            kind: .gap(Tick.Gap(from: noon - 9, to: noon, reason: "start")), eventTime: noon + 1, ingestTime: noon)
        let batch = try RowBatch([SourceRecord(.trade("1", price: 2.5), offset: 0), SourceRecord(gap, offset: 1)])
        let fixture = try ReadFixture(.sqlite, batch)
        defer { withExtendedLifetime(fixture) {} }
        let reader = try fixture.reader()
        let query = try StoreQuery(
            .ticks, of: gap.series, columns: ["price", "gap_from", "side", "block_trade", "kind", "inserted_at"])
        let page = try reader.read(query)
        #expect(page.count == 2 && page.columns.map(\.name) == query.columns.map(\.name))
        #expect(page.real(0, 0) == 2.5 && page.integer(0, 0) == nil && page.string(0, 0) == nil)
        #expect(page.isNull(1, 0) && page.real(1, 0) == nil)
        #expect(page.integer(1, 1) == noon - 9 && page.real(1, 1) == Double(noon - 9) && page.isNull(0, 1))
        #expect(page.string(0, 2) == "buy" && page.equals(0, 2, "buy") && !page.equals(0, 2, "bu"))
        #expect(!page.equals(1, 2, "buy") && page.bool(0, 3) == nil && page.bool(0, 4) == nil)
        #expect(page.withBytes(1, 4) { $0.byteCount } == 3 && page.withBytes(0, 0) { $0.byteCount } == nil)
        #expect(page.integer(0, 5) == noon)
    }

    @Test("large rows end a page early, and none is left out")
    func largeRows() throws {
        let value = [UInt8](repeating: UInt8(ascii: "x"), count: 10 << 20)
        let batch = try RowBatch(
            (0..<6 as Range<Int64>).map { SourceRecord(deadKey: [], value: value, nil, offset: $0) })
        let fixture = try ReadFixture(.sqlite, batch)
        defer { withExtendedLifetime(fixture) {} }
        let reader = try fixture.reader()
        let query = try StoreQuery(.deadLetters, of: nil, columns: ["_id", "value"])
        let page = try reader.read(query)
        #expect(page.count == 4 && page.hasMore)
        #expect(try reader.all(query).count == 6)
    }

    @Test(
        "is filled again without allocating for a row or a cell",
        .enabled(if: RowPageTests.isOptimised, "skipped: a debug build, which allocates"))
    func allocations() throws {
        let records = (0..<20_000 as Range<Int64>).map {
            SourceRecord(.trade("\(1_000_000 + $0)", at: noon + $0), offset: $0)
        }
        let fixture = try ReadFixture(.sqlite, RowBatch(records))
        defer { withExtendedLifetime(fixture) {} }
        let reader = try fixture.reader()
        var page = RowPage()
        func read(_ limit: Int) throws -> UInt64 {
            let columns = ["event_time", "price", "quantity", "side", "trade_id"]
            var query = try StoreQuery(.ticks, of: Series("bybit:BTC-USDT"), columns: columns)
            query.limit = limit
            let before = Allocations.count
            try reader.read(query, after: nil, into: &page)
            #expect(page.count == limit)
            return Allocations.count - before
        }
        _ = try read(20_000)
        let (few, many) = (try read(100), try read(10_000))
        // SQLite reads a page of the file into memory of its own now and then.
        #expect(many < few + 1_000)
    }
}
