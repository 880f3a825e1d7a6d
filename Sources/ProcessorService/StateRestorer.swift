internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime

/// Brings the windows of newly assigned partitions back from the changelog.
///
/// Order matters: the group's offsets first, then the changelog's end as an uncommitted reader sees it, then everything up to
/// that end as a committed reader sees it. Whoever wrote before us has then either committed or been aborted.
struct StateRestorer {
    let context: ServiceContext
    let configuration: WindowConfiguration
    /// Where what was read is counted; nil for who only looks.
    let metrics: ProcessorMetrics?
    /// The caller's transactional id, nil for who only looks: it ends what members left open who are gone.
    let transactionalID: String?
    /// The longest question: a stop request cannot interrupt it.
    private static let questionMs: Int32 = 3_000
    private var names: StateProblem.Names {
        StateProblem.Names(group: context.group, ticks: context.topic(.ticks), state: context.topic(.state))
    }

    init(
        context: ServiceContext, configuration: WindowConfiguration, metrics: ProcessorMetrics? = nil,
        own transactionalID: String? = nil
    ) {
        self.context = context
        self.configuration = configuration
        self.metrics = metrics
        self.transactionalID = transactionalID
    }

    /// The windows of `partitions` and the offsets to go on from; nil when stop was requested first. What was kept and is still
    /// good is not read again.
    /// - Parameter now: time since the epoch; nil for who only looks.
    /// - Throws: `StateProblem`; `KafkaError`.
    func restore(
        _ partitions: [Int32], keeping kept: KeptWindows = KeptWindows(), committedIn consumer: KafkaConsumer,
        now: Int64? = nil
    ) throws -> [(windows: PartitionWindows, offset: PartitionOffset)]? {
        if let transactionalID { try AbandonedTransactions(context: context, own: transactionalID).end(in: partitions) }
        let ticks = partitions.map { TopicPartition(topic: names.ticks, partition: $0) }
        let committed = try consumer.committed(ticks, timeoutMs: StateRestorer.questionMs)
        guard let windows = try readChangelog(partitions, kept, committed.map { $0?.offset }, now) else { return nil }
        return try partitions.indices.map { i in
            let offset = committed[i]?.offset
            let restored = windows[i]
            guard restored.nextOffset == offset else {
                throw StateProblem.offsets(
                    names, partition: partitions[i], state: restored.nextOffset, committed: offset)
            }
            return (
                restored,
                PartitionOffset(topic: names.ticks, partition: partitions[i], offset: offset ?? KafkaOffset.beginning)
            )
        }
    }

    private func readChangelog(
        _ partitions: [Int32], _ kept: KeptWindows, _ committed: [Int64?], _ now: Int64?
    ) throws -> [PartitionWindows]? {
        var windows = partitions.map {
            PartitionWindows(configuration: configuration, topic: names.ticks, partition: $0)
        }
        let state = partitions.map { TopicPartition(topic: names.state, partition: $0) }
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        let ends = try admin.endOffsets(of: state, timeoutMs: StateRestorer.questionMs)
        var indexOf: [Int32: Int] = [:]
        for (i, partition) in partitions.enumerated() {
            if let core = kept.core(of: partition, stateEnd: ends[i], committed: committed[i]) {
                windows[i] = core
            } else if ends[i] > 0 {
                indexOf[partition] = i
            }
        }
        guard !indexOf.isEmpty else { return windows }
        let reader = try KafkaConsumer(context.kafka, group: nil, onLog: context.kafkaLog)
        var waiting = Set(indexOf.keys)
        let endOf = Dictionary(uniqueKeysWithValues: zip(partitions, ends))
        try reader.assign(indexOf.values.map { PartitionOffset(state[$0], offset: 0) })
        var problem: StateProblem?
        while !waiting.isEmpty {
            if context.stop.isRequested { return nil }
            var size = StateSize()
            let outcome = try reader.poll(limit: 10_000, waitMs: 50) { record in
                guard problem == nil, let index = indexOf[record.partition] else { return }
                size.records += 1
                size.bytes += (record.key?.count ?? 0) + (record.value?.count ?? 0)
                do throws(StateError) {
                    try windows[index].restore(
                        key: record.key?.bytes, value: record.value?.bytes, offset: record.offset)
                } catch {
                    problem = .unusable(names, partition: record.partition, error)
                }
            }
            metrics?.restored(size)
            if let problem { throw problem }
            for partition in outcome.ends.map(\.partition) {
                // The end of what is committed: beyond it only an open transaction, which ends within its timeout.
                let position = reader.position(of: TopicPartition(topic: names.state, partition: partition)) ?? 0
                if position >= endOf[partition, default: 0] { waiting.remove(partition) }
            }
        }
        for i in indexOf.values { windows[i].finishRestoring(now: now) }
        return windows
    }
}
