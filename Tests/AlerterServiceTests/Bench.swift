import CryptoCore
import Foundation
import KafkaClient
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import Testing

@testable import AlerterService

/// An embedded broker, an alerter on it in a thread, and a client that writes records and reads alerts.
final class Bench {
    static let minute: Int64 = 1_763_719_200_000

    let broker: EmbeddedBroker
    let http: AlerterHTTP
    let context: ServiceContext
    private let monitoring: MonitoringEndpoint
    /// Where it answers over HTTP.
    var port: UInt16 { monitoring.port }
    private let stop = StopFlag()
    private let thread: System.Thread
    private let producer: KafkaProducer
    private var topics: [Topic: ProducerTopic] = [:]

    /// - Parameters:
    ///   - rules: the elements of a group's `rules`, as JSON.
    ///   - arguments: further ones of the command line.
    init(_ rules: String, _ arguments: [String] = [], membership: Membership = .group) throws {
        broker = try EmbeddedBroker()
        try broker.createTopics(Topic.allCases.map { $0.name(prefix: "crypto") }, partitions: 2)
        producer = try KafkaProducer(broker.configuration, onLog: { _, _, _ in })
        let result = CommandLineParser.parse(
            AlerterCommand.spec,
            arguments: [
                "--rules", try Bench.file(rules).path, "--from", "beginning", "--brokers", broker.bootstrap,
                "--kafka-config", "session.timeout.ms=6000", "fetch.wait.max.ms=20",
                "--http", "127.0.0.1:0",
            ] + arguments, environment: [:], readFile: { _ in .absent })
        guard case .run(let settings) = result else { throw Unusable(result: "\(result)") }
        context = ServiceContext(
            service: "alerter", settings.common, stop: stop, log: Log(service: "test", minimum: .error))
        http = AlerterHTTP(settings.own.notifiers, rules: settings.own.rules)
        monitoring = try MonitoringEndpoint(context, routes: http.routes(context))
        let (context, http, configuration) = (context, http, settings.own)
        thread = System.Thread(name: "alerter") {
            try AlerterService(context, configuration, http: http, membership: membership).run()
        }
    }

    struct Unusable: Error { let result: String }

    /// A rules file of one group, in a folder of its own.
    static func file(_ rules: String) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("alerter-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appendingPathComponent("rules.json")
        try Data(#"{"groups":[{"name":"test","rules":[\#(rules)]}]}"#.utf8).write(to: file)
        return file
    }

    /// Writes a final minute of a market: its close, and its volume.
    func sendMinute(_ symbol: String, _ number: Int64, close: Double, volume: Double = 1) throws {
        var window = WindowAggregate()
        window.series = Series(source: "bybit", symbol: symbol)
        window.windowStart = Bench.minute + number * 60_000
        window.windowEnd = window.windowStart + 60_000
        (window.firstTime, window.lastTime) = (window.windowStart, window.windowStart)
        (window.isFinal, window.count, window.volume) = (true, 1, volume)
        (window.open, window.high, window.low, window.close) = (close, close, close, close)
        window.averagePrice = close
        var json = JSONWriter()
        window.encode(into: &json)
        try send(.tumbling, key: window.series.description, value: json.bytes)
    }

    func send(_ topic: Topic, key: String, value: [UInt8]) throws {
        let place = try topics[topic] ?? producer.topic(topic.name(prefix: "crypto"))
        topics[topic] = place
        while !(try producer.produce(topic: place, key: Array(key.utf8), value: value)) {
            producer.serve(waitMs: 10)
        }
    }

    /// The alerts that were written, once there are so many.
    func alerts(atLeast wanted: Int) throws -> [Alert] {
        _ = try producer.flush(timeoutMs: 5_000)
        let reader = try KafkaConsumer(broker.configuration, group: nil, onLog: { _, _, _ in })
        try reader.assign(
            (0..<2).map { PartitionOffset(topic: "crypto.alerts", partition: $0, offset: KafkaOffset.beginning) })
        var found: [Alert] = []
        let isComplete = try waitUntil(seconds: 60) {
            _ = try reader.poll(limit: 100, waitMs: 50) { record in
                if let value = record.value?.bytes, let alert = try? Alert(decoding: value) { found.append(alert) }
            }
            return found.count >= wanted
        }
        #expect(isComplete, "only \(found)")
        _ = reader.close(timeoutMs: 1_000)
        return found
    }

    func finish() throws {
        stop.request()
        let outcome = thread.join(ms: 10_000)
        monitoring.close()
        if case .failed(let error) = outcome { throw error }
        guard case .finished = outcome else { throw Unusable(result: "still running") }
    }
}
