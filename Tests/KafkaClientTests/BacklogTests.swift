import TestSupport
import Testing

@testable import KafkaClient

extension KafkaClientSuite {
    @Suite("a backlog") struct BacklogTests {
        @Test("all partitions of all topics get on together", .needsKafka)
        func evenly() throws {
            let topics = [
                (
                    name: try RealKafka.makeTopic("even-a", partitions: 6),
                    sizes: [60_000, 30_000, 15_000, 50_000, 40_000, 0]
                ),
                (name: try RealKafka.makeTopic("even-b", partitions: 3), sizes: [3_000, 1_500, 500]),
            ]
            let producer = try KafkaProducer(RealKafka.configuration, onLog: ignoreLog)
            var sizes: [TopicPartition: Int] = [:]
            for (name, counts) in topics {
                let topic = try producer.topic(name)
                for (partition, count) in counts.enumerated() {
                    sizes[TopicPartition(topic: name, partition: Int32(partition))] = count
                    for number in 0..<count {
                        try producer.push(topic, partition: Int32(partition), "a record of some length: \(number)")
                    }
                }
            }
            #expect(try producer.flush(timeoutMs: 30_000))
            let least = try Self.leastShare(of: sizes)
            #expect(least >= 0.8, "the slowest partition had \(least) of the share of the fastest")
        }

        /// Reads all of it; the smallest share that a partition had of the fastest one's, while a quarter to nine tenths were read.
        private static func leastShare(of sizes: [TopicPartition: Int]) throws -> Double {
            let consumer = try KafkaConsumer(RealKafka.configuration, group: nil, onLog: ignoreLog)
            // A broker that other work keeps from answering for seconds is no broker that is away.
            consumer.patienceUs = 120_000_000
            try consumer.assign(sizes.keys.map { PartitionOffset($0, offset: 0) })
            let total = sizes.values.reduce(0, +)
            var read: [TopicPartition: Int] = [:]
            var done = 0
            var least = 1.0
            let deadline = Deadline()
            while done < total, !deadline.isOver {
                done += try consumer.poll(limit: 1_000, waitMs: 50) { record in
                    let place = TopicPartition(
                        topic: consumer.topicNames[record.topicID], partition: record.partition)
                    read[place, default: 0] += 1
                }.records
                guard done > total / 4, done < total * 9 / 10 else { continue }
                let shares = sizes.filter { $0.value > 0 }.map { Double(read[$0.key] ?? 0) / Double($0.value) }
                least = min(least, (shares.min() ?? 0) / (shares.max() ?? 1))
            }
            #expect(done == total)
            return least
        }

        @Test(
            "every record comes once and in order, while partitions fall behind, catch up and grow",
            arguments: UInt64(0)..<8)
        func order(seed: UInt64) throws {
            var rng = SplitMix64(seed: seed)
            let broker = try EmbeddedBroker()
            let count = Int32(6)
            try broker.createTopic("t", partitions: count)
            let producer = try KafkaProducer(broker.configuration, onLog: ignoreLog)
            let topic = try producer.topic("t")
            var written = [Int64](repeating: 0, count: Int(count))
            func write(_ partition: Int32, _ records: Int) throws {
                for _ in 0..<records {
                    try producer.push(topic, partition: partition, "\(written[Int(partition)])")
                    written[Int(partition)] += 1
                }
                #expect(try producer.flush(timeoutMs: 20_000))
            }
            for partition in 0..<count where Bool.random(using: &rng) {
                try write(partition, Int.random(in: 0...20_000, using: &rng))
            }
            var configuration = broker.configuration
            configuration.set(
                "queued.min.messages", to: "\([10, 300, 2_000].randomElement(using: &rng) ?? 10)", for: .consumer)
            let consumer = try KafkaConsumer(configuration, group: nil, onLog: ignoreLog)
            let places = (0..<count).map { TopicPartition(topic: "t", partition: $0) }
            try consumer.assign(places.map { PartitionOffset($0, offset: 0) })
            var next = [Int64](repeating: 0, count: Int(count))
            var paused: [TopicPartition] = []
            let deadline = Deadline(seconds: 60)
            var rounds = 0
            while next != written || rounds < 60, !deadline.isOver {
                rounds += 1
                let outcome = try consumer.poll(limit: Int.random(in: 1...3_000, using: &rng), waitMs: 20) { record in
                    let partition = Int(record.partition)
                    #expect(record.offset == next[partition])
                    next[partition] = record.offset + 1
                }
                #expect(outcome.holes == 0)
                guard rounds < 60 else {
                    if !paused.isEmpty { try consumer.resume(paused) }
                    paused = []
                    continue
                }
                switch Int.random(in: 0..<8, using: &rng) {
                case 0: try write(Int32.random(in: 0..<count, using: &rng), Int.random(in: 1...9_000, using: &rng))
                case 1, 2: try write(Int32.random(in: 0..<count, using: &rng), Int.random(in: 1...30, using: &rng))
                case 3 where paused.isEmpty:
                    paused = places.filter { _ in Bool.random(using: &rng) }
                    try consumer.pause(paused)
                case 4:
                    try consumer.resume(paused)
                    paused = []
                default: break
                }
            }
            #expect(next == written)
        }

        @Test("a record that came through another partition's queue comes while that one is paused, too", .needsKafka)
        func pausedCarrier() throws {
            let name = try RealKafka.makeTopic("carrier", partitions: 2)
            let producer = try KafkaProducer(RealKafka.configuration, onLog: ignoreLog)
            let topic = try producer.topic(name)
            for number in 0..<30_000 { try producer.push(topic, partition: 0, "a record of some length: \(number)") }
            #expect(try producer.flush(timeoutMs: 30_000))
            let consumer = try KafkaConsumer(RealKafka.configuration, group: nil, onLog: ignoreLog)
            let (behind, quiet) = (TopicPartition(topic: name, partition: 0), TopicPartition(topic: name, partition: 1))
            try consumer.assign([PartitionOffset(behind, offset: 0), PartitionOffset(quiet, offset: 0)])
            var next: Int64 = 0
            var heard = 0
            func poll(_ limit: Int) throws {
                _ = try consumer.poll(limit: limit, waitMs: 20) { record in
                    if record.partition == 1 { return heard += 1 }
                    #expect(record.offset == next)
                    next = record.offset + 1
                }
            }
            // The quiet one rides with the one that is behind; its record waits behind that one's.
            #expect(
                waitUntil(seconds: 60) {
                    try? poll(10)
                    return consumer.table.existing(quiet)?.isCarried == true
                })
            try producer.push(topic, partition: 1, "news")
            #expect(try producer.flush(timeoutMs: 10_000))
            #expect(
                waitUntil(seconds: 60) {
                    try? poll(200)
                    return heard == 1 || consumer.table.existing(quiet)?.logEnd == 1
                })
            try consumer.pause([behind])
            let paused = next
            #expect(
                waitUntil(seconds: 60) {
                    try? poll(200)
                    return heard == 1
                })
            #expect(next == paused)
            try consumer.resume([behind])
            #expect(
                waitUntil(seconds: 30) {
                    try? poll(5_000)
                    return next == 30_000
                })
            #expect(heard == 1)
        }

        @Test("the lag is that of Kafka's tools: all that is written and not committed, read or not", .needsKafka)
        func lag() throws {
            let name = try RealKafka.makeTopic("lag", partitions: 3)
            let group = unique("lag")
            let producer = try KafkaProducer(RealKafka.configuration, onLog: ignoreLog)
            let topic = try producer.topic(name)
            for partition in Int32(0)..<3 { for _ in 0..<2_000 { try producer.push(topic, partition: partition, "x") } }
            #expect(try producer.flush(timeoutMs: 20_000))
            let consumer = try KafkaConsumer(RealKafka.configuration, group: group, onLog: ignoreLog)
            try consumer.assign((0..<3).map { PartitionOffset(topic: name, partition: $0, offset: 0) })
            // One record read of one partition: the others count too.
            let first = try #require(try consumer.read(1, limit: 1).first)
            #expect(
                waitUntil(seconds: 60) {
                    _ = try? consumer.poll(limit: 1, waitMs: 10) { _ in }
                    return consumer.lag == 6_000
                })
            try consumer.commit(
                [PartitionOffset(topic: name, partition: first.partition, offset: 500)], timeoutMs: 10_000)
            #expect(consumer.lag == 5_500)
            guard KafkaTools.isPresent, let bootstrap = RealKafka.bootstrap else { return }
            let told = try KafkaTools.lags(of: group, on: bootstrap)
            #expect(told == ["\(name):\(first.partition)": 1_500])
        }

        @Test(
            "an open transaction of somebody else is no end, and its marker is passed when it is aborted", .needsKafka)
        func openTransaction() throws {
            let name = try RealKafka.makeTopic("open")
            let place = TopicPartition(topic: name, partition: 0)
            let other = try KafkaProducer(RealKafka.configuration, transactionalID: unique("open"), onLog: ignoreLog)
            try other.initTransactions(timeoutMs: 20_000)
            try other.beginTransaction()
            try other.push(try other.topic(name), "open")
            _ = try other.flush(timeoutMs: 10_000)
            let producer = try KafkaProducer(RealKafka.configuration, onLog: ignoreLog)
            let topic = try producer.topic(name)
            for _ in 0..<50 { try producer.push(topic, "behind it") }
            #expect(try producer.flush(timeoutMs: 20_000))

            let consumer = try KafkaConsumer(RealKafka.configuration, group: unique("open"), onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: 0)])
            var snapshots: Set<Int64> = []
            let deadline = Deadline()
            // Long enough for it to look like an end, and until the leader has said how long the log is.
            while snapshots.count < 4 || consumer.lag == 0, !deadline.isOver {
                #expect(try consumer.poll(limit: 100, waitMs: 50) { _ in }.records == 0)
                if let taken = consumer.statistics?.takenUs { snapshots.insert(taken) }
                #expect(consumer.endConfirmedMs(of: place) == nil, "what lies in the log is not read")
            }
            #expect(consumer.lag == 51)

            try other.abortTransaction(timeoutMs: 20_000)
            #expect(try consumer.read(50).count == 50)
            #expect(
                waitUntil(seconds: 60) {
                    _ = try? consumer.poll(limit: 100, waitMs: 50) { _ in }
                    // 1 aborted, 50 read, 1 marker.
                    return consumer.position(of: place) == 52 && consumer.endConfirmedMs(of: place) != nil
                })
            try consumer.commit(consumer.positions, timeoutMs: 10_000)
            #expect(consumer.lag == 0)
        }

        @Test("records that a transaction hides hold up no other partition", .needsKafka)
        func hidden() throws {
            let name = try RealKafka.makeTopic("hidden", partitions: 2)
            let quiet = TopicPartition(topic: name, partition: 1)
            var configuration = RealKafka.configuration
            configuration.set("transaction.timeout.ms", to: "60000", for: .producer)
            let other = try KafkaProducer(configuration, transactionalID: unique("hidden"), onLog: ignoreLog)
            try other.initTransactions(timeoutMs: 20_000)
            try other.beginTransaction()
            let hiding = try other.topic(name)
            for _ in 0..<EvenReading.backlog.begins + 1 { try other.push(hiding, partition: 0, "open") }
            _ = try other.flush(timeoutMs: 10_000)
            let consumer = try KafkaConsumer(RealKafka.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign((0..<2).map { PartitionOffset(topic: name, partition: $0, offset: 0) })
            // A broker that answers and brings nothing: after the patience the quiet one is at its end for sure.
            #expect(
                waitUntil(seconds: 30) {
                    _ = try? consumer.poll(limit: 100, waitMs: 50) { _ in }
                    return consumer.endConfirmedMs(of: quiet) != nil
                })
            #expect(consumer.backlog == 0)
            #expect(consumer.lag > EvenReading.backlog.begins)
            try? other.abortTransaction(timeoutMs: 20_000)
        }

        @Test("what retention removed unread is reported, at the start and on the way", .needsKafka)
        func skipped() throws {
            guard KafkaTools.isPresent, let bootstrap = RealKafka.bootstrap else { return }
            let name = try RealKafka.makeTopic("skipped")
            let place = TopicPartition(topic: name, partition: 0)
            let producer = try KafkaProducer(RealKafka.configuration, onLog: ignoreLog)
            let topic = try producer.topic(name)
            func write(_ count: Int) throws {
                for _ in 0..<count { try producer.push(topic, "x") }
                #expect(try producer.flush(timeoutMs: 20_000))
            }
            try write(180)
            try KafkaTools.deleteRecords(of: name, partition: 0, before: 150, on: bootstrap)
            let consumer = try KafkaConsumer(RealKafka.configuration, group: nil, onLog: ignoreLog)
            try consumer.assign([PartitionOffset(place, offset: 90)])
            var skipped: [SkippedRecords] = []
            let there = try consumer.read(30, onHole: { skipped.append($0) })
            #expect(there.map(\.offset) == Array(150..<180))
            #expect(skipped == [SkippedRecords(place, from: 90, to: 150)])

            // On the way: nothing is fetched of it while it is paused. It is told before the record behind it.
            try consumer.pause([place])
            try write(40)
            try KafkaTools.deleteRecords(of: name, partition: 0, before: 220, on: bootstrap)
            try write(1)
            try consumer.resume([place])
            var order: [String] = []
            let deadline = Deadline()
            while order.count < 2, !deadline.isOver {
                _ = try consumer.poll(
                    limit: 10, waitMs: 50, onHole: { order.append("hole \($0.from) to \($0.to)") },
                    { order.append("record \($0.offset)") })
            }
            #expect(order == ["hole 180 to 220", "record 220"])
        }
    }
}
