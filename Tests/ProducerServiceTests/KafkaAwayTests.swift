import CryptoCore
import Foundation
import KafkaClient
import ProducerService
import ServiceKit
import ServiceRuntime
import Synchronization
import TestSupport
import TestTraits
import Testing

@Suite("While Kafka is away", .waiting)
struct KafkaAwayTests {
    private static let sample = "config/sample/binance-spot-btcusdt-20230405.txt"

    /// A live source of about `trades` trades on the simulator, and what of Kafka's client is small.
    private func arguments(_ server: LoopbackServer, _ more: [String] = []) -> [String] {
        [
            "--source", "bybit", "--symbols", "BTC", "--endpoint", "bybit=\(server.url("/"))", "--kafka-config",
            "queue.buffering.max.messages=500",
        ] + more
    }

    private func metric(_ bench: Bench, _ name: String) -> Double {
        let line = bench.context.metrics.render().split(separator: "\n").first { $0.hasPrefix("cryptostream_\(name){") }
        return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) } ?? -1
    }

    @Test("a replay waits, a live feed's ticks wait in memory and on the disk, and nothing is lost")
    func nothingLost() throws {
        let simulator = BybitSimulator(symbols: ["BTCUSDT"], endings: [.stay], tradesEach: 6_000)
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        let bench = try Bench([
            "--source", "bybit", "replay", "--symbols", "BTC", "--endpoint", "bybit=\(server.url("/"))", "--speed",
            "max", "--file", Self.sample, "--kafka-config", "queue.buffering.max.messages=500",
        ])
        // The broker goes away as soon as the first recorded trade is about to be sent.
        let isAway = Atomic(false)
        bench.start(pace: { [broker = Broker(bench.broker)] _, _ in
            if !isAway.exchange(true, ordering: .relaxed) { broker.setReachable(false) }
            return true
        })
        #expect(waitUntil(seconds: 60) { simulator.isAtEnd })
        #expect(waitUntil(seconds: 60) { bench.context.health.reasons["delivery-replay"] != nil })
        #expect(waitUntil(seconds: 60) { metric(bench, "producer_buffered_ticks") > 0 })
        #expect(
            waitUntil(seconds: 60) {
                bench.context.health.reasons["delivery-bybit"]?.contains("ticks wait for Kafka (") ?? false
            })
        try bench.broker.setReachable(true)
        #expect(waitUntil(seconds: 60) { bench.context.health.reasons.keys.allSatisfy { !$0.hasPrefix("delivery") } })
        let happened = simulator.happened
        let ticks = try bench.read(seconds: 60) { ticks in
            ticks.count { $0.series.source == "binance" } == 1686
                && ticks.contains { $0.trade?.tradeID == happened.last?.id }
        }
        #expect(waitUntil(seconds: 60) { metric(bench, "producer_buffered_ticks") == 0 })
        #expect(metric(bench, "producer_buffered_bytes") == 0 && metric(bench, "producer_lost_ticks_total") == 0)
        try bench.finish()
        #expect(ticks.count { $0.series.source == "binance" } == 1686)
        let live = ticks.filter { $0.series.source == "bybit" }
        expectAll(happened, in: live)
        let ids = live.compactMap { $0.trade.flatMap { Int($0.tradeID) } }
        #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 }, "order")
        #expect(!ticks.contains { $0.gap?.reason == "overflow" })
    }

    @Test("a live feed whose buffer is full drops ticks, and a gap behind the buffered ones says so")
    func overflow() throws {
        let simulator = BybitSimulator(symbols: ["BTCUSDT"], endings: [.trickle], tradesEach: 8_000)
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        let bench = try Bench(arguments(server, ["--buffer", "0"]))
        bench.start()
        #expect(waitUntil(seconds: 60) { (bench.report.counts["ticks"] ?? 0) > 0 })
        try bench.broker.setReachable(false)
        #expect(waitUntil(seconds: 60) { simulator.isAtEnd })
        #expect(waitUntil(seconds: 60) { metric(bench, "producer_lost_ticks_total") > 100 })
        try bench.broker.setReachable(true)
        let ticks = try bench.read(seconds: 60) { ticks in
            guard let gap = ticks.firstIndex(where: { $0.gap?.reason == "overflow" }) else { return false }
            return ticks[gap...].contains { $0.trade != nil }
        }
        try bench.finish()
        #expect(metric(bench, "producer_buffered_ticks") == 0)
        // What happened after the last tick that was read belongs to the next start's gap.
        let last = ticks.compactMap { $0.trade == nil ? nil : $0.eventTime }.max() ?? 0
        expectAll(simulator.happened.filter { $0.time < last }, in: ticks)
        let index = try #require(ticks.firstIndex { $0.gap?.reason == "overflow" })
        let before = ticks[..<index].compactMap { $0.trade == nil ? nil : $0.eventTime }
        #expect(ticks[index].gap?.from == before.max(), "the gap begins with the last tick that was kept")
    }

    @Test("a stop with Kafka away says how many ticks it leaves behind; the next start's gap covers them")
    func undelivered() throws {
        let simulator = BybitSimulator(symbols: ["BTCUSDT"], endings: [.trickle], tradesEach: 3_000)
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        let first = try Bench(arguments(server))
        first.start()
        #expect(waitUntil(seconds: 60) { (first.report.counts["ticks"] ?? 0) > 0 })
        try first.broker.setReachable(false)
        #expect(waitUntil(seconds: 60) { simulator.isAtEnd })
        #expect(waitUntil(seconds: 60) { metric(first, "producer_buffered_ticks") > 0 })
        #expect { try first.finish() } throws: { error in
            "\(error)".contains("ticks could not be delivered to Kafka")
                && (error as? UndeliveredTicks)?.count ?? 0 > 100
        }
        let happened = simulator.happened
        try first.broker.setReachable(true)

        let second = try Bench(arguments(server), broker: first.broker)
        second.start()
        let ticks = try second.read(seconds: 60) { ticks in
            guard let gap = ticks.lastIndex(where: { $0.gap?.reason == "start" }) else { return false }
            return gap > 0 && ticks[gap...].contains { $0.trade != nil }
        }
        try second.finish()
        expectAll(happened, in: ticks, repeatsAllowed: true)
    }

    @Test("a stop says how many ticks did not get out: those that wait, were dropped and were refused, to the tick")
    func everyTick() throws {
        let simulator = BybitSimulator(symbols: ["BTCUSDT"], endings: [.trickle], tradesEach: 6_000)
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        let bench = try Bench(arguments(server, ["--buffer", "0"]))
        // MSG_SIZE_TOO_LARGE
        bench.broker.failNext(apiKey: 0, with: [10])
        bench.start()
        #expect(waitUntil(seconds: 60) { (bench.report.counts["ticks"] ?? 0) > 0 })
        #expect(waitUntil(seconds: 60) { (bench.report.counts["refused"] ?? 0) > 0 })
        try bench.broker.setReachable(false)
        #expect(waitUntil(seconds: 60) { metric(bench, "producer_lost_ticks_total") > 100 })
        let error = #expect(throws: UndeliveredTicks.self) { try bench.finish() }
        let delivered = Int(bench.report.counts["ticks"] ?? 0)
        #expect(error?.count == Int(metric(bench, "producer_ticks_total")) - delivered)
        #expect(error?.count ?? 0 > Int(metric(bench, "producer_lost_ticks_total")))
    }

    @Test("a client that comes to an end is replaced, and the new one gets what was not acknowledged")
    func replaced() throws {
        let simulator = BybitSimulator(symbols: ["BTCUSDT"], endings: [.stay], tradesEach: 2_000)
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        let bench = try Bench(arguments(server))
        // Produce: the broker does not know the sequence any more (OUT_OF_ORDER_SEQUENCE_NUMBER); librdkafka ends.
        bench.broker.failNext(apiKey: 0, with: [45])
        bench.start()
        #expect(waitUntil(seconds: 60) { simulator.isAtEnd })
        let happened = simulator.happened
        let ticks = try bench.read(seconds: 60) { $0.contains { $0.trade?.tradeID == happened.last?.id } }
        #expect(bench.isRunning)
        bench.broker.failNext(apiKey: 0, with: [45])
        try bench.finish()
        expectAll(happened, in: ticks)
    }

    @Test("clients that never deliver anything are given up: the error ends the service")
    func givenUp() throws {
        let simulator = BybitSimulator(symbols: ["BTCUSDT"], endings: [.trickle], tradesEach: 10)
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        let bench = try Bench(arguments(server))
        bench.broker.failNext(apiKey: 0, with: [Int32](repeating: 45, count: 100))
        bench.start()
        #expect { try bench.waitForEnd(ms: 60_000) } throws: { error in
            if case .fatal? = error as? KafkaError { true } else { false }
        }
    }

    @Test("a record that Kafka refuses for good leaves a gap")
    func refused() throws {
        let simulator = BybitSimulator(symbols: ["BTCUSDT"], endings: [.trickle], tradesEach: 50)
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        let bench = try Bench(arguments(server))
        // MSG_SIZE_TOO_LARGE
        bench.broker.failNext(apiKey: 0, with: [10])
        bench.start()
        let ticks = try bench.read(seconds: 60) { ticks in
            guard let gap = ticks.firstIndex(where: { $0.gap?.reason == "overflow" }) else { return false }
            return ticks[gap...].contains { $0.trade != nil }
        }
        try bench.finish()
        let last = ticks.compactMap { $0.trade == nil ? nil : $0.eventTime }.max() ?? 0
        expectAll(simulator.happened.filter { $0.time < last }, in: ticks)
    }

    @Test(
        "records that Kafka refuses for good hold up no replay, be they the first of many or all",
        arguments: [4, 1_000])
    func refusedOfReplay(requests: Int) throws {
        let bench = try Bench([
            "--source", "replay", "--speed", "max", "--file", Self.sample, "--kafka-config",
            "queue.buffering.max.messages=100",
        ])
        bench.broker.failNext(apiKey: 0, with: [Int32](repeating: 10, count: requests))
        bench.start()
        // What is refused behind the last tick is in no gap.
        do { try bench.waitForEnd(ms: 20_000) } catch is UndeliveredTicks {}
        let (ticks, refused) = (bench.report.counts["ticks"] ?? 0, bench.report.counts["refused"] ?? 0)
        #expect(ticks + refused == 1_686 && refused >= 100, "\(ticks) and \(refused)")
    }
}

/// The faults of a broker are safe to ask for from any thread.
private struct Broker: @unchecked Sendable {
    private let broker: EmbeddedBroker

    init(_ broker: EmbeddedBroker) { self.broker = broker }

    func setReachable(_ isReachable: Bool) { try? broker.setReachable(isReachable) }
}
