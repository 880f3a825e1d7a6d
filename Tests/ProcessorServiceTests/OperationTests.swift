import CryptoCore
import Foundation
import KafkaClient
import ServiceKit
import System
import TestSupport
import TestTraits
import Testing

@testable import ProcessorService
@testable import ServiceRuntime

@Suite("What the processor's port tells an operator", .waiting)
struct OperationTests {
    private static let minute: Int64 = 1_763_719_200_000
    private static let bitcoin = Series(source: "bybit", symbol: "BTC-USDT")
    private static let ether = Series(source: "bybit", symbol: "ETH-USDT")

    /// What lies under `names` in a JSON object.
    private func member(_ text: String, _ names: String...) throws -> Any? {
        var value: Any? = try JSONSerialization.jsonObject(with: Data(text.utf8))
        for name in names { value = (value as? [String: Any])?[name] }
        return value
    }

    @Test("GET /indicators shows the newest of all series, or of one")
    func indicators() throws {
        let bench = try Bench(["--idle-timeout", "0"])
        for minute in 0..<4 {
            try bench.send(OperationTests.bitcoin, id: "\(minute)", at: OperationTests.minute + Int64(minute) * 60_000)
        }
        try bench.send(OperationTests.ether, id: "1", at: OperationTests.minute)
        func newest(_ path: String) throws -> [[String: Any]] {
            let (status, body) = try bench.get(path)
            guard status == 200 else { return [] }
            return try member(body, "indicators") as? [[String: Any]] ?? []
        }
        #expect(try waitUntil(seconds: 60) { try newest("/indicators").first?["bars"] as? Int == 2 })
        let all = try newest("/indicators")
        #expect(all.map { $0["symbol"] as? String } == ["BTC-USDT"], "of ether no minute is final")
        let one = try newest("/indicators?series=bybit:BTC-USDT")
        #expect(one.first?["as_of"] as? Int64 == OperationTests.minute + 120_000)
        #expect(one.first?["sma_20"] is NSNull)
        #expect(try newest("/indicators?series=bybit:ETH-USDT").isEmpty)
        #expect(try bench.get("/indicators?series=rubbish").status == 400)
        try bench.finish()
    }

    @Test("GET /windows shows the open windows of all series, or of one in detail; /metrics how many there are")
    func openWindows() throws {
        let bench = try Bench(["--idle-timeout", "0"])
        for i in 0..<30 {
            try bench.send(OperationTests.bitcoin, id: "\(i)", at: OperationTests.minute + Int64(i) * 1_000)
        }
        try bench.send(OperationTests.bitcoin, id: "1", at: OperationTests.minute + 1_000)
        try bench.send(OperationTests.ether, id: "1", at: OperationTests.minute + 59_000)
        var all = try bench.get("/windows")
        #expect(
            try waitUntil(seconds: 60) {
                all = try bench.get("/windows")
                return all.body.contains("ETH-USDT") && all.body.contains(#""count":30"#)
            }, "only \(all)")
        #expect(all.status == 200)
        let series = try #require(try member(all.body, "series") as? [[String: Any]])
        #expect(Set(series.compactMap { $0["symbol"] as? String }) == ["BTC-USDT", "ETH-USDT"])
        let first = try #require(series.first { $0["symbol"] as? String == "BTC-USDT" })
        #expect(first["watermark"] as? Int64 == OperationTests.minute + 24_000)
        #expect((first["minutes"] as? [[String: Any]])?.first?["count"] as? Int == 30)
        #expect(first["sliding_windows"] as? Int == 6 && first["sliding"] == nil)
        let partitions = try #require(try member(all.body, "partitions") as? [[String: Any]])
        let counts = partitions.compactMap { $0["counts"] as? [String: Int] }
        #expect(counts.reduce(0) { $0 + $1["read", default: 0] } == 32)
        #expect(counts.reduce(0) { $0 + $1["duplicates", default: 0] } == 1)

        let one = try bench.get("/windows?series=bybit:ETH-USDT")
        let detailed = try #require(try member(one.body, "series") as? [[String: Any]])
        #expect(detailed.count == 1 && (detailed.first?["sliding"] as? [Any])?.count == 6)
        let none = try bench.get("/windows?series=bybit:XRP-USDT")
        #expect(none.status == 200 && none.body.hasSuffix(#""series":[]}"#))
        #expect(try bench.get("/windows?series=rubbish").status == 400)

        // Two open minutes, each with its sliding windows; counted when they are committed.
        let wanted = [
            "open_series 2", "open_windows 14", "series 2", "remembered_ids 31", "partitions 2",
            "duplicates_total 1", "ticks_read_total 32", "ticks_counted_total 31", "aborts_total 0",
        ]
        var metrics = ""
        let isShown = try waitUntil(seconds: 60) {
            metrics = try bench.get("/metrics").body
            return wanted.allSatisfy { metrics.contains("\ncryptostream_processor_\($0)\n") }
        }
        #expect(isShown, "only \(metrics)")
        let lag = metrics.split(separator: "\n").first { $0.hasPrefix("cryptostream_processor_watermark_lag_seconds ") }
        let age = metrics.split(separator: "\n").first { $0.hasPrefix("cryptostream_processor_event_age_seconds ") }
        let lagSeconds = try #require(lag.flatMap { Double($0.split(separator: " ")[1]) })
        let ageSeconds = try #require(age.flatMap { Double($0.split(separator: " ")[1]) })
        // The slowest series is 24 s into the minute, the newest tick 59 s.
        #expect(abs(lagSeconds - ageSeconds - 35) < 0.01)
        try bench.finish()
    }

    @Test("while it restores it is not ready and says so, and has no windows to show; then it is")
    func restoring() throws {
        let bench = try Bench(["--idle-timeout", "0"], isStarted: false)
        try bench.broker.setRoundTrip(ms: 400)
        bench.start.request()
        let isRestoring = waitUntil(seconds: 60) {
            bench.context.health.reasons["state"]?.hasPrefix("restoring") ?? false
        }
        #expect(isRestoring)
        let ready = try bench.get("/health/ready")
        #expect(ready.status == 503)
        #expect(try member(ready.body, "conditions", "state") as? String == "restoring 2 partitions")
        let windows = try bench.get("/windows")
        #expect(windows.status == 503)
        #expect(try member(windows.body, "waiting_for", "state") as? String == "restoring 2 partitions")
        #expect(try bench.get("/health/live").status == 200)
        try bench.broker.setRoundTrip(ms: 0)
        #expect(try waitUntil(seconds: 60) { try bench.get("/health/ready").status == 200 })
        #expect(try waitUntil(seconds: 60) { try bench.get("/windows").status == 200 })
        #expect(try bench.get("/metrics").body.contains("cryptostream_processor_rebalances_total 1\n"))
        try bench.finish()
    }

    @Test("while no broker can be reached it is not ready and says why; then it is again")
    func away() throws {
        let bench = try Bench(["--idle-timeout", "0"])
        #expect(try waitUntil(seconds: 60) { try bench.get("/health/ready").status == 200 })
        try bench.broker.setReachable(false)
        #expect(
            waitUntil(seconds: 60) { bench.context.health.reasons["kafka"]?.contains("Connection refused") ?? false })
        #expect(try bench.get("/health/ready").status == 503)
        try bench.broker.setReachable(true)
        #expect(try waitUntil(seconds: 60) { try bench.get("/health/ready").status == 200 })
        try bench.finish()
    }
}

@Suite("What the processor counts")
struct ProcessorMetricsTests {
    private func core(_ count: Int64) throws -> PartitionWindows {
        var core = PartitionWindows(topic: "crypto.ticks", partition: 1)
        var output = OutputBatch()
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        for i in 0..<count {
            let trade = Tick.Trade(tradeID: "\(i)", price: 100, quantity: 1, side: .buy)
            let tick = Tick(series: series, kind: .trade(trade), eventTime: 1_000 + i, ingestTime: 1_000 + i)
            core.add(
                key: Array(series.description.utf8).span.bytes, value: tick.encoded().span.bytes, offset: i, now: 0,
                into: &output)
        }
        return core
    }

    @Test("what was taken back and done again counts once")
    func aborted() throws {
        let context = try Bench([], isStarted: false).context
        var metrics = ProcessorMetrics(context)
        metrics.committed([nil, try core(10)])
        // Twenty more were read, the transaction was aborted, the state restored: they are read again.
        metrics.assigned(try core(0))
        metrics.committed([nil, try core(25)])
        let text = context.metrics.render()
        #expect(text.contains("\ncryptostream_processor_ticks_read_total 35\n"))
        #expect(text.contains("\ncryptostream_processor_ticks_counted_total 35\n"))
    }

    @Test("what a partition counted before it went and came back counts once")
    func cameBack() throws {
        let context = try Bench([], isStarted: false).context
        var metrics = ProcessorMetrics(context)
        metrics.assigned(try core(0))
        metrics.committed([nil, try core(10)])
        metrics.assigned(try core(10))
        metrics.committed([nil, try core(12)])
        #expect(context.metrics.render().contains("\ncryptostream_processor_ticks_read_total 12\n"))
    }

    @Test("records, state in records and bytes, and what was missed are counted by the loop, written and restored")
    func state() throws {
        let bench = try Bench([], isStarted: false)
        let metrics = StreamMetrics(bench.context)
        var core = try core(10), batch = ChangelogBatch(), content = TransactionContent()
        core.takeChanges(into: &batch)
        content.state.add(batch)
        content.written = [.live: 2, .tumbling: 3]
        content.skipped = 7
        metrics.committed(content)
        content.removeAll()
        content.written = [.live: 1]
        metrics.committed(content)
        var size = ChangelogSize()
        size.add(batch)
        metrics.restored(size)
        metrics.restored(size)
        let text = bench.context.metrics.render()
        #expect(size.records == 4 && size.bytes == batch.bytes.count)
        for (name, value) in [
            ("records_written", 6), ("commits", 2), ("state_records", 4), ("state_bytes", size.bytes),
            ("restored_records", 8), ("restored_bytes", 2 * size.bytes), ("skipped_records", 7),
        ] {
            #expect(text.contains("\ncryptostream_processor_\(name)_total \(value)\n"), "\(name)")
        }
        try bench.finish()
    }
}
