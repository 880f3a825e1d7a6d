import KafkaClient
import Testing

extension KafkaClientSuite {
    @Suite("topics") struct AdminTests {
        @Test("the embedded broker's topics are listed with their partitions")
        func embeddedTopics() throws {
            let broker = try EmbeddedBroker(brokers: 3)
            try broker.createTopic("a", partitions: 3)
            try broker.createTopic("b", partitions: 12)
            let admin = try KafkaAdmin(broker.configuration, onLog: ignoreLog)
            #expect(try admin.topics(timeoutMs: 20_000) == ["a": 3, "b": 12])
            #expect(try admin.endOffsets(of: [TopicPartition(topic: "b", partition: 11)], timeoutMs: 20_000) == [0])
            #expect(try admin.createTopics([], timeoutMs: 1) == [:])
            #expect {
                try broker.createTopic("a", partitions: 3)
            } throws: { error in
                if case KafkaError.failed = error { true } else { false }
            }
        }

        @Test(
            "where no broker can be reached the error says why",
            arguments: [("127.0.0.1:1", "Connection refused"), ("no..host:9092", "Failed to resolve 'no..host:9092'")])
        func reason(brokers: String, reason: String) throws {
            let admin = try KafkaAdmin(KafkaConfiguration(brokers: brokers), onLog: ignoreLog)
            let error = #expect(throws: KafkaError.self) { _ = try admin.topics(timeoutMs: 500) }
            guard case .retriable(_, _, let words) = error else { throw TestFailure("\(error, default: "none")") }
            #expect(words.contains(brokers) && words.contains(reason))
        }

        @Test("topics are made with their settings, and making them again is no error", .needsKafka)
        func createTopics() throws {
            let name = unique("made")
            let admin = try KafkaAdmin(RealKafka.configuration, onLog: ignoreLog)
            let topic = NewTopic(
                name: name, partitions: 3, configuration: [("message.timestamp.type", "LogAppendTime")])
            #expect(try admin.createTopics([topic], timeoutMs: 20_000) == [:])
            #expect(try admin.createTopics([topic], timeoutMs: 20_000) == [:])
            #expect(try admin.topics(timeoutMs: 20_000)[name] == 3)

            let producer = try KafkaProducer(RealKafka.configuration, onLog: ignoreLog)
            try producer.push(try producer.topic(name), partition: 2, "x")
            #expect(try producer.flush(timeoutMs: 20_000))
            let consumer = try KafkaConsumer(RealKafka.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(topic: name, partition: 2, offset: 0)])
            var isAppendTime: Bool?
            let deadline = Deadline()
            while isAppendTime == nil, !deadline.isOver {
                _ = try consumer.poll(limit: 1, waitMs: 50) { isAppendTime = $0.appendTimeMs != nil }
            }
            #expect(isAppendTime == true)
        }

        @Test(
            "a topic gets partitions and keeps its records; a count that is no growth is refused by name", .needsKafka)
        func createPartitions() throws {
            let name = try RealKafka.makeTopic("grown", partitions: 2)
            let producer = try KafkaProducer(RealKafka.configuration, onLog: ignoreLog)
            try producer.push(try producer.topic(name), partition: 1, "x")
            #expect(try producer.flush(timeoutMs: 20_000))
            let admin = try KafkaAdmin(RealKafka.configuration, onLog: ignoreLog)
            try admin.createPartitions([:], timeoutMs: 1)
            try admin.createPartitions([name: 5], timeoutMs: 20_000)
            let places = (0..<5).map { TopicPartition(topic: name, partition: $0) }
            #expect(try admin.endOffsets(of: places, timeoutMs: 20_000) == [0, 1, 0, 0, 0])
            let error = #expect(throws: KafkaError.self) { try admin.createPartitions([name: 3], timeoutMs: 20_000) }
            #expect(error.map { "\($0)" }?.contains(name) == true)
            let unknown = [TopicPartition(topic: name, partition: 7)]
            #expect {
                _ = try admin.endOffsets(of: unknown, timeoutMs: 20_000)
            } throws: { ($0 as? KafkaError)?.isUnknownPartition == true }
        }

        @Test("the first record that is not older than a time is found, and nothing where all are", .needsKafka)
        func firstOffsets() throws {
            let name = try RealKafka.makeTopic("times")
            let producer = try KafkaProducer(RealKafka.configuration, onLog: ignoreLog)
            for _ in 0..<3 { try producer.push(try producer.topic(name), partition: 0, "x") }
            #expect(try producer.flush(timeoutMs: 20_000))
            let place = TopicPartition(topic: name, partition: 0)
            let admin = try KafkaAdmin(RealKafka.configuration, onLog: ignoreLog)
            #expect(try admin.firstOffsets(since: [(place, 0)], timeoutMs: 20_000) == [0])
            #expect(try admin.firstOffsets(since: [(place, 253_402_300_799_000)], timeoutMs: 20_000) == [nil])
        }

        @Test("a group's members are counted; one that nobody knows has none", .needsKafka)
        func members() throws {
            let group = unique("group")
            let name = try RealKafka.makeTopic("members")
            let admin = try KafkaAdmin(RealKafka.configuration, onLog: ignoreLog)
            #expect(try admin.memberCount(ofGroup: group, timeoutMs: 20_000) == 0)
            let consumer = try KafkaConsumer(RealKafka.configuration, group: group, onLog: ignoreLog)
            try consumer.subscribe([name])
            _ = try consumer.awaitRebalance()
            #expect(try admin.memberCount(ofGroup: group, timeoutMs: 20_000) == 1)
            #expect(consumer.close(timeoutMs: 20_000))
            #expect(try admin.memberCount(ofGroup: group, timeoutMs: 20_000) == 0)
        }

        @Test("a topic that the broker refuses is named with the reason, the others are made", .needsKafka)
        func refusedTopic() throws {
            let good = unique("good")
            let bad = unique("bad")
            let admin = try KafkaAdmin(RealKafka.configuration, onLog: ignoreLog)
            let refused = try admin.createTopics(
                [
                    NewTopic(name: good, partitions: 1),
                    NewTopic(name: bad, partitions: 1, configuration: [("no.such.setting", "1")]),
                ], timeoutMs: 20_000)
            #expect(Array(refused.keys) == [bad])
            guard case .failed(_, _, let reason) = refused[bad] else {
                Issue.record("not a failure: \(String(describing: refused[bad]))")
                return
            }
            #expect(reason.contains("no.such.setting"))
            #expect(try admin.topics(timeoutMs: 20_000)[good] == 1)
        }
    }
}
