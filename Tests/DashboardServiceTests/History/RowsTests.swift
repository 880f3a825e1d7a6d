import CryptoCore
import Foundation
import Storage
import TestSupport
import TestTraits
import Testing

@testable import DashboardService

@Suite("Rows of the store over HTTP", .waiting)
struct RowsTests {
    private static let noon = SeededStore.noon
    private static let name = escaped(SeededStore.series.description)

    private static func trades(_ count: Int64) -> [Tick] {
        (0..<count).map {
            .trade("\($0)", price: 100 + Double($0), side: $0 % 2 == 0 ? .buy : .sell, at: noon + $0 / 3)
        }
    }

    @Test("page by page all rows come, each once", arguments: StoreKind.available, ["newest", "oldest"])
    func pages(kind: StoreKind, order: String) throws {
        let store = try SeededStore(kind)
        try store.write(Self.trades(95))
        let running = try RunningHistory(store.location)
        var ids: [String] = []
        var after = ""
        repeat {
            let page = try running.json(
                "/api/rows/ticks?series=\(Self.name)&columns=trade_id,event_time&order=\(order)&limit=10\(after)")
            #expect(page["columns"] as? [String] == ["trade_id", "event_time"])
            ids += page.column("trade_id") as? [String] ?? []
            after = (page["next"] as? String).map { "&after=\(escaped($0))" } ?? ""
        } while !after.isEmpty
        #expect(Set(ids).count == 95 && ids.count == 95)
        // Of one ms by the bytes of their ids, which here have the same length from 10 on.
        let from10 = ids.compactMap { Int($0) }.filter { $0 >= 12 }
        #expect(from10 == (order == "oldest" ? Array(12..<95) : Array(12..<95).reversed()))
    }

    @Test("rows that match, and only they", arguments: StoreKind.available)
    func match(kind: StoreKind) throws {
        let store = try SeededStore(kind)
        try store.write(Self.trades(10))
        let running = try RunningHistory(store.location)
        let sold = try running.json("/api/rows/ticks?series=\(Self.name)&match=side:sell&columns=side")
        #expect(sold.rows.count == 5)
        let one = try running.json("/api/rows/ticks?series=\(Self.name)&match=side:sell&match=trade_id:3")
        #expect(one.numbers("price") == [103])
        let none = try running.json("/api/rows/ticks?series=\(Self.name)&match=block_trade:true")
        #expect(none.rows.isEmpty && none["next"] is NSNull)
    }

    @Test("CSV is RFC 4180, numbers are as on the topics, and nothing is not the empty text")
    func csv() throws {
        let store = try SeededStore()
        try store.write([.trade("a,\"b\"", price: 100, side: nil, at: Self.noon)])
        let running = try RunningHistory(store.location)
        let answer = try running.answer(
            "/api/rows/ticks?series=\(Self.name)&columns=trade_id,price,quantity,side,event_time&format=csv")
        #expect(answer.body == "trade_id,price,quantity,side,event_time\r\n\"a,\"\"b\"\"\",100.0,0.5,,\(Self.noon)\r\n")
        #expect(answer.head.contains("Content-Type: text/csv; charset=utf-8"))
        #expect(answer.head.contains("Content-Disposition: attachment; filename=\"ticks.csv\""))
    }

    @Test("alerts of all series come as one list, newest first, whatever the page", arguments: StoreKind.available)
    func alerts(kind: StoreKind) throws {
        let store = try SeededStore(kind)
        let alerts = try (0..<30).map { number in
            let json = """
                {"rule":"r","state":"\(number % 2 == 0 ? "firing" : "resolved")","source":"sample",
                "symbol":"C\(number % 3)-USD","as_of":\(Self.noon + Int64(number / 2)),"since":\(Self.noon),"value":1.5,
                "labels":{"severity":"page"},"fingerprint":"00000000000000\(10 + number % 7)"}
                """
            let bytes = Array(json.utf8)
            return try Alert(decoding: bytes.span.bytes)
        }
        try store.write(.alerts, alerts)
        let running = try RunningHistory(store.location)
        var times: [Double] = []
        var ids: Set<String> = []
        var after = ""
        repeat {
            let page = try running.json("/api/rows/alerts?limit=7\(after)")
            times += page.numbers("as_of")
            ids.formUnion(page.column("_id") as? [String] ?? [])
            #expect(page.column("labels").allSatisfy { ($0 as? [String: String]) == ["severity": "page"] })
            after = (page["next"] as? String).map { "&after=\(escaped($0))" } ?? ""
        } while !after.isEmpty
        let expected = Set(alerts.map { "\($0.fingerprint):\($0.state):\($0.asOf)" })
        #expect(ids == expected && times.count == expected.count)
        #expect(times == times.sorted(by: >))
        let one = try running.json("/api/rows/alerts?series=\(escaped("sample:C1-USD"))")
        #expect(one.column("symbol") as? [String] == Array(repeating: "C1-USD", count: one.rows.count))
    }

    @Test("dead letters are read without a series, bytes that are no text as base64")
    func deadLetters() throws {
        let store = try SeededStore()
        var batch = RowBatch(prefix: "crypto")
        let letter = DeadLetter(
            originTopic: "crypto.ticks", originPartition: 1, originOffset: 7, error: "not JSON", service: "processor")
        let (key, value) = (Array("k".utf8), [0xFF, 0x00] as [UInt8])
        batch.appendDeadLetter(
            letter, key: key.span.bytes, value: value.span.bytes,
            origin: RecordOrigin(.deadLetter, partition: 0, offset: 1, timestampMs: Self.noon))
        _ = try #require(store.writer).write(batch, holding: [], now: Self.noon)
        let running = try RunningHistory(store.location)
        let found = try running.json("/api/rows/dead_letters")
        #expect(found.column("key") as? [String] == ["k"])
        #expect(found.column("value") as? [[String: String]] == [["base64": "/wA="]])
        #expect(found.column("error") as? [String] == ["not JSON"])
    }

    @Test("series name the tables that have rows of them; tables say their columns", arguments: StoreKind.available)
    func listing(kind: StoreKind) throws {
        let store = try SeededStore(kind)
        try store.write([.trade("1", Series(source: "x", symbol: "<script>-USD"), at: Self.noon)])
        try store.write(.tumbling, [WindowAggregate.minute(Self.noon)])
        let running = try RunningHistory(store.location)
        let listed = try #require(try running.json("/api/series")["series"] as? [[String: Any]])
        #expect(listed.map { $0["series"] as? String } == ["sample:BTC-USD", "x:<script>-USD"])
        #expect(listed.map { $0["tables"] as? [String] } == [["windows"], ["ticks"]])
        let tables = try #require(try running.json("/api/tables")["tables"] as? [[String: Any]])
        #expect(tables.map { $0["name"] as? String } == Table.allCases.map(\.name.description))
        let windows = try #require(tables.first { $0["name"] as? String == "windows" })
        #expect(windows["rows"] as? Int == 1 && windows["time"] as? String == "window_start")
    }

    @Test("medians are those of the reader, bucket by bucket")
    func medians() throws {
        let store = try SeededStore()
        let prices: [(Double, Side, Int64)] = [
            (1, .buy, 0), (3, .buy, 1), (10, .sell, 2), (7, .buy, 60_000), (5, .sell, 60_001), (6, .sell, 60_002),
        ]
        try store.write(
            prices.enumerated().map { Tick.trade("\($0)", price: $1.0, side: $1.1, at: Self.noon + $1.2) })
        let running = try RunningHistory(store.location)
        let found = try running.json(
            "/api/medians?series=\(Self.name)&from=\(Self.noon)&to=\(Self.noon + 180_000)&step=60000")
        #expect(found.numbers("start") == [Double(Self.noon), Double(Self.noon + 60_000)])
        #expect(found.numbers("buy") == [2, 7] && found.numbers("sell") == [10, 5.5])
        #expect(found.numbers("buy_rows") == [2, 1] && found.column("exact") as? [Bool] == [true, true])
    }

    @Test("the market's changes are those of its final minutes")
    func market() throws {
        let store = try SeededStore()
        let eth = Series(source: "sample", symbol: "ETH-USD")
        try store.write(
            .tumbling,
            [100, 120, 110].enumerated().map {
                WindowAggregate.minute(Self.noon + Int64($0) * 60_000, close: $1)
            })
        try store.write(.tumbling, [WindowAggregate.minute(Self.noon - 86_400_000, eth, close: 5)])
        let running = try RunningHistory(store.location)
        let found = try running.json("/api/market?from=\(Self.noon)&to=\(Self.noon + 600_000)")
        let all = try #require(found["series"] as? [[String: Any]])
        let one = try #require(all.first)
        #expect(all.count == 1 && one["series"] as? String == "sample:BTC-USD")
        #expect(abs((one["change_pct"] as? Double ?? 0) - 10) < 1e-9)
        #expect(one["turnover"] as? Double == 660 && one["count"] as? Int == 9)
        #expect(one["since"] as? Int64 == Self.noon && one["close"] as? Double == 110)
    }
}
