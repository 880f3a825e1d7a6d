import CryptoCore
import KafkaClient
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import TestTraits
import Testing

@testable import PipelineService

@Suite("The gate before the broker inside", .waiting)
struct ReplayGateTests {
    /// A broker with two topics, a gate that watches them, and reports that the test writes.
    private final class Bench {
        let gate = ReplayGate()
        let producer = ServiceReport()
        let reader = ServiceReport()
        let other = ServiceReport()
        private let broker: EmbeddedBroker
        private let client: KafkaProducer
        private let stop = StopFlag()
        private let thread: Thread

        init() throws {
            broker = try EmbeddedBroker()
            try broker.createTopics(["crypto.ticks", "crypto.trends"], partitions: 2)
            client = try KafkaProducer(broker.configuration, onLog: { _, _, _ in })
            let context = ServiceContext(
                service: "pipeline", try configured(["--brokers", broker.bootstrap, "--partitions", "2"]).common,
                stop: stop,
                log: Log(service: "test", minimum: .error))
            thread = Thread(name: "gate") { [gate, producer, reader, other, stop] in
                try gate.watch(
                    context, readers: [.ticks: [reader, other], .trends: [other]], feeds: [producer], until: stop)
            }
        }

        /// Takes ticks until there is none for a while; how many.
        func takeAll() -> Int {
            var count = 0
            while waitUntil(seconds: 0.5, { gate.take() }) { count += 1 }
            return count
        }

        /// Takes a whole grant.
        func takeGrant() -> Bool {
            (0..<ReplayGate.grant).allSatisfy { _ in waitUntil(seconds: 20) { gate.take() } }
        }

        func write(_ count: Int, to topic: String, partition: Int32) throws {
            let topic = try client.topic(topic)
            for _ in 0..<count {
                while !(try client.produce(topic: topic, partition: partition, key: nil, value: [0])) {
                    client.serve(waitMs: 10)
                }
            }
            #expect(try client.flush(timeoutMs: 20_000))
        }

        func read(_ topic: String, _ offset: Int64, by reports: ServiceReport...) {
            for report in reports {
                report.noteRead([PartitionOffset(topic: topic, partition: 1, offset: offset)])
            }
        }

        func finish() throws {
            stop.request()
            guard case .finished = thread.join(ms: 10_000) else { throw Unusable(result: "the gate did not end") }
        }
    }

    @Test("ticks that are under way hold it too: no more are granted than may wait, while the broker has none of them")
    func underWay() throws {
        let bench = try Bench()
        #expect(bench.takeAll() == Int(ReplayGate.mostWaiting))
        bench.producer.add(ReplayGate.grant, "refused")
        #expect(bench.takeAll() == ReplayGate.grant)
        try bench.finish()
    }

    @Test("the slowest reader of the fullest partition holds it; who has read, though not stored, lets it go on")
    func slowest() throws {
        let bench = try Bench()
        #expect(bench.takeGrant())
        bench.producer.add(ReplayGate.grant, "ticks")
        try bench.write(Int(ReplayGate.mostWaiting), to: "crypto.ticks", partition: 1)
        #expect(bench.takeAll() == 0)
        bench.read("crypto.ticks", 3_000, by: bench.reader)
        #expect(bench.takeAll() == 0)
        bench.read("crypto.ticks", 1, by: bench.other)
        #expect(bench.takeGrant())
        try bench.finish()
    }

    @Test("a reader that does not read, for want of a model, holds nobody; when it begins it does")
    func waiting() throws {
        let bench = try Bench()
        bench.other.isReading = false
        #expect(bench.takeGrant())
        bench.producer.add(ReplayGate.grant, "ticks")
        try bench.write(Int(ReplayGate.mostWaiting), to: "crypto.ticks", partition: 1)
        bench.read("crypto.ticks", 3_000, by: bench.reader)
        #expect(bench.takeGrant())
        bench.producer.add(ReplayGate.grant, "ticks")
        bench.other.isReading = true
        // Whatever was granted before it was looked at again.
        while bench.takeAll() > 0 { bench.producer.add(ReplayGate.grant, "ticks") }
        bench.read("crypto.ticks", 3_000, by: bench.other)
        #expect(bench.takeGrant())
        try bench.finish()
    }

    @Test("topics that are made of ticks hold it as well")
    func outputs() throws {
        let bench = try Bench()
        try bench.write(Int(ReplayGate.mostWaiting), to: "crypto.trends", partition: 1)
        #expect(bench.takeAll() == 0)
        bench.read("crypto.trends", 3_000, by: bench.other)
        #expect(bench.takeGrant())
        try bench.finish()
    }

    @Test("nothing is granted that nobody wants, and it stops when it is told to")
    func idle() throws {
        let bench = try Bench()
        try bench.finish()
        #expect(!bench.gate.take())
    }
}
