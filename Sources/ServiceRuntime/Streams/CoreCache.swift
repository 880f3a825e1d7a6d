internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// Cores that were committed and given up in a rebalance, in case their partitions come back with the next assignment.
///
/// Every rebalance takes all partitions from all members; most come back to where they were. What is kept here is good as long
/// as nobody wrote to the changelog since: then it need not be read again.
struct CoreCache<Core: StreamCore> {
    /// A core, and where it stood.
    struct Entry {
        var core: Core
        let position: StreamPosition
    }

    /// The commit's marker may still be under way to the changelog.
    private static var tries: Int { 5 }
    private static var retryMs: Int64 { 20 }
    /// Joining the group waits for this.
    private static var callTimeoutMs: Int32 { 500 }

    private var entries: [Int32: (entry: Entry, stateEnd: Int64)] = [:]

    /// Nothing.
    init() {}

    /// Keeps what was committed a moment ago; nothing where the broker does not answer soon.
    /// - Parameter state: the changelog's topic.
    init(_ committed: [Int32: Entry], state: String, _ context: ServiceContext) {
        let partitions = committed.keys.sorted()
        guard !partitions.isEmpty, !context.stop.isRequested,
            let ends = CoreCache.ends(partitions.map { TopicPartition(topic: state, partition: $0) }, context)
        else { return }
        for (partition, end) in zip(partitions, ends) { entries[partition] = committed[partition].map { ($0, end) } }
    }

    /// The core of a partition, if the changelog still ends where it did and the group stands where the core does.
    /// - Parameter committed: the group's offsets in the inputs.
    func entry(of partition: Int32, stateEnd: Int64, committed: [Int64?]) -> Entry? {
        guard let kept = entries[partition], kept.stateEnd == stateEnd, kept.entry.position.offsets == committed else {
            return nil
        }
        return kept.entry
    }

    /// The clock was put right.
    mutating func clockStepped(byMs step: Int64) {
        for partition in entries.keys { entries[partition]?.entry.core.clockStepped(byMs: step) }
    }

    /// Where the changelog ends; nil while a transaction is open there, or nobody answers.
    private static func ends(_ state: [TopicPartition], _ context: ServiceContext) -> [Int64]? {
        var committed = context.kafka
        committed.set("isolation.level", to: "read_committed", for: .consumer)
        do {
            let (stable, all) = try (
                KafkaAdmin(committed, onLog: context.kafkaLog), KafkaAdmin(context.kafka, onLog: context.kafkaLog)
            )
            for _ in 0..<tries {
                let ends = try all.endOffsets(of: state, timeoutMs: callTimeoutMs)
                if try stable.endOffsets(of: state, timeoutMs: callTimeoutMs) == ends { return ends }
                context.stop.wait(ms: retryMs)
            }
        } catch {
            context.log.debug("cores are not kept", ["error": "\(error)"])
        }
        return nil
    }
}
