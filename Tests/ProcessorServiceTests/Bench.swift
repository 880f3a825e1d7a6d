import CryptoCore
import KafkaClient
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import Testing

@testable import ProcessorService

/// An embedded broker, a processor on it in a thread, and a client that writes ticks and reads what comes out.
final class Bench {
    let report = ServiceReport()
    private(set) var thread: Thread
    let broker: EmbeddedBroker
    let context: ServiceContext
    let configuration: ProcessorConfiguration
    /// Asked by `get`.
    private let monitoring: MonitoringEndpoint
    private let stop = StopFlag()
    /// Requested when the processor may begin.
    let start = StopFlag()
    private let producer: KafkaProducer
    private let ticks: ProducerTopic

    /// - Parameter isStarted: whether the processor runs; else `start` lets it.
    init(_ arguments: [String], isStarted: Bool = true, membership: Membership = .group) throws {
        broker = try EmbeddedBroker()
        try broker.createTopics(Topic.allCases.map { $0.name(prefix: "crypto") }, partitions: 2)
        var kafka = broker.configuration
        kafka.set("message.max.bytes", to: "2000000")  // another client may be allowed more than ours
        producer = try KafkaProducer(kafka, onLog: { _, _, _ in })
        ticks = try producer.topic("crypto.ticks")
        let result = CommandLineParser.parse(
            ProcessorCommand.spec,
            arguments: arguments + [
                "--brokers", broker.bootstrap, "--kafka-config", "session.timeout.ms=6000", "fetch.wait.max.ms=20",
                "--http", "127.0.0.1:0",
            ],
            environment: [:], readFile: { _ in .absent })
        guard case .run(let settings) = result else { throw Unusable(result: "\(result)") }
        configuration = settings.own
        context = ServiceContext(
            service: "processor", settings.common, stop: stop, log: Log(service: "test", minimum: .error))
        let context = context, report = report, stateQuestions = StateQuestions(patienceMs: 500), start = start
        let configuration = configuration
        monitoring = try MonitoringEndpoint(context, routes: stateQuestions.routes(context))
        thread = Thread(name: "processor") {
            start.wait()
            try ProcessorService(
                context, configuration, report: report, stateQuestions: stateQuestions, membership: membership
            ).run()
        }
        if isStarted { start.request() }
    }

    /// What the processor's port answers: status and body.
    func get(_ path: String) throws -> (status: Int, body: String) { try monitoring.get(path) }

    struct Unusable: Error { let result: String }

    func send(_ series: Series, id: String, at time: Int64) throws {
        let tick = Tick(
            series: series, kind: .trade(Tick.Trade(tradeID: id, price: 100, quantity: 1, side: .buy)),
            eventTime: time, ingestTime: time)
        try send(key: series.description, value: String(decoding: tick.encoded(), as: UTF8.self))
    }

    func send(key: String, value: String) throws {
        while !(try producer.produce(topic: ticks, key: Array(key.utf8), value: Array(value.utf8))) {
            producer.serve(waitMs: 10)
        }
    }

    /// What lies on the topics once there are so many records in all.
    func read(_ topics: [Topic], atLeast wanted: Int) throws -> [Topic: [String]] {
        _ = try producer.flush(timeoutMs: 5_000)
        let reader = try KafkaConsumer(broker.configuration, group: nil, onLog: { _, _, _ in })
        try reader.assign(
            topics.flatMap { topic in
                (0..<2).map {
                    PartitionOffset(topic: topic.name(prefix: "crypto"), partition: $0, offset: KafkaOffset.beginning)
                }
            })
        var found: [Topic: [String]] = [:]
        let complete = try waitUntil(seconds: 60) {
            _ = try reader.poll(limit: 100, waitMs: 50) { record in
                let name = reader.topicNames[record.topicID]
                guard let topic = topics.first(where: { $0.name(prefix: "crypto") == name }) else { return }
                found[topic, default: []].append(record.value.map { String(decoding: $0, as: UTF8.self) } ?? "")
            }
            return found.values.reduce(0) { $0 + $1.count } >= wanted
        }
        #expect(complete, "only \(found)")
        _ = reader.close(timeoutMs: 1_000)
        return found
    }

    /// Behind the last record of each partition.
    func ends(of topic: Topic) throws -> [Int64] {
        let places = (0..<2).map { TopicPartition(topic: context.topic(topic), partition: $0) }
        return try KafkaAdmin(broker.configuration, onLog: { _, _, _ in }).endOffsets(of: places, timeoutMs: 20_000)
    }

    func finish() throws {
        stop.request()
        start.request()
        monitoring.close()
        let outcome = thread.join(ms: 10_000)
        if case .failed(let error) = outcome { throw error }
        guard case .finished = outcome else { throw Unusable(result: "still running") }
    }
}

extension MonitoringEndpoint {
    /// Asks with curl, which prints the body, and the status on a line of its own.
    func ask(_ path: String) throws -> TestSupport.ChildProcess {
        try TestSupport.ChildProcess("curl", ["-s", "-w", "\n%{http_code}", "http://127.0.0.1:\(port)\(path)"])
    }

    /// The status and body of an answer.
    func get(_ path: String) throws -> (status: Int, body: String) {
        let lines = try ask(path).wait(seconds: 10).output.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }
}
