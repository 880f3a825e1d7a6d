import CryptoCore
import KafkaClient
import ServiceKit
import ServiceRuntime
import TestSupport
import Testing

@testable import ProcessorService

@Suite("The processor on the embedded broker", .serialized)
struct ProcessorServiceTests {
    private static let minute: Int64 = 1_763_719_200_000

    @Test("ticks become windows and trends; a stop ends it; hostile records become dead letters")
    func windows() throws {
        let bench = try Bench(["--idle-timeout", "0"])
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        for i in 0..<200 { try bench.send(series, id: "\(i)", at: ProcessorServiceTests.minute + Int64(i) * 1_000) }
        try bench.send(key: "bybit:BTC-USDT", value: "rubbish")
        let records = try bench.read([.tumbling, .trends, .deadLetter], atLeast: 3 + 3 + 1)
        #expect(records[.tumbling]?.count == 3)
        #expect(records[.trends]?.count == 3)
        #expect(records[.deadLetter] == ["rubbish"])
        let counts = try records[.tumbling, default: []].map { text in
            try WindowAggregate(decoding: Array(text.utf8).span.bytes).count
        }
        #expect(counts == [60, 60, 60])
        try bench.finish()
        #expect(bench.report.counts["windows.tumbling"] == 3)
    }

    @Test("a quiet series is closed by the clock once its partition was read to its end")
    func quiet() throws {
        let bench = try Bench(["--idle-timeout", "1s", "--lateness", "0"])
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        // Five seconds before a minute's end: the clock has to go that far.
        try bench.send(series, id: "1", at: ProcessorServiceTests.minute + 57_000)
        let records = try bench.read([.tumbling], atLeast: 1)
        #expect(records[.tumbling]?.count == 1)
        try bench.finish()
    }

    @Test("a record that is too large for a dead letter is named there, and the stream goes on")
    func large() throws {
        let bench = try Bench(["--idle-timeout", "0"])
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        try bench.send(key: series.description, value: String(repeating: "x", count: 1_040_000))
        for i in 0..<70 { try bench.send(series, id: "\(i)", at: ProcessorServiceTests.minute + Int64(i) * 1_000) }
        let records = try bench.read([.tumbling, .deadLetter], atLeast: 2)
        #expect(records[.tumbling]?.count == 1)
        #expect(records[.deadLetter] == [""])
        try bench.finish()
    }

    @Test("--minutes ends it when so many minutes are final")
    func minutes() throws {
        let bench = try Bench(["--idle-timeout", "0", "--minutes", "2"])
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        for i in 0..<200 { try bench.send(series, id: "\(i)", at: ProcessorServiceTests.minute + Int64(i) * 1_000) }
        #expect(waitUntil(seconds: 30) { !bench.thread.isRunning })
        try bench.finish()
    }
}

/// An embedded broker, a processor on it in a thread, and a client that writes ticks and reads what comes out.
private final class Bench {
    let report = ServiceReport()
    private(set) var thread: ServiceThread
    private let broker: EmbeddedBroker
    private let stop = StopFlag()
    private let producer: KafkaProducer
    private let ticks: ProducerTopic

    init(_ arguments: [String]) throws {
        broker = try EmbeddedBroker()
        for topic in Topic.allCases { try broker.createTopic(topic.name(prefix: "crypto"), partitions: 2) }
        var configuration = broker.configuration
        configuration.set("message.max.bytes", to: "2000000")  // another client may be allowed more than ours
        producer = try KafkaProducer(configuration, onLog: { _, _, _ in })
        ticks = try producer.topic("crypto.ticks")
        let result = CommandLineParser.parse(
            ProcessorCommand.spec,
            arguments: arguments + [
                "--brokers", broker.bootstrap, "--kafka-config", "session.timeout.ms=6000", "fetch.wait.max.ms=20",
            ],
            environment: [:], readFile: { _ in .absent })
        guard case .run(let settings) = result else { throw Unusable(result: "\(result)") }
        let context = ServiceContext(
            service: "processor", settings: settings, stop: stop, log: Log(service: "test", minimum: .error))
        let report = report
        thread = ServiceThread(name: "processor") { try ProcessorService(context, report: report).run() }
    }

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
        let complete = try waitUntil(seconds: 30) {
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

    func finish() throws {
        stop.request()
        let outcome = thread.join(ms: 10_000)
        if case .failed(let error) = outcome { throw error }
        guard case .finished = outcome else { throw Unusable(result: "still running") }
    }
}
