internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Windows that were committed and given up in a rebalance, in case their partitions come back with the next assignment.
///
/// Every rebalance takes all partitions from all members; most come back to where they were. What is kept here is good as long
/// as nobody wrote to the changelog since: then it need not be read again.
struct KeptWindows {
    /// The commit's marker may still be under way to the changelog.
    private static let tries = 5
    private static let retryMs: Int64 = 20
    /// Joining the group waits for this.
    private static let questionMs: Int32 = 500

    private var windows: [Int32: (core: PartitionWindows, stateEnd: Int64)] = [:]

    /// Nothing.
    init() {}

    /// Keeps what was committed a moment ago; nothing where the broker does not answer soon.
    init(_ committed: [PartitionWindows?], _ context: ServiceContext) {
        let cores = committed.compactMap { $0 }
        guard !cores.isEmpty, !context.stop.isRequested, let ends = KeptWindows.stateEnds(cores, context) else {
            return
        }
        for (core, end) in zip(cores, ends) { windows[core.partition] = (core, end) }
    }

    /// The windows of a partition, if the changelog still ends where it did and the group stands where they do.
    func core(of partition: Int32, stateEnd: Int64, committed: Int64?) -> PartitionWindows? {
        guard let kept = windows[partition], kept.stateEnd == stateEnd, kept.core.nextOffset == committed else {
            return nil
        }
        return kept.core
    }

    /// The clock was put right.
    mutating func clockStepped(byMs step: Int64) {
        for partition in windows.keys { windows[partition]?.core.clockStepped(byMs: step) }
    }

    /// Where the changelog ends; nil while a transaction is open there, or nobody answers.
    private static func stateEnds(_ cores: [PartitionWindows], _ context: ServiceContext) -> [Int64]? {
        let state = cores.map { TopicPartition(topic: context.topic(.state), partition: $0.partition) }
        var committed = context.kafka
        committed.set("isolation.level", to: "read_committed", for: .consumer)
        do {
            let (stable, all) = try (
                KafkaAdmin(committed, onLog: context.kafkaLog), KafkaAdmin(context.kafka, onLog: context.kafkaLog)
            )
            for _ in 0..<tries {
                let ends = try all.endOffsets(of: state, timeoutMs: questionMs)
                if try stable.endOffsets(of: state, timeoutMs: questionMs) == ends { return ends }
                context.stop.wait(ms: retryMs)
            }
        } catch {
            context.log.debug("windows are not kept", ["error": "\(error)"])
        }
        return nil
    }
}
