import KafkaClient
import TestSupport
import Testing

extension KafkaClientSuite {
    @Suite("producer and consumer") struct ProduceConsumeTests {
        struct Sent: Equatable {
            var partition: Int32
            var key: [UInt8]?
            var value: [UInt8]?
            var headers: [(name: String, value: [UInt8])]

            static func == (a: Sent, b: Sent) -> Bool {
                a.partition == b.partition && a.key == b.key && a.value == b.value
            }

            static func random(using rng: inout SplitMix64) -> Sent {
                func bytes(_ limit: Int) -> [UInt8]? {
                    switch UInt8.random(in: 0..<8, using: &rng) {
                    case 0: return nil
                    case 1: return []
                    default:
                        let count = Int.random(in: 1...limit, using: &rng)
                        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &rng) }
                    }
                }
                let names = ["schema", "error", "a name longer than fifteen bytes", "schema"]
                let headers = (0..<Int.random(in: 0...3, using: &rng)).map {
                    (name: names[$0], value: bytes(30) ?? [])
                }
                return Sent(
                    partition: Int32.random(in: 0..<4, using: &rng), key: bytes(20), value: bytes(2000),
                    headers: headers)
            }
        }

        @Test(
            "every record is consumed once, in order within its partition, byte for byte",
            arguments: [UInt64(1), 2], ["embedded", "Kafka"])
        func roundTrip(seed: UInt64, broker: String) throws {
            var rng = SplitMix64(seed: seed)
            let embedded = try EmbeddedBroker()
            let isReal = broker == "Kafka"
            if isReal && RealKafka.bootstrap == nil {
                print("skipped: KAFKA_BOOTSTRAP names no Apache Kafka")
                return
            }
            let configuration = isReal ? RealKafka.configuration : embedded.configuration
            let name = isReal ? try RealKafka.makeTopic("round-trip", partitions: 4) : "round-trip"
            if !isReal { try embedded.createTopic(name, partitions: 4) }

            let sent = (0..<3000).map { _ in Sent.random(using: &rng) }
            let producer = try KafkaProducer(configuration, onLog: ignoreLog)
            let topic = try producer.topic(name)
            for record in sent {
                let headers = record.headers.isEmpty ? nil : RecordHeaders(record.headers)
                try producer.push(
                    topic, partition: record.partition, key: record.key, value: record.value, headers: headers)
            }
            #expect(try producer.flush(timeoutMs: 20_000))
            #expect(producer.delivered == 3000)
            #expect(producer.failed == 0)
            #expect(producer.unacknowledged == 0)

            let consumer = try KafkaConsumer(configuration, group: nil, onLog: ignoreLog)
            try consumer.assign(
                (0..<4).map { PartitionOffset(topic: name, partition: $0, offset: KafkaOffset.beginning) })
            let limit = Int.random(in: 1...700, using: &rng)
            let received = try consumer.read(sent.count, limit: limit)
            #expect(received.count == sent.count)
            for partition in Int32(0)..<4 {
                let mine = received.filter { $0.partition == partition }
                let theirs = sent.filter { $0.partition == partition }
                #expect(mine.map(\.offset) == mine.indices.map(Int64.init))
                #expect(mine.map(\.key) == theirs.map(\.key))
                #expect(mine.map(\.value) == theirs.map(\.value))
                #expect(mine.map(\.headers) == theirs.map { $0.headers.map { "\($0.name)=\($0.value)" } })
            }
            #expect(consumer.staleRecords == 0)
        }

        @Test("the delivery report of a record carries its tag, partition and offset")
        func deliveryReports() throws {
            let broker = try EmbeddedBroker()
            try broker.createTopic("t", partitions: 2)
            var reports: [Delivery] = []
            let producer = try KafkaProducer(broker.configuration, onLog: ignoreLog) { reports.append($0) }
            let topic = try producer.topic("t")
            for tag in UInt64(0)..<10 {
                try producer.push(topic, partition: Int32(tag % 2), key: nil, value: [1], tag: tag << 40 | tag)
            }
            #expect(try producer.flush(timeoutMs: 20_000))
            #expect(Set(reports.map(\.tag)) == Set((UInt64(0)..<10).map { $0 << 40 | $0 }))
            for report in reports {
                #expect(report.error == nil)
                #expect(report.partition == Int32(report.tag % 2))
            }
            #expect(reports.filter { $0.partition == 1 }.map(\.offset).sorted() == [0, 1, 2, 3, 4])
        }

        @Test("a key lies in the partition that murmur2 gives it")
        func keyedPartition() throws {
            let broker = try EmbeddedBroker()
            try broker.createTopic("t", partitions: 5)
            var partitions: [UInt64: Int32] = [:]
            let producer = try KafkaProducer(broker.configuration, onLog: ignoreLog) {
                partitions[$0.tag] = $0.partition
            }
            let topic = try producer.topic("t")
            let keys = (0..<50).map { "bybit:COIN\($0)-USDT" }
            for (tag, key) in keys.enumerated() {
                try producer.push(topic, key: Array(key.utf8), value: [], tag: UInt64(tag))
            }
            #expect(try producer.flush(timeoutMs: 20_000))
            for (tag, key) in keys.enumerated() {
                #expect(partitions[UInt64(tag)] == partition(forKey: key, count: 5))
            }
        }

        @Test("a full queue returns false; serving and trying again loses nothing and keeps the order")
        func fullQueue() throws {
            let broker = try EmbeddedBroker()
            try broker.createTopic("t", partitions: 1)
            var configuration = broker.configuration
            configuration.set("queue.buffering.max.messages", to: "10", for: .producer)
            try broker.setReachable(false)
            let producer = try KafkaProducer(configuration, onLog: ignoreLog)
            let topic = try producer.topic("t")
            var taken = 0
            while taken < 100, try producer.produce(topic: topic, partition: 0, key: nil, value: [UInt8(taken)]) {
                taken += 1
            }
            #expect(taken == 10)
            #expect(try !producer.flush(timeoutMs: 50))
            #expect(producer.unacknowledged >= 10)
            try broker.setReachable(true)
            for value in UInt8(taken)..<100 { try producer.push(topic, partition: 0, key: nil, value: [value]) }
            #expect(try producer.flush(timeoutMs: 20_000))

            let consumer = try KafkaConsumer(configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(topic: "t", partition: 0, offset: 0)])
            #expect(try consumer.read(100).map(\.value) == (0..<100).map { [UInt8($0)] })
        }

        @Test("a record that can never be taken is refused with the reason")
        func tooLarge() throws {
            let broker = try EmbeddedBroker()
            let producer = try KafkaProducer(broker.configuration, onLog: ignoreLog)
            let topic = try producer.topic("t")
            let bytes = [UInt8](repeating: 0, count: 2_000_000)
            #expect {
                _ = try producer.produce(topic: topic, partition: 0, key: nil, value: bytes)
            } throws: { error in
                if case KafkaError.failed = error { true } else { false }
            }
        }

        @Test("a topic has one handle, however often it is asked for")
        func topicHandles() throws {
            let broker = try EmbeddedBroker()
            let producer = try KafkaProducer(broker.configuration, onLog: ignoreLog)
            let first = try producer.topic("a")
            let other = try producer.topic("b")
            #expect(first != other)
            #expect(try producer.topic("a") == first)
        }

        @Test("headers are found by name")
        func headers() throws {
            let broker = try EmbeddedBroker()
            try broker.createTopic("t", partitions: 1)
            let producer = try KafkaProducer(broker.configuration, onLog: ignoreLog)
            let headers = RecordHeaders([(name: "schema", text: "tick/1"), (name: "empty", text: "")])
            try producer.push(try producer.topic("t"), partition: 0, key: nil, value: [1], headers: headers)
            #expect(try producer.flush(timeoutMs: 20_000))
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(topic: "t", partition: 0, offset: 0)])
            let deadline = Deadline()
            var seen = false
            while !seen, !deadline.isOver {
                _ = try consumer.poll(limit: 10, waitMs: 50) { record in
                    seen = true
                    #expect(record.header("schema").map { Array($0) } == Array("tick/1".utf8))
                    #expect(record.header("empty").map { Array($0) } == [])
                    #expect(record.header("absent") == nil)
                    #expect(record.timestampMs > 0)
                }
            }
            #expect(seen)
        }

        @Test("log lines come through the closure, on the thread that serves")
        func logs() throws {
            var lines: [String] = []
            let configuration = KafkaConfiguration(brokers: "127.0.0.1:1", overrides: [("log_level", "7")])
            let producer = try KafkaProducer(configuration) { level, facility, text in
                lines.append("\(level) \(facility) \(text)")
            }
            let deadline = Deadline()
            while lines.isEmpty || producer.lastProblem == nil, !deadline.isOver { producer.serve(waitMs: 50) }
            #expect(!lines.isEmpty)
            guard case .retriable = producer.lastProblem else {
                Issue.record(
                    "an unreachable broker is no retriable problem: \(String(describing: producer.lastProblem))")
                return
            }
        }
    }
}
