import Foundation
import KafkaClient
import Synchronization
import TestSupport
import TestTraits
import Testing

@Suite("Other programs' Kafka clients read the embedded broker", .waiting)
struct ClientTests {
    private static let count = 300

    /// A Python with Tests/requirements.txt, and where an older kafka-python lies beside it.
    private static let hasPython = Servers.python != nil
    private static let olderKafkaPython = ProcessInfo.processInfo.environment["CRYPTO_KAFKA_PYTHON_2"] ?? ""

    /// A thread that serves a proxy until `stop`.
    private final class Port: Sendable {
        private let state = Mutex((address: "", isOver: false))

        init(of bootstrap: String) {
            let thread = Thread { [self] in
                guard let proxy = try? BrokerProxy(of: bootstrap) else { return }
                state.withLock { $0.address = proxy.bootstrap }
                while !state.withLock({ $0.isOver }) { proxy.serve(waitMs: 50) }
            }
            thread.start()
        }

        var address: String { state.withLock { $0.address } }
        func stop() { state.withLock { $0.isOver = true } }
    }

    @Test(
        "all records with their keys and headers, alone and in a group", .enabled(if: hasPython),
        arguments: ["kafka-python", "kafka-python 2", "aiokafka", "confluent-kafka", "kcat"])
    func reads(client: String) throws {
        let isOlder = client.hasSuffix(" 2")
        if isOlder, Self.olderKafkaPython.isEmpty {
            print("skipped: kafka-python 2: CRYPTO_KAFKA_PYTHON_2 names no folder that has it")
            return
        }
        let broker = try EmbeddedBroker()
        let port = Port(of: broker.bootstrap)
        defer { port.stop() }
        try broker.createTopic("t", partitions: 3)
        let written = try write(to: broker)
        #expect(waitUntil(seconds: 10) { !port.address.isEmpty })
        let script = SharedData.packageRoot.appendingPathComponent("Tests/IntegrationTests/read_broker.py").path
        let process = try ChildProcess(
            try #require(Servers.python),
            [script, client.components(separatedBy: " ")[0], port.address, "t", "\(Self.count)"],
            environment: isOlder ? ["PYTHONPATH": Self.olderKafkaPython] : [:])
        let result = try process.wait(seconds: 120)
        #expect(result.status == 0, "\(result.errors.suffix(2000))")
        let lines = result.output.split(separator: "\n").map(String.init)
        for way in ["plain", "group"] {
            let read = lines.filter { $0.hasPrefix("[\"\(way)\"") }.map { $0.dropFirst(way.count + 4) }
            #expect(read.map(String.init).sorted() == written.sorted(), "\(way): \(read.count) records")
        }
    }

    /// Writes as the services do: compressed, with keys and headers. Gives what a client should print of each.
    private func write(to broker: EmbeddedBroker) throws -> [String] {
        let written = Mutex<[String]>([])
        let producer = try KafkaProducer(broker.configuration, onLog: { _, _, _ in }) { report in
            let n = report.tag
            written.withLock {
                $0.append(
                    " \(report.partition), \(report.offset), \"key \(n % 7)\", \"value \(n)\", [[\"schema\", \"tick/1\"]]]"
                )
            }
        }
        let topic = try producer.topic("t")
        let headers = RecordHeaders([(name: "schema", text: "tick/1")])
        for n in 0..<Self.count {
            let isTaken = try producer.produce(
                topic: topic, key: Array("key \(n % 7)".utf8), value: Array("value \(n)".utf8), headers: headers,
                tag: UInt64(n))
            #expect(isTaken)
            // Many small requests, as a quiet stream has them.
            if n % 20 == 0 { #expect(try producer.flush(timeoutMs: 20_000)) }
        }
        #expect(try producer.flush(timeoutMs: 20_000))
        return written.withLock { $0 }
    }
}
