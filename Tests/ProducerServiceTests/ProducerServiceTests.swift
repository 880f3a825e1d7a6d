import CryptoCore
import Feeds
import Foundation
import KafkaClient
import ProducerService
import ServiceKit
import ServiceRuntime
import Synchronization
import TestSupport
import TestTraits
import Testing

@Suite("The producer on the embedded broker", .waiting)
struct ProducerServiceTests {
    private static let sample = SharedData.packageRoot.appendingPathComponent("config/sample").path

    @Test("a replay brings every trade once, in order, and ends by itself")
    func replay() throws {
        let bench = try Bench([
            "--source", "replay", "--speed", "max", "--file", "\(Self.sample)/binance-spot-btcusdt-20230405.txt",
            "\(Self.sample)/bybit-spot-linear-20260809.jsonl",
        ])
        bench.start()
        try bench.waitForEnd()
        #expect(bench.report.counts["ticks"] == 1686 + 148)
        let ticks = try bench.read(atLeast: 1686 + 148)
        let ids = ticks.filter { $0.series.source == "binance" }.compactMap { $0.trade.flatMap { Int64($0.tradeID) } }
        #expect(ids == Array(3_071_245_455...3_071_247_140))
        #expect(ticks.allSatisfy { $0.gap == nil })
        #expect(bench.context.metrics.render().contains("cryptostream_producer_ticks_total{source=\"replay\"} 1834"))
    }

    @Test("several sources run side by side; synthetic trades stop at their count")
    func several() throws {
        let bench = try Bench([
            "--source", "replay", "synthetic", "--speed", "max", "--file",
            "\(Self.sample)/bybit-spot-linear-20260809.jsonl", "--symbols", "BTC", "ETH", "--rate", "100000", "--count",
            "5000",
        ])
        bench.start()
        try bench.waitForEnd()
        let ticks = try bench.read(atLeast: 5148)
        #expect(ticks.count { $0.series.source == "synthetic" } == 5000)
        #expect(Set(ticks.compactMap { $0.trade?.tradeID }).count == 5148)
    }

    @Test("a pace holds a replay back, and nothing is sent without its leave")
    func pace() throws {
        let bench = try Bench([
            "--source", "replay", "--speed", "max", "--file", "\(Self.sample)/binance-spot-btcusdt-20230405.txt",
        ])
        let leave = Mutex(100)
        bench.start(pace: { partition, bytes in
            #expect((0..<3).contains(partition) && bytes > 100)
            return leave.withLock { left in
                guard left > 0 else { return false }
                left -= 1
                return true
            }
        })
        #expect(try bench.read(atLeast: 100).count == 100)
        #expect(bench.isRunning)
        leave.withLock { $0 = 10_000 }
        try bench.waitForEnd()
        #expect(bench.report.counts["ticks"] == 1686)
        #expect(leave.withLock { $0 } == 10_000 - 1586)
    }

    @Test("a stop ends an endless replay at once, with everything delivered that was read")
    func stop() throws {
        let bench = try Bench([
            "--source", "replay", "--speed", "max", "--loop", "--file",
            "\(Self.sample)/bybit-spot-linear-20260809.jsonl",
        ])
        bench.start()
        #expect(waitUntil(seconds: 60) { (bench.report.counts["ticks"] ?? 0) > 1000 })
        try bench.finish()
        let text = bench.context.metrics.render()
        #expect(
            text.contains("cryptostream_producer_ticks_total{source=\"replay\"} \(bench.report.counts["ticks"] ?? 0)"))
    }

    @Test("a feed that does not end in time is an error that says how many ticks were not delivered")
    func hangs() throws {
        let bench = try Bench([
            "--source", "replay", "--speed", "max", "--file", "\(Self.sample)/binance-spot-btcusdt-20230405.txt",
        ])
        let isHanging = Atomic(false)
        let mayGoOn = Atomic(false)
        bench.start(pace: { _, _ in
            isHanging.store(true, ordering: .relaxed)
            return waitUntil(seconds: 60) { mayGoOn.load(ordering: .relaxed) }
        })
        #expect(waitUntil(seconds: 60) { isHanging.load(ordering: .relaxed) })
        bench.requestStop()
        let error = #expect(throws: UndeliveredTicks.self) { try bench.waitForEnd(ms: 20_000) }
        #expect(error?.count ?? 0 > 0)
        mayGoOn.store(true, ordering: .relaxed)
    }

    @Test("Bybit through --endpoint: every trade once or in a gap; a second start goes on from the last tick")
    func bybit() throws {
        let simulator = BybitSimulator(
            symbols: ["BTCUSDT", "ETHUSDT"], endings: [.cut, .rubbish, .stay], tradesEach: 100)
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        let arguments = [
            "--source", "bybit", "--symbols", "bitcoin", "ETH", "--endpoint", "bybit=\(server.url("/sim"))",
        ]
        let first = try Bench(arguments)
        first.start()
        #expect(waitUntil(seconds: 60) { simulator.isAtEnd })
        let last = simulator.happened.last
        let series = Series(source: "bybit", symbol: last?.symbol == "BTCUSDT" ? "BTC-USDT" : "ETH-USDT")
        // What it has not heard when it is stopped is no loss of this run.
        _ = try first.read { ticks in ticks.contains { $0.trade?.tradeID == last?.id } }
        #expect(waitUntil(seconds: 60) { first.context.health.isReady })
        try first.finish()
        let ticks = try first.read(atLeast: Int(first.report.counts["ticks"] ?? 0))
        expectAll(simulator.happened, in: ticks)
        let lastTime = try #require(ticks.last { $0.series == series && $0.gap == nil }).eventTime

        let second = try Bench(arguments, broker: first.broker)
        second.start()
        #expect(waitUntil(seconds: 60) { (second.report.counts["ticks"] ?? 0) > 50 })
        try second.finish()
        let later = try second.read(atLeast: ticks.count + Int(second.report.counts["ticks"] ?? 0))
        let starts = later.filter { $0.series == series && $0.gap?.reason == "start" }.compactMap(\.gap)
        #expect(starts.contains { $0.from == lastTime })
    }

    @Test("a connection that stands and tells of one market is not ready while another is not acknowledged")
    func notAcknowledged() throws {
        let simulator = BybitSimulator(symbols: ["BTCUSDT"], endings: [.silent], tradesEach: 1)
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        let bench = try Bench([
            "--source", "bybit", "--symbols", "BTC", "ETH", "--endpoint", "bybit=\(server.url("/"))",
        ])
        bench.start()
        _ = try bench.read { $0.contains { $0.trade != nil } }
        #expect(bench.context.health.reasons["bybit"] == "not connected yet")
        #expect(
            waitUntil(seconds: 60) { bench.context.health.reasons["subscriptions-bybit"]?.contains("ETH") ?? false })
        #expect(bench.context.health.reasons["bybit"] == nil, "what is not answered is told by itself")
        try bench.finish()
    }

    @Test("CoinGecko through --endpoint: quotes with their start gap, and readiness that says what is wrong")
    func coinGecko() throws {
        let polls = Mutex(0)
        let server = try LoopbackServer { request, connection in
            guard request.path.hasSuffix("/simple/price") else {
                return try connection.reply(404, "no such page")
            }
            polls.withLock { $0 += 1 }
            let seconds = Int64(Date().timeIntervalSince1970) - 20
            try connection.reply(200, #"{"bitcoin":{"usd":60000.5,"last_updated_at":\#(seconds)}}"#)
        }
        defer { server.stop() }
        let bench = try Bench([
            "--symbols", "bitcoin", "ethereum", "--endpoint", "coingecko=\(server.url("/"))",
        ])
        bench.start()
        let ticks = try bench.read(atLeast: 1)
        #expect(waitUntil(seconds: 60) { bench.context.health.isReady })
        try bench.finish()
        let all = ticks.contains { $0.gap == nil } ? ticks : try bench.read(atLeast: 2)
        let quote = try #require(all.first { $0.gap == nil })
        #expect(quote.series.description == "coingecko:BTC-USD")
        #expect(quote.kind == .quote(Tick.Quote(price: 60000.5)))
        #expect(polls.withLock { $0 } == 1)
    }

    @Test("the sample is minutes of history at once, named so that nobody takes it for what an exchange says")
    func sample() throws {
        let bench = try Bench(["--sample"])
        let started = Int64(Date().timeIntervalSince1970 * 1000)
        bench.start()
        // As many as in a lap of all files; one file's second lap may begin before another's first.
        let ticks = try bench.read(seconds: 20) { ticks in
            ticks.count >= 4_526 && Set(ticks.map(\.series.source)).count == 3
        }
        let now = Int64(Date().timeIntervalSince1970 * 1000)
        #expect(Set(ticks.map(\.series.source)) == ["sample-binance", "sample-bybit", "sample-bybit-linear"])
        let times = ticks.map(\.eventTime)
        let (oldest, newest) = try (#require(times.min()), #require(times.max()))
        // One recorder's clock was 1.27 s slow.
        #expect(newest <= now + 1_300 && newest > started - 60_000 && oldest < started - 120_000)
        #expect(bench.isRunning)
        try bench.finish()
    }

    @Test("an exchange that cannot be reached leaves the producer not ready, and a stop ends it")
    func unreachable() throws {
        let bench = try Bench(["--source", "bybit", "--symbols", "BTC", "--endpoint", "bybit=ws://127.0.0.1:1"])
        bench.start()
        #expect(waitUntil(seconds: 60) { bench.context.health.reasons["bybit"]?.contains("connect") ?? false })
        try bench.finish()
    }
}
