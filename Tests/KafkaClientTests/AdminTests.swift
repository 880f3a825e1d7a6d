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
                _ = try consumer.poll(limit: 1, waitMs: 50) { isAppendTime = $0.isAppendTime }
            }
            #expect(isAppendTime == true)
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
