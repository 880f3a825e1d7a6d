internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// Ends the transactions that dynamic members left hanging who are gone.
///
/// A member that was killed leaves its transaction open until the broker's own check, 10 to 20 seconds later; until then readers
/// see nothing of what its successor writes behind it. The successor knows by the changelog who had the partition last, and
/// takes that one's transactional id: the broker aborts at once, and should the other one only have slept, it is fenced. (Each
/// owner's first commit comes at once and names it in all its partitions: or the death of one that had just come would fence
/// the owner before it, who lives.) A static member ends its own transaction when it comes back in its name; taking that
/// name meanwhile would fence the one that just came back.
struct HangingTransactions {
    /// The header of the changelog's position records: the transactional id that wrote them, or `staticWriter`.
    static let writerHeader: StaticString = "writer"
    /// In place of a static member's id, which nobody else may take.
    static let staticWriter = "static"
    /// Members that live have ended their transactions before a partition changes hands; markers may be under way.
    private static let graceMs: Int64 = 200
    /// The longest call: a stop request cannot interrupt it.
    private static let callTimeoutMs: Int32 = 3_000
    /// Records before the end in which the last position record is looked for first.
    private static let tail: Int64 = 100

    let context: ServiceContext
    let topics: StreamTopics
    /// The caller's transactional id.
    let own: String

    /// Looks whether transactions are open in these partitions, which no living member has, and ends them.
    /// - Throws: `KafkaError` when the brokers do not answer.
    func end(in partitions: [Int32]) throws {
        let first = try holdUps(in: partitions)
        guard !first.isEmpty else { return }
        context.stop.wait(ms: HangingTransactions.graceMs)
        // One that moves on is alive, and it is we who are late.
        let still = try holdUps(in: partitions).filter { first[$0.key] == $0.value }
        guard !still.isEmpty, !context.stop.isRequested else { return }
        let gone = try writers(of: Set(still.keys.map(\.partition))).subtracting([
            own, HangingTransactions.staticWriter,
        ])
        for writer in gone.sorted() {
            context.log.warning("ending the open transaction of a member that is gone", ["transactional_id": writer])
            let successor = try KafkaProducer(context.kafka, transactionalID: writer, onLog: context.kafkaLog)
            try successor.initTransactions(timeoutMs: HangingTransactions.callTimeoutMs)
        }
    }

    /// Where readers of what is committed do not get to the end of what is written, and how far they get.
    private func holdUps(in partitions: [Int32]) throws -> [TopicPartition: Int64] {
        // What a partition's owner alone writes: a dead letter without a key may lie in any partition.
        let places = (topics.outputs + [topics.state]).flatMap { topic in
            partitions.map { TopicPartition(topic: context.topic(topic), partition: $0) }
        }
        var committed = context.kafka
        committed.set("isolation.level", to: "read_committed", for: .consumer)
        let stable = try KafkaAdmin(committed, onLog: context.kafkaLog)
            .endOffsets(of: places, timeoutMs: HangingTransactions.callTimeoutMs)
        let ends = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
            .endOffsets(of: places, timeoutMs: HangingTransactions.callTimeoutMs)
        let held = places.indices.filter { stable[$0] < ends[$0] }.map { (places[$0], stable[$0]) }
        return Dictionary(uniqueKeysWithValues: held)
    }

    /// Who committed last in each of the partitions, by the changelog.
    private func writers(of partitions: Set<Int32>) throws -> Set<String> {
        let state = partitions.map { TopicPartition(topic: context.topic(topics.state), partition: $0) }
        let ends = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
            .endOffsets(of: state, timeoutMs: HangingTransactions.callTimeoutMs)
        let tails = zip(state, ends).map { PartitionOffset($0, offset: max(0, $1 - HangingTransactions.tail)) }
        var found = try lastWriters(from: tails)
        let rest = tails.filter { found[$0.partition] == nil && $0.offset > 0 }
        found.merge(try lastWriters(from: rest.map { PartitionOffset($0.topicPartition, offset: 0) })) { $1 }
        return Set(found.values)
    }

    private func lastWriters(from places: [PartitionOffset]) throws -> [Int32: String] {
        guard !places.isEmpty else { return [:] }
        let reader = try KafkaConsumer(context.kafka, group: nil, onLog: context.kafkaLog)
        try reader.assign(places)
        var found: [Int32: String] = [:]
        var waiting = Set(places.map(\.partition))
        while !waiting.isEmpty, !context.stop.isRequested {
            context.noteTurn()
            let outcome = try reader.poll(limit: 10_000, waitMs: 50) { record in
                guard let name = record.header(HangingTransactions.writerHeader) else { return }
                found[record.partition] = String(decoding: name, as: UTF8.self)
            }
            for end in outcome.ends { waiting.remove(end.partition) }
        }
        return found
    }
}
