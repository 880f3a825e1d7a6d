import CRdkafka
import TestSupport
import Testing

@testable import KafkaClient

extension KafkaClientSuite {
    @Suite("what a consumer hands out") struct AssignmentTests {
        static let count: Int64 = 2000

        /// A broker with one topic of two partitions, filled with numbered records.
        static func filledBroker() throws -> EmbeddedBroker {
            let broker = try EmbeddedBroker()
            try broker.createTopic("t", partitions: 2)
            let producer = try KafkaProducer(broker.configuration, onLog: ignoreLog)
            let topic = try producer.topic("t")
            for number in 0..<count {
                for partition in Int32(0)..<2 { try producer.push(topic, partition: partition, "\(number)") }
            }
            #expect(try producer.flush(timeoutMs: 20_000))
            return broker
        }

        @Test("a paused partition is silent and goes on where it stood", arguments: UInt64(0)..<3)
        func pause(seed: UInt64) throws {
            var rng = SplitMix64(seed: seed)
            let broker = try Self.filledBroker()
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign((0..<2).map { PartitionOffset(topic: "t", partition: $0, offset: 0) })
            var next: [Int32: Int64] = [0: 0, 1: 0]
            let deadline = Deadline()
            var paused: Int32?
            while next != [0: Self.count, 1: Self.count], !deadline.isOver {
                let limit = Int.random(in: 1...100, using: &rng)
                _ = try consumer.poll(limit: limit, waitMs: 20) { record in
                    #expect(record.partition != paused)
                    #expect(record.offset == next[record.partition])
                    next[record.partition] = record.offset + 1
                }
                if Bool.random(using: &rng) { continue }
                if let partition = paused {
                    try consumer.resume([TopicPartition(topic: "t", partition: partition)])
                    paused = nil
                } else {
                    let partition = Int32.random(in: 0..<2, using: &rng)
                    try consumer.pause([TopicPartition(topic: "t", partition: partition)])
                    paused = partition
                }
            }
            #expect(next == [0: Self.count, 1: Self.count])
        }

        @Test("a new assignment begins at its offsets, whatever was waiting of the old one")
        func reassign() throws {
            let broker = try Self.filledBroker()
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            for (round, offset) in [Int64(0), 1500, 10, 700].enumerated() {
                let partition = Int32(round % 2)
                try consumer.assign([PartitionOffset(topic: "t", partition: partition, offset: offset)])
                #expect(consumer.assignment == [TopicPartition(topic: "t", partition: partition)])
                let records = try consumer.read(100, limit: 100)
                #expect(records.map(\.partition).allSatisfy { $0 == partition })
                #expect(records.map(\.offset) == records.indices.map { offset + Int64($0) })
            }
            try consumer.unassign()
            #expect(consumer.assignment == [])
            #expect(try consumer.poll(limit: 100, waitMs: 100) { _ in }.records == 0)
        }

        @Test("a partition that is assigned again is read again, also when nothing of it was waiting")
        func again() throws {
            let broker = try Self.filledBroker()
            let place = TopicPartition(topic: "t", partition: 0)
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: Self.count)])
            for offset in [Int64(0), 1_500, 10] {
                _ = try consumer.poll(limit: 10, waitMs: 300) { _ in }
                try consumer.assign([PartitionOffset(place, offset: offset)])
                // A slow broker brings them in more than one piece, and the last may hold more.
                let offsets = try consumer.read(100, limit: 100).map(\.offset)
                #expect(offsets.prefix(100) == ArraySlice(offset..<offset + 100))
            }
        }

        @Test("a pause ends with its assignment", arguments: [true, false])
        func pauses(isUnassigned: Bool) throws {
            let broker = try Self.filledBroker()
            let place = TopicPartition(topic: "t", partition: 0)
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: 0)])
            _ = try consumer.read(100, limit: 100)
            try consumer.pause([place])
            if isUnassigned { try consumer.unassign() }
            try consumer.assign([PartitionOffset(place, offset: 10)])
            #expect(try consumer.read(100, limit: 100).map(\.offset).prefix(100) == ArraySlice(10..<110))
        }

        @Test("a partition that is assigned anew before the broker has answered is read", arguments: [0, 50])
        func atOnce(patience: Int32) throws {
            let broker = try Self.filledBroker()
            try broker.setRoundTrip(ms: 200)
            let place = TopicPartition(topic: "t", partition: 0)
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            for offset in [Self.count, 1_500, 10] {
                _ = try consumer.poll(limit: 10, waitMs: patience) { _ in }
                try consumer.assign([PartitionOffset(place, offset: offset)])
            }
            let offsets = try consumer.read(100, limit: 100).map(\.offset)
            #expect(Array(offsets.prefix(100)) == Array(10..<110))
        }

        @Test("a record that comes past its partition's queue is an error, not missing without a word")
        func stray() throws {
            let broker = try Self.filledBroker()
            let place = TopicPartition(topic: "t", partition: 0)
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: 0)])
            rd_kafka_queue_forward(try #require(consumer.table.existing(place)).queue, consumer.queue)
            #expect {
                let deadline = Deadline()
                while !deadline.isOver { _ = try consumer.poll(limit: 10, waitMs: 50) { _ in } }
            } throws: { error in
                "\(error)".contains("t[0]: the record 0 came past its partition's queue")
            }
        }

        @Test("the end of a partition is told once, when everything before it was handed out")
        func ends() throws {
            let broker = try Self.filledBroker()
            let place = TopicPartition(topic: "t", partition: 1)
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: 0)])
            var ends: [TopicPartition] = []
            var records = 0
            let deadline = Deadline()
            while ends.isEmpty, !deadline.isOver {
                let outcome = try consumer.poll(limit: 64, waitMs: 50) { _ in records += 1 }
                ends += outcome.ends
            }
            #expect(records == Int(Self.count))
            #expect(ends == [place])
            #expect(consumer.position(of: place) == Self.count)
            #expect(consumer.positions == [PartitionOffset(place, offset: Self.count)])
        }

        @Test("a quiet partition is confirmed at its end, and no more when the broker is silent or a record comes")
        func confirmedEnd() throws {
            let broker = try Self.filledBroker()
            let place = TopicPartition(topic: "t", partition: 0)
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: 0)])
            #expect(consumer.endConfirmedMs(of: place) == nil)

            func confirmed(after ms: Int64) throws -> Int64? {
                let deadline = Deadline()
                while !deadline.isOver {
                    _ = try consumer.poll(limit: 1000, waitMs: 50) { _ in }
                    if let seen = consumer.endConfirmedMs(of: place), seen > ms { return seen }
                }
                return nil
            }
            let first = try #require(try confirmed(after: 0))
            let second = try #require(try confirmed(after: first))

            // Silent, connection whole: two more snapshots that cannot confirm anything later than the last answer.
            try broker.setRoundTrip(ms: 60_000)
            let before = try #require(consumer.statistics?.takenUs)
            let deadline = Deadline()
            while (consumer.statistics?.takenUs ?? 0) < before + 2_500_000, !deadline.isOver {
                _ = try consumer.poll(limit: 1000, waitMs: 50) { _ in }
            }
            let silent = try #require(consumer.endConfirmedMs(of: place))
            #expect(silent >= second)
            #expect(silent < before / 1000 + 1000)
        }

        @Test("a leader that was silent confirms nothing again before it has answered steadily for as long as asked")
        func steady() throws {
            let broker = try Self.filledBroker()
            let place = TopicPartition(topic: "t", partition: 0)
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: Self.count)])
            func poll(until condition: () -> Bool) throws {
                let deadline = Deadline()
                while !condition(), !deadline.isOver { _ = try consumer.poll(limit: 10, waitMs: 50) { _ in } }
                #expect(condition())
            }
            func confirmedMs() -> Int64? { consumer.endConfirmedMs(of: place, steadyForMs: 1_500) }
            try poll { confirmedMs() != nil }
            // Each answer takes three seconds: nothing breaks, but it is no steady leader.
            try broker.setRoundTrip(ms: 3_000)
            try poll { confirmedMs() == nil }
            try broker.setRoundTrip(ms: 0)
            let silent = try #require(consumer.endConfirmedMs(of: place))
            try poll { confirmedMs() != nil }
            #expect(try #require(confirmedMs()) >= silent + 1_500)
        }

        /// Both connections lead to the same broker, and librdkafka gives both its number.
        @Test("a coordinator's connection that broke keeps no leader from confirming ends")
        func coordinatorLost() throws {
            let broker = try Self.filledBroker()
            let place = TopicPartition(topic: "t", partition: 0)
            let member = try GroupTests.Member(broker.configuration, topic: "t", group: "g")
            let consumer = member.consumer
            func step(until condition: () -> Bool) throws {
                let deadline = Deadline()
                while !condition(), !deadline.isOver { try member.step() }
                #expect(condition())
            }
            func coordinator() -> KafkaStatistics.Broker? {
                consumer.statistics?.brokers.first { $0.name == "GroupCoordinator" }
            }
            try step { consumer.endConfirmedMs(of: place) != nil }
            let heartbeat: Int16 = 12
            let connectionBroke: Int32 = -195
            broker.failNext(apiKey: heartbeat, with: [connectionBroke])
            try step { coordinator().map { $0.disconnects > 0 && $0.isUp } ?? false }

            let statistics = try #require(consumer.statistics)
            #expect(coordinator()?.id == -1)
            #expect(statistics.brokers.filter { $0.id == 1 }.map(\.disconnects) == [0])
            try step { consumer.endConfirmedMs(of: place).map { $0 * 1000 > statistics.takenUs } ?? false }
        }

        @Test("a partition that is read as fast as it grows is confirmed all the while")
        func growing() throws {
            let broker = try Self.filledBroker()
            let place = TopicPartition(topic: "t", partition: 0)
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: Self.count)])
            let producer = try KafkaProducer(broker.configuration, onLog: ignoreLog)
            let topic = try producer.topic("t")
            let deadline = Deadline()
            var confirmed: Set<Int64> = []
            while confirmed.count < 3, !deadline.isOver {
                for _ in 0..<10 { try producer.push(topic, partition: 0, "news") }
                #expect(try producer.flush(timeoutMs: 20_000))
                if try consumer.poll(limit: 1000, waitMs: 1_000, { _ in }).records == 0 { continue }
                if let ms = consumer.endConfirmedMs(of: place) { confirmed.insert(ms) }
            }
            #expect(confirmed.count >= 3)
        }

        @Test("a reader that is behind is told of no end")
        func behind() throws {
            let broker = try Self.filledBroker()
            let place = TopicPartition(topic: "t", partition: 0)
            let consumer = try KafkaConsumer(broker.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: 0)])
            let deadline = Deadline()
            var snapshots: Set<Int64> = []
            // A slow reader: the snapshots come while most records are still waiting.
            while snapshots.count < 4, consumer.position(of: place) ?? 0 < Self.count - 1, !deadline.isOver {
                _ = try consumer.poll(limit: 1, waitMs: 50) { _ in }
                if let taken = consumer.statistics?.takenUs { snapshots.insert(taken) }
                _ = waitUntil(seconds: 0.01) { false }
                #expect(consumer.endConfirmedMs(of: place) == nil)
            }
            #expect(snapshots.count == 4)
        }

        @Test("a queue that is drained wakes the fetchers, and all records come")
        func wakes() throws {
            let broker = try Self.filledBroker()
            var configuration = broker.configuration
            configuration.set("queued.min.messages", to: "300", for: .consumer)
            let consumer = try KafkaConsumer(configuration, group: nil, onLog: ignoreLog)
            try consumer.assign((0..<2).map { PartitionOffset(topic: "t", partition: $0, offset: 0) })
            #expect(try consumer.read(2 * Int(Self.count), limit: 50).count == 2 * Int(Self.count))
            #expect(consumer.waker.wakes > 0)
        }

        @Test("poll allocates nothing for a record")
        func allocations() throws {
            let broker = try Self.filledBroker()
            var configuration = broker.configuration
            configuration.set("enable.partition.eof", to: "false", for: .consumer)  // an end is no record
            let consumer = try KafkaConsumer(configuration, group: nil, onLog: ignoreLog)
            try consumer.assign((0..<2).map { PartitionOffset(topic: "t", partition: $0, offset: 0) })
            var records = 0
            var sum: Int64 = 0
            var last: UInt64?
            var allocated: UInt64 = 0
            let deadline = Deadline()
            while records < 2 * Int(Self.count), !deadline.isOver {
                // From one record to the next, inside one call: librdkafka's own work on the queue is done before.
                last = nil
                _ = try consumer.poll(limit: 500, waitMs: 50) { record in
                    let now = Allocations.count
                    if let last, records > 100 { allocated += now - last }
                    records += 1
                    sum &+= record.offset &+ Int64(record.value?.count ?? 0)
                    last = Allocations.count
                }
            }
            #expect(records == 2 * Int(Self.count))
            #expect(sum > 0)
            #expect(allocated == 0)
        }
    }
}
