import KafkaClient
import Testing

extension KafkaClientSuite {
    @Suite("transactions") struct TransactionTests {
        // MARK: Errors, on the embedded broker

        static func begun(_ broker: EmbeddedBroker) throws -> KafkaProducer {
            let producer = try KafkaProducer(broker.configuration, transactionalID: "id", onLog: ignoreLog)
            try producer.initTransactions(timeoutMs: 20_000)
            try producer.beginTransaction()
            return producer
        }

        static func brokerWithTopic() throws -> EmbeddedBroker {
            let broker = try EmbeddedBroker()
            try broker.createTopic("t", partitions: 1)
            return broker
        }

        @Test("a call that ran out of time is retriable, and the same call works when the broker is back")
        func retriable() throws {
            let broker = try Self.brokerWithTopic()
            try broker.setReachable(false)
            let producer = try KafkaProducer(broker.configuration, transactionalID: "id", onLog: ignoreLog)
            #expect {
                try producer.initTransactions(timeoutMs: 300)
            } throws: { error in
                if case KafkaError.retriable("rd_kafka_init_transactions", _, _) = error { true } else { false }
            }
            try broker.setReachable(true)
            let deadline = Deadline()
            while !deadline.isOver {
                do {
                    try producer.initTransactions(timeoutMs: 1000)
                    break
                } catch .retriable {
                    continue
                }
            }
            try producer.beginTransaction()
            try producer.commitTransaction(timeoutMs: 20_000)
        }

        @Test("a transaction that the broker refuses must be aborted, and the next one works")
        func abortable() throws {
            let broker = try Self.brokerWithTopic()
            let producer = try Self.begun(broker)
            let topic = try producer.topic("t")
            broker.failNext(apiKey: 24, with: [29])  // AddPartitionsToTxn: TOPIC_AUTHORIZATION_FAILED
            try producer.push(topic, partition: 0, "refused")
            #expect {
                try producer.commitTransaction(timeoutMs: 20_000)
            } throws: { error in
                if case KafkaError.abortable(_, 29, _) = error { true } else { false }
            }
            #expect {
                _ = try producer.produce(topic: topic, partition: 0, key: nil, value: [1])
            } throws: { error in
                if case KafkaError.abortable = error { true } else { false }
            }
            try producer.abortTransaction(timeoutMs: 20_000)
            #expect(producer.purged == 1)
            #expect(producer.failed == 0)
            try producer.beginTransaction()
            try producer.push(topic, partition: 0, "taken")
            try producer.commitTransaction(timeoutMs: 20_000)
            #expect(producer.delivered == 1)
            #expect(producer.fatalError == nil)
        }

        @Test("an abort that cannot reach the coordinator is tried again, and the next transaction works")
        func abortAgain() throws {
            let broker = try Self.brokerWithTopic()
            let producer = try Self.begun(broker)
            let topic = try producer.topic("t")
            try producer.push(topic, partition: 0, "taken back")
            #expect(try producer.flush(timeoutMs: 20_000))
            let hostUnknown: Int32 = -193
            broker.failNext(apiKey: 26, with: [hostUnknown, hostUnknown])  // EndTxn
            for _ in 0..<2 {
                #expect {
                    try producer.abortTransaction(timeoutMs: 20_000)
                } throws: { error in
                    if case KafkaError.retriable("rd_kafka_abort_transaction", hostUnknown, _) = error {
                        true
                    } else {
                        false
                    }
                }
            }
            try producer.abortTransaction(timeoutMs: 20_000)
            try producer.beginTransaction()
            try producer.push(topic, partition: 0, "taken")
            try producer.commitTransaction(timeoutMs: 20_000)
            #expect(producer.delivered == 2)
            #expect(producer.fatalError == nil)
        }

        @Test("a fenced producer is of no more use")
        func fatal() throws {
            let broker = try Self.brokerWithTopic()
            let producer = try Self.begun(broker)
            try producer.push(try producer.topic("t"), partition: 0, "x")
            #expect(try producer.flush(timeoutMs: 20_000))
            broker.failNext(apiKey: 26, with: [90])  // EndTxn: PRODUCER_FENCED
            #expect {
                try producer.commitTransaction(timeoutMs: 20_000)
            } throws: { error in
                if case KafkaError.fatal = error { true } else { false }
            }
            #expect(producer.fatalError != nil)
            #expect {
                _ = try producer.produce(topic: try producer.topic("t"), partition: 0, key: nil, value: [1])
            } throws: { error in
                if case KafkaError.fatal = error { true } else { false }
            }
        }

        @Test("no offsets are no work, and a transaction may be empty")
        func empty() throws {
            let broker = try Self.brokerWithTopic()
            let producer = try Self.begun(broker)
            let consumer = try KafkaConsumer(broker.configuration, group: "g", onLog: ignoreLog)
            try producer.sendOffsets([], of: consumer, timeoutMs: 1000)
            try producer.commitTransaction(timeoutMs: 20_000)
        }

        // MARK: Effects, on Apache Kafka

        @Test("a read_committed reader sees committed transactions only, whole and in order", .needsKafka)
        func isolation() throws {
            let name = try RealKafka.makeTopic("isolation")
            let producer = try KafkaProducer(RealKafka.configuration, transactionalID: unique("id"), onLog: ignoreLog)
            try producer.initTransactions(timeoutMs: 30_000)
            let topic = try producer.topic(name)
            var expected: [String] = []
            for round in 0..<6 {
                try producer.beginTransaction()
                for n in 0..<50 { try producer.push(topic, partition: 0, "\(round)-\(n)") }
                if round % 2 == 0 {
                    try producer.commitTransaction(timeoutMs: 30_000)
                    expected += (0..<50).map { "\(round)-\($0)" }
                } else {
                    #expect(try producer.flush(timeoutMs: 30_000))  // so that they are in the log
                    try producer.abortTransaction(timeoutMs: 30_000)
                }
            }
            let place = TopicPartition(topic: name, partition: 0)
            let consumer = try KafkaConsumer(RealKafka.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: 0)])
            let records = try consumer.read(Int.max) { $0.ends == [place] }
            #expect(records.map(\.text) == expected)
            // Six markers lie behind the 300 records.
            #expect(consumer.position(of: place) == 306)
        }

        @Test("the uncommitted end is the admin's, the stable one the consumer's", .needsKafka)
        func openTransaction() throws {
            let name = try RealKafka.makeTopic("open")
            let producer = try KafkaProducer(RealKafka.configuration, transactionalID: unique("id"), onLog: ignoreLog)
            try producer.initTransactions(timeoutMs: 30_000)
            try producer.beginTransaction()
            let topic = try producer.topic(name)
            for n in 0..<10 { try producer.push(topic, partition: 0, "\(n)") }
            #expect(try producer.flush(timeoutMs: 30_000))

            let place = TopicPartition(topic: name, partition: 0)
            let admin = try KafkaAdmin(RealKafka.configuration, onLog: ignoreLog)
            let consumer = try KafkaConsumer(RealKafka.configuration, group: nil, onLog: ignoreLog)
            #expect(try admin.endOffsets(of: [place], timeoutMs: 20_000) == [10])
            #expect(try admin.beginningOffsets(of: [place], timeoutMs: 20_000) == [0])
            #expect(try consumer.watermarkOffsets(of: place, timeoutMs: 20_000) == (low: 0, high: 0))
            try producer.commitTransaction(timeoutMs: 30_000)
            // The coordinator writes the marker after it has answered.
            let deadline = Deadline()
            while try admin.endOffsets(of: [place], timeoutMs: 20_000) != [11], !deadline.isOver {}
            while try consumer.watermarkOffsets(of: place, timeoutMs: 20_000).high != 11, !deadline.isOver {}
            #expect(try admin.endOffsets(of: [place], timeoutMs: 20_000) == [11])
            #expect(try consumer.watermarkOffsets(of: place, timeoutMs: 20_000) == (low: 0, high: 11))
        }

        @Test("the group's offsets move with a commit and stay with an abort", .needsKafka)
        func offsets() throws {
            let name = try RealKafka.makeTopic("offsets")
            let place = TopicPartition(topic: name, partition: 0)
            let producer = try KafkaProducer(RealKafka.configuration, transactionalID: unique("id"), onLog: ignoreLog)
            try producer.initTransactions(timeoutMs: 30_000)
            let group = unique("group")
            let member = try GroupTests.Member(RealKafka.configuration, topic: name, group: group)
            let deadline = Deadline(seconds: 60)
            while member.owned.isEmpty, !deadline.isOver { try member.step() }

            try producer.beginTransaction()
            try producer.sendOffsets([PartitionOffset(place, offset: 5)], of: member.consumer, timeoutMs: 30_000)
            try producer.abortTransaction(timeoutMs: 30_000)
            #expect(try member.consumer.committed([place], timeoutMs: 30_000) == [nil])

            try producer.beginTransaction()
            try producer.sendOffsets([PartitionOffset(place, offset: 7)], of: member.consumer, timeoutMs: 30_000)
            try producer.commitTransaction(timeoutMs: 30_000)
            #expect(try member.consumer.committed([place], timeoutMs: 30_000) == [PartitionOffset(place, offset: 7)])
            #expect(member.consumer.close(timeoutMs: 20_000))
        }

        @Test("a second producer with the same transactional id fences the first", .needsKafka)
        func fencing() throws {
            let name = try RealKafka.makeTopic("fencing")
            let id = unique("id")
            let first = try KafkaProducer(RealKafka.configuration, transactionalID: id, onLog: ignoreLog)
            try first.initTransactions(timeoutMs: 30_000)
            try first.beginTransaction()
            try first.push(try first.topic(name), partition: 0, "zombie")
            #expect(try first.flush(timeoutMs: 30_000))

            let second = try KafkaProducer(RealKafka.configuration, transactionalID: id, onLog: ignoreLog)
            try second.initTransactions(timeoutMs: 30_000)
            #expect {
                try first.commitTransaction(timeoutMs: 30_000)
            } throws: { error in
                if case KafkaError.fatal = error { true } else { false }
            }
            try second.beginTransaction()
            try second.push(try second.topic(name), partition: 0, "heir")
            try second.commitTransaction(timeoutMs: 30_000)

            let place = TopicPartition(topic: name, partition: 0)
            let consumer = try KafkaConsumer(RealKafka.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: 0)])
            #expect(try consumer.read(Int.max) { $0.ends == [place] }.map(\.text) == ["heir"])
        }
    }
}
