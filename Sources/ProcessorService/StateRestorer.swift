internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

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
    /// By how much one broker's clock may be ahead of another's.
    private static let clockSlackMs: Int64 = 60_000
    private var names: StateProblem.Names {
        StateProblem.Names(
            brokers: context.common.brokers, group: context.group, ticks: context.topic(.ticks),
            state: context.topic(.state))
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
    /// good is not read again. Where the group has no offset (expired, deleted) the state says where it stands.
    /// - Parameter now: time since the epoch; nil for who only looks.
    /// - Throws: `StateProblem`; `KafkaError`.
    func restore(
        _ partitions: [Int32], keeping kept: KeptWindows = KeptWindows(), committedIn consumer: KafkaConsumer,
        now: Int64? = nil
    ) throws -> [(windows: PartitionWindows, offset: PartitionOffset)]? {
        if let transactionalID { try AbandonedTransactions(context: context, own: transactionalID).end(in: partitions) }
        let ticks = partitions.map { TopicPartition(topic: names.ticks, partition: $0) }
        let committed = try consumer.committed(ticks, timeoutMs: StateRestorer.questionMs).map { $0?.offset }
        guard let state = try readChangelog(partitions, kept, committed, now) else { return nil }
        let offsets = try places(partitions, state, committed)
        let misfits = partitions.indices.filter { state[$0].windows.nextOffset != offsets[$0] }
        guard misfits.isEmpty else {
            throw StateProblem.offsets(
                names,
                misfits.map {
                    .init(partition: partitions[$0], state: state[$0].windows.nextOffset, committed: committed[$0])
                })
        }
        return partitions.indices.map { i in
            (
                state[i].windows,
                PartitionOffset(
                    topic: names.ticks, partition: partitions[i], offset: offsets[i] ?? KafkaOffset.beginning)
            )
        }
    }

    /// The changelog is not there: then the group may have no offsets either.
    /// - Throws: `StateProblem`; `KafkaError`.
    func checkNothingCommitted(in partitions: [Int32], committedIn consumer: KafkaConsumer) throws {
        let ticks = partitions.map { TopicPartition(topic: names.ticks, partition: $0) }
        let committed = try consumer.committed(ticks, timeoutMs: StateRestorer.questionMs)
        let misfits = committed.compactMap { $0 }.map {
            StateProblem.Place(partition: $0.partition, state: nil, committed: $0.offset)
        }
        guard misfits.isEmpty else { throw StateProblem.offsets(names, misfits) }
    }

    // MARK: Parts

    /// What a partition's changelog holds.
    private struct Restored {
        var windows: PartitionWindows
        /// When its newest record was appended, ms since the epoch; -1 where nothing was read or the broker does not say.
        var writtenMs: Int64 = -1
    }

    /// The group's offsets, and the state's where the group has none and the log is still the one that it was made from.
    private func places(_ partitions: [Int32], _ state: [Restored], _ committed: [Int64?]) throws -> [Int64?] {
        let lost = partitions.indices.filter { committed[$0] == nil && state[$0].windows.nextOffset != nil }
        guard !lost.isEmpty else { return committed }
        let places = lost.map { TopicPartition(topic: names.ticks, partition: partitions[$0]) }
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        let begins = try admin.beginningOffsets(of: places, timeoutMs: StateRestorer.questionMs)
        let ends = try admin.endOffsets(of: places, timeoutMs: StateRestorer.questionMs)
        // In a topic that was made anew even the first record is younger than the state.
        let younger = try admin.firstOffsets(
            since: zip(lost, places).map { ($1, state[$0].writtenMs + StateRestorer.clockSlackMs) },
            timeoutMs: StateRestorer.questionMs)
        var offsets = committed
        for (i, index) in lost.enumerated() {
            guard let next = state[index].windows.nextOffset, next >= begins[i], next <= ends[i] else { continue }
            if state[index].writtenMs >= 0, let first = younger[i], first < next { continue }
            offsets[index] = next
        }
        context.log.warning(
            "the group has no offsets in some partitions, the state says where to go on", ["partitions": lost.count])
        return offsets
    }

    private func readChangelog(
        _ partitions: [Int32], _ kept: KeptWindows, _ committed: [Int64?], _ now: Int64?
    ) throws -> [Restored]? {
        var restored = partitions.map {
            Restored(windows: PartitionWindows(configuration: configuration, topic: names.ticks, partition: $0))
        }
        let state = partitions.map { TopicPartition(topic: names.state, partition: $0) }
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        let ends = try admin.endOffsets(of: state, timeoutMs: StateRestorer.questionMs)
        var indexOf: [Int32: Int] = [:]
        for (i, partition) in partitions.enumerated() {
            if let core = kept.core(of: partition, stateEnd: ends[i], committed: committed[i]) {
                restored[i].windows = core
            } else if ends[i] > 0 {
                indexOf[partition] = i
            }
        }
        guard !indexOf.isEmpty else { return restored }
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
                restored[index].writtenMs = max(restored[index].writtenMs, record.timestampMs)
                do throws(StateError) {
                    try restored[index].windows.restore(
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
        for i in indexOf.values { restored[i].windows.finishRestoring(now: now) }
        return restored
    }
}
