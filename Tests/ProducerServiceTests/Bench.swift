import CryptoCore
import Foundation
import KafkaClient
import ProducerService
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import Testing

/// An embedded broker, a producer on it in a thread, and a reader of what it writes.
final class Bench {
    let broker: EmbeddedBroker
    let report = ServiceReport()
    let context: ServiceContext
    private let configuration: ProducerConfiguration
    private let stop = StopFlag()
    private var thread: System.Thread?

    struct Unusable: Error { let result: String }

    init(_ arguments: [String], broker: EmbeddedBroker? = nil) throws {
        if let broker {
            self.broker = broker
        } else {
            self.broker = try EmbeddedBroker()
            try self.broker.createTopic("crypto.ticks", partitions: 3)
        }
        let result = CommandLineParser.parse(
            ProducerCommand.spec,
            arguments: arguments + [
                "--brokers", self.broker.bootstrap, "--kafka-config", "fetch.wait.max.ms=20",
            ])
        guard case .run(let configuration) = result else { throw Unusable(result: "\(result)") }
        context = ServiceContext(
            service: "producer", configuration.common, stop: stop, log: Log(service: "test", minimum: .error))
        self.configuration = configuration.own
    }

    /// Starts the producer.
    func start(pace: Pace? = nil) {
        let service = ProducerService(context, configuration, report: report, pace: pace)
        thread = System.Thread(name: "producer") { try service.run() }
    }

    /// Whether it is still at work.
    var isRunning: Bool { thread?.isRunning ?? false }

    /// Waits until it ends by itself.
    func waitForEnd(ms: Int64 = 30_000) throws {
        switch thread?.join(ms: ms) {
        case .failed(let error)?: throw error
        case .finished?: break
        default: throw Unusable(result: "still running")
        }
    }

    /// Asks it to stop, as SIGTERM does.
    func requestStop() { stop.request() }

    /// Stops it as SIGTERM does.
    func finish() throws {
        requestStop()
        try waitForEnd(ms: 10_000)
    }

    /// The ticks on the topic, partition by partition, once there are so many; key and header are checked.
    func read(atLeast wanted: Int) throws -> [Tick] { try read { $0.count >= wanted } }

    /// The same once they are what is wanted.
    func read(seconds: Double = 60, until isEnough: ([Tick]) -> Bool) throws -> [Tick] {
        let reader = try KafkaConsumer(broker.configuration, group: nil, onLog: { _, _, _ in })
        try reader.assign(
            (0..<3).map { PartitionOffset(topic: "crypto.ticks", partition: $0, offset: KafkaOffset.beginning) })
        var ticks: [Tick] = []
        let isComplete = try waitUntil(seconds: seconds) {
            _ = try reader.poll(limit: 1000, waitMs: 50) { record in
                guard let value = record.value, let key = record.key, let tick = try? Tick(decoding: value.bytes) else {
                    Issue.record("a record that is no tick")
                    return
                }
                #expect(String(decoding: key, as: UTF8.self) == tick.series.description)
                #expect(record.header("schema").map { String(decoding: $0, as: UTF8.self) } == "tick/1")
                ticks.append(tick)
            }
            return isEnough(ticks)
        }
        #expect(isComplete, "only \(ticks.count)")
        _ = reader.close(timeoutMs: 1_000)
        return ticks
    }
}

/// Every trade that happened is there once, or a gap covers it.
func expectAll(_ happened: [BybitSimulator.Trade], in ticks: [Tick], repeatsAllowed: Bool = false) {
    let ids = ticks.compactMap { $0.trade?.tradeID }
    #expect(repeatsAllowed || Set(ids).count == ids.count)
    let known = Set(ids)
    let gaps = ticks.filter { $0.gap != nil }
    for trade in happened where !known.contains(trade.id) {
        let symbol = trade.symbol == "BTCUSDT" ? "BTC-USDT" : "ETH-USDT"
        let isCovered = gaps.contains { tick in
            tick.series.symbol == symbol && (tick.gap.map { $0.from <= trade.time && trade.time <= $0.to } ?? false)
        }
        #expect(isCovered, "trade \(trade.id) of \(trade.symbol) at \(trade.time) is nowhere; gaps: \(gaps)")
    }
}

extension Tick {
    var trade: Trade? {
        if case .trade(let trade) = kind { return trade }
        return nil
    }

    var gap: Gap? {
        if case .gap(let gap) = kind { return gap }
        return nil
    }
}
