import CryptoCore
import Foundation
import Storage
import TestSupport
import TestTraits
import Testing

@Suite("every store sums up the same way", .waiting)
struct StoreBucketTests {
    private static let series = Series(source: "bybit", symbol: "BTC-USDT")

    /// Trades with prices that add up exactly in any order, many at the same time, and rows without a price between.
    private static func records(_ random: inout SplitMix64, around start: Int64, _ count: Int) -> [SourceRecord] {
        (0..<count).map { i in
            let time = start + Int64.random(in: -3000...3000, using: &random) * 100
            let price = Double(Int64.random(in: 1...4000, using: &random)) / 4
            let side: Side? = [.buy, .sell, nil].randomElement(using: &random) ?? nil
            let trade = Tick.Trade(tradeID: "\(i)x\(random.next() % 1000)", price: price, quantity: 0.5, side: side)
            let gap = Tick.Gap(from: time - 1 - Int64(i), to: time, reason: "disconnect")
            return SourceRecord(
                Tick(series: series, kind: i % 9 == 0 ? .gap(gap) : .trade(trade), eventTime: time, ingestTime: time),
                offset: Int64(i))
        }
    }

    /// The same by hand: rows in order, grouped by the floor of their time.
    private static func buckets(_ rows: [TextRow], _ width: Int64) -> [Int64: [Double]] {
        var found: [Int64: [Double]] = [:]
        for row in rows {
            guard let time = row["event_time"].flatMap(Int64.init), let price = row["price"].flatMap(Double.init) else {
                continue
            }
            found[Int64((Double(time) / Double(width)).rounded(.down)) * width, default: []].append(price)
        }
        return found
    }

    @Test(
        "a bucket holds first, last, least, greatest, sum and count of its values",
        arguments: ReadBackend.available, [noon, 0, -noon])
    func buckets(backend: ReadBackend, start: Int64) throws {
        var random = SplitMix64(seed: UInt64(bitPattern: start))
        let batch = try RowBatch(Self.records(&random, around: start, 400))
        let fixture = try ReadFixture(backend, batch)
        defer { withExtendedLifetime(fixture) {} }
        let reader = try fixture.reader()
        for width in [100, 1000, 7777, 60_000, 86_400_000] as [Int64] {
            for isWhole in [true, false] {
                var rows = try StoreQuery(.ticks, of: Self.series, columns: Table.ticks.allColumns)
                if !isWhole { (rows.from, rows.to) = (start - 100_000, start + 111_111) }
                let expected = Self.buckets(ExpectedRows(batch).rows(rows), width)
                let found = try reader.buckets(BucketQuery(rows, column: "price", widthMs: width))
                #expect(found.map(\.start) == expected.keys.sorted(), "\(width)")
                for bucket in found {
                    let prices = try #require(expected[bucket.start])
                    #expect(bucket.count == prices.count && bucket.sum == prices.reduce(0, +))
                    #expect(bucket.first == prices.first && bucket.last == prices.last)
                    #expect(bucket.min == prices.min() && bucket.max == prices.max())
                }
                var some = try BucketQuery(rows, column: "price", widthMs: width)
                some.limit = 3
                #expect(try reader.buckets(some) == Array(found.prefix(3)))
            }
        }
    }

    @Test("series that are far apart are summed up as well as dense ones", arguments: ReadBackend.available)
    func sparse(backend: ReadBackend) throws {
        let times = [-62_135_596_800_000, -5, 0, noon, noon + 86_400_000 * 400, 253_402_300_799_000] as [Int64]
        let records = times.enumerated().map {
            SourceRecord(.trade("\($0)", price: Double($0 + 1), at: $1), offset: Int64($0))
        }
        let fixture = try ReadFixture(backend, RowBatch(records))
        defer { withExtendedLifetime(fixture) {} }
        let reader = try fixture.reader()
        let rows = try StoreQuery(.ticks, of: Self.series, columns: ["event_time"])
        let found = try reader.buckets(BucketQuery(rows, column: "price", widthMs: 60_000))
        #expect(found.map(\.first) == [1, 2, 3, 4, 5, 6])
        #expect(
            found.map(\.start) == [-62_135_596_800_000, -60_000, 0, noon, noon + 86_400_000 * 400, 253_402_300_740_000])
        #expect(try reader.all(rows).compactMap { $0["event_time"] } == times.map(String.init))
    }

    @Test("medians by side are those of all rows, or of a sample that says so", arguments: ReadBackend.available)
    func medians(backend: ReadBackend) throws {
        var random = SplitMix64(seed: 5)
        let batch = try RowBatch(Self.records(&random, around: noon, 1500))
        let fixture = try ReadFixture(backend, batch)
        defer { withExtendedLifetime(fixture) {} }
        let reader = try fixture.reader()
        let rows = try StoreQuery(.ticks, of: Self.series, columns: [])
        var prices: [String: [Double]] = [:]
        for row in ExpectedRows(batch).rows(rows) {
            if let price = row["price"].flatMap(Double.init) { prices[row["side"] ?? "", default: []].append(price) }
        }
        func median(_ side: String) -> Double? {
            let sorted = (prices[side] ?? []).sorted()
            return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
        }
        let all = try reader.sideMedians(of: "price", rows)
        #expect(all.isExact && all.rows == prices.values.reduce(0) { $0 + $1.count })
        #expect(all.buy.median == median("buy") && all.buy.rows == prices["buy"]?.count)
        #expect(all.sell.median == median("sell") && all.sell.sampled == prices["sell"]?.count)
        #expect(all.unknown.median == median(""))
        let exact = try reader.sideMedians(of: "price", rows, exactRows: all.rows)
        #expect(exact == all)
        let some = try reader.sideMedians(of: "price", rows, exactRows: 300)
        #expect(some.sampled == 300 && some.rows == all.rows && !some.isExact)
        #expect(some == (try reader.sideMedians(of: "price", rows, exactRows: 300)))
        // Nothing but the rows decides: the rows with the smallest hashes, found here by sorting them all.
        let sample = ExpectedRows(batch).rows(rows).filter { $0["price"] != nil }
            .sorted { hash($0["_id"] ?? "") < hash($1["_id"] ?? "") }.prefix(300)
        let buys = sample.filter { $0["side"] == "buy" }.compactMap { $0["price"].flatMap(Double.init) }.sorted()
        #expect(some.buy.sampled == buys.count)
        #expect(some.buy.median == (buys[(buys.count - 1) / 2] + buys[buys.count / 2]) / 2)
        let none = try StoreQuery(.ticks, of: Series(source: "x", symbol: "A-B"), columns: [])
        let nothing = try reader.sideMedians(of: "price", none)
        #expect(nothing.rows == 0 && nothing.buy.median == nil && nothing.isExact)
        #expect(throws: StoreError.self) { try reader.sideMedians(of: "trade_id", rows) }
        #expect(throws: StoreError.self) {
            try reader.sideMedians(of: "close", StoreQuery(.windows, of: Self.series, columns: []))
        }
    }

    /// FNV-1a, then the last steps of SplitMix64.
    private func hash(_ text: String) -> UInt64 {
        var hash = text.utf8.reduce(14_695_981_039_346_656_037 as UInt64) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        hash = (hash ^ hash >> 30) &* 13_787_848_793_156_543_929
        hash = (hash ^ hash >> 27) &* 10_723_151_780_598_845_931
        return hash ^ hash >> 31
    }

    @Test("a sample's median is as far from the true one as chance has it, and to neither side")
    func unbiased() throws {
        // Values that go along with time and with the ids' numbers: a sample that followed either would be far off.
        let count = 3000, sample = 301
        var ranks: [Double] = []
        for run in 0..<20 {
            let records = (0..<count).map {
                SourceRecord(
                    .trade("\(run)000000\($0)", price: Double($0 + 1), at: noon + Int64($0)), offset: Int64($0))
            }
            let fixture = try ReadFixture(.sqlite, RowBatch(records))
            defer { withExtendedLifetime(fixture) {} }
            let reader = try fixture.reader()
            let rows = try StoreQuery(.ticks, of: Self.series, columns: [])
            let medians = try reader.sideMedians(of: "price", rows, exactRows: sample)
            ranks.append(try #require(medians.buy.median) / Double(count))
        }
        // A sample's median has a standard deviation of 1 / (2 sqrt(n + 2)) in rank: 0.029 here, of 20 means 0.0065.
        let mean = ranks.reduce(0, +) / Double(ranks.count)
        #expect(abs(mean - 0.5) < 4 * 0.0065)
        #expect(ranks.allSatisfy { abs($0 - 0.5) < 4 * 0.029 })
    }
}
