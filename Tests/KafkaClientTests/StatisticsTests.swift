import KafkaClient
import Testing

extension KafkaClientSuite {
    @Suite("statistics") struct StatisticsTests {
        @Test("a consumer's snapshot tells of its brokers, partitions and group")
        func consumer() throws {
            let broker = try AssignmentTests.filledBroker()
            let place = TopicPartition(topic: "t", partition: 1)
            let consumer = try KafkaConsumer(broker.configuration, group: "g", onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: 500)])
            _ = try consumer.read(700, limit: 100)
            let deadline = Deadline()
            var found: KafkaStatistics.Partition?
            while found?.highOffset != AssignmentTests.count, !deadline.isOver {
                _ = try consumer.poll(limit: 1000, waitMs: 50) { _ in }
                found = consumer.statistics?.partition(place)
            }
            let partition = try #require(found)
            #expect(partition.highOffset == AssignmentTests.count)
            #expect(partition.fetchState == "active")
            let statistics = try #require(consumer.statistics)
            #expect(statistics.isConnected)
            #expect(statistics.receivedRecords >= 1500)
            #expect(statistics.takenUs > 0)
            let leader = try #require(statistics.broker(partition.leader))
            #expect(leader.isUp)
            #expect(leader.fetches > 0)
            #expect(statistics.group != nil)
        }

        @Test("a producer's snapshot tells of its queue and what it sent")
        func producer() throws {
            let broker = try EmbeddedBroker()
            try broker.createTopic("t", partitions: 1)
            let producer = try KafkaProducer(broker.configuration, transactionalID: "id", onLog: ignoreLog)
            try producer.initTransactions(timeoutMs: 20_000)
            try producer.beginTransaction()
            let topic = try producer.topic("t")
            for _ in 0..<10 { try producer.push(topic, "x") }
            #expect(try producer.flush(timeoutMs: 20_000))
            let deadline = Deadline()
            while producer.statistics?.sentRecords ?? 0 < 10, !deadline.isOver { producer.serve(waitMs: 50) }
            let statistics = try #require(producer.statistics)
            #expect(statistics.sentRecords == 10)
            #expect(statistics.queuedRecords == 0)
            #expect(statistics.group == nil)
            try producer.commitTransaction(timeoutMs: 20_000)
        }
    }
}
