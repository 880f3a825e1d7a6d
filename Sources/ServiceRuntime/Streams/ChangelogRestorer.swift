internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// Brings the cores of newly assigned partitions back from the changelog.
///
/// Order matters: the group's offsets first, then the changelog's end as an uncommitted reader sees it, then everything up to
/// that end as a committed reader sees it. Whoever wrote before us has then either committed or been aborted.
struct ChangelogRestorer<Service: StreamService> {
    let context: ServiceContext
    let service: Service
    /// Where what was read is counted; nil for who only looks.
    let metrics: StreamMetrics?
    /// The caller's transactional id, nil for who only looks: it ends what members left open who are gone.
    let transactionalID: String?
    /// The longest call: a stop request cannot interrupt it.
    static var callTimeoutMs: Int32 { 3_000 }
    /// By how much one broker's clock may be ahead of another's.
    private static var clockSlackMs: Int64 { 60_000 }
    let clock = SystemClock()
    private let topics: StreamTopics
    private let inputs: [String]
    private let names: StateProblem.Names

    /// A core, where it stands, and the offsets to go on from in its inputs.
    struct Start {
        var core: Service.Core
        let position: StreamPosition
        let offsets: [PartitionOffset]
    }

    /// What a partition's changelog holds.
    private struct Restored {
        var core: Service.Core
        var position: StreamPosition
        /// Whether there is one.
        var isKnown = false
        /// When its newest record was appended, ms since the epoch; -1 where nothing was read or the broker does not say.
        var writtenMs: Int64 = -1
    }

    init(
        context: ServiceContext, service: Service, metrics: StreamMetrics? = nil, own transactionalID: String? = nil
    ) {
        self.context = context
        self.service = service
        self.metrics = metrics
        self.transactionalID = transactionalID
        topics = service.topics
        inputs = topics.inputs.map { context.topic($0) }
        names = StateProblem.Names(
            service: context.service, brokers: context.common.brokers, group: context.group, inputs: inputs,
            state: context.topic(topics.state), start: service.firstStart)
    }

    /// The cores of `partitions`, in their order; nil when stop was requested first. What was kept and is still good is not read
    /// again. Where the group has no offset (expired, deleted) the state says where it stands.
    /// - Parameter now: time since the epoch; nil for who only looks.
    /// - Throws: `StateProblem`; `KafkaError`.
    func restore(
        _ partitions: [Int32], keeping kept: CoreCache<Service.Core> = CoreCache(), committedIn consumer: KafkaConsumer,
        now: Int64? = nil
    ) throws -> [Start]? {
        if let transactionalID {
            try HangingTransactions(context: context, topics: topics, own: transactionalID).end(in: partitions)
        }
        var committed = try committedOffsets(partitions, consumer)
        guard var state = try readChangelog(partitions, kept, committed, now) else { return nil }
        let woken = try wakeInputs(of: partitions, &state, &committed)
        let offsets = try startOffsets(partitions, state, committed)
        let misfits = partitions.indices.filter { state[$0].position.offsets != offsets[$0] }
        guard misfits.isEmpty else {
            throw StateProblem.offsets(
                names, misfits.flatMap { place(partitions[$0], state[$0].position.offsets, committed[$0]) })
        }
        let nothing = [Int64?](repeating: nil, count: inputs.count)
        let unread = partitions.indices.filter { !state[$0].isKnown && offsets[$0] == nothing }
        let first = try firstOffsets(unread.map { partitions[$0] })
        return partitions.indices.map { i in
            Start(
                core: state[i].core, position: state[i].position,
                offsets: inputs.indices.filter { !isIdle($0) }.map { input in
                    let place = TopicPartition(topic: inputs[input], partition: partitions[i])
                    return PartitionOffset(
                        place,
                        offset: offsets[i][input] ?? woken[place] ?? first[partitions[i]]?[input]
                            ?? KafkaOffset.beginning)
                })
        }
    }

    /// The changelog is not there: then the group may have no offsets either.
    /// - Throws: `StateProblem`; `KafkaError`.
    func checkNothingCommitted(in partitions: [Int32], committedIn consumer: KafkaConsumer) throws {
        let nothing = [Int64?](repeating: nil, count: inputs.count)
        let misfits = zip(partitions, try committedOffsets(partitions, consumer)).filter { $1 != nothing }
        guard misfits.isEmpty else {
            throw StateProblem.offsets(names, misfits.flatMap { place($0, nothing, $1) })
        }
    }

    // MARK: Parts

    private func isIdle(_ input: Int) -> Bool { topics.idle.contains(topics.inputs[input]) }

    /// Forgets where inputs stand that are idle now, or were when the state was written, whatever the group has of a time before.
    /// - Returns: where the latter are begun.
    private func wakeInputs(
        of partitions: [Int32], _ state: inout [Restored], _ committed: inout [[Int64?]]
    ) throws -> [TopicPartition: Int64] {
        var woken: [TopicPartition] = []
        for i in partitions.indices {
            for input in inputs.indices {
                let wasIdle = state[i].position.inputs[input].isIdle
                if isIdle(input) {
                    state[i].position.inputs[input] = .idle
                } else if wasIdle {
                    state[i].position.inputs[input] = .init()
                    committed[i][input] = nil
                    woken.append(TopicPartition(topic: inputs[input], partition: partitions[i]))
                } else if state[i].isKnown, inputs.count > 1, state[i].position.inputs[input].next == nil {
                    // State and offsets are committed together: what the group has is of a time before the input was idle.
                    committed[i][input] = nil
                }
            }
        }
        return try startOffsets(ofWoken: woken)
    }

    /// The group's offsets, by partition and input; those of idle inputs count for nothing.
    private func committedOffsets(_ partitions: [Int32], _ consumer: KafkaConsumer) throws -> [[Int64?]] {
        let places = partitions.flatMap { partition in
            inputs.map { TopicPartition(topic: $0, partition: partition) }
        }
        let committed = try consumer.committed(places, timeoutMs: ChangelogRestorer.callTimeoutMs).map { $0?.offset }
        return partitions.indices.map { i in
            inputs.indices.map { isIdle($0) ? nil : committed[i * inputs.count + $0] }
        }
    }

    /// What does not fit in a partition, input by input.
    private func place(_ partition: Int32, _ state: [Int64?], _ committed: [Int64?]) -> [StateProblem.Place] {
        inputs.indices.filter { state[$0] != committed[$0] }.map {
            .init(topic: inputs[$0], partition: partition, state: state[$0], committed: committed[$0])
        }
    }

    /// The group's offsets, and the state's where the group has none and the log is still the one that it was made from.
    private func startOffsets(
        _ partitions: [Int32], _ state: [Restored], _ committed: [[Int64?]]
    ) throws -> [[Int64?]] {
        let lost = partitions.indices.flatMap { i in inputs.indices.map { (partition: i, input: $0) } }
            .filter {
                committed[$0.partition][$0.input] == nil && state[$0.partition].position.offsets[$0.input] != nil
            }
        guard !lost.isEmpty else { return committed }
        let places = lost.map { TopicPartition(topic: inputs[$0.input], partition: partitions[$0.partition]) }
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        let begins = try admin.beginningOffsets(of: places, timeoutMs: ChangelogRestorer.callTimeoutMs)
        let ends = try admin.endOffsets(of: places, timeoutMs: ChangelogRestorer.callTimeoutMs)
        // In a topic that was made anew even the first record is younger than the state.
        let younger = try admin.firstOffsets(
            since: zip(lost, places).map { ($1, state[$0.partition].writtenMs + ChangelogRestorer.clockSlackMs) },
            timeoutMs: ChangelogRestorer.callTimeoutMs)
        var offsets = committed
        for (i, (partition, input)) in lost.enumerated() {
            guard let next = state[partition].position.offsets[input], next >= begins[i], next <= ends[i] else {
                continue
            }
            if state[partition].writtenMs >= 0, let first = younger[i], first < next { continue }
            offsets[partition][input] = next
        }
        context.log.warning(
            "the group has no offsets in some partitions, the state says where to go on", ["partitions": lost.count])
        return offsets
    }

    private func readChangelog(
        _ partitions: [Int32], _ kept: CoreCache<Service.Core>, _ committed: [[Int64?]], _ now: Int64?
    ) throws -> [Restored]? {
        var restored = partitions.map {
            Restored(core: service.core(of: $0), position: StreamPosition(inputs: inputs.count))
        }
        let state = partitions.map { TopicPartition(topic: names.state, partition: $0) }
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        let ends = try admin.endOffsets(of: state, timeoutMs: ChangelogRestorer.callTimeoutMs)
        var indexOf: [Int32: Int] = [:]
        for (i, partition) in partitions.enumerated() {
            if let entry = kept.entry(of: partition, stateEnd: ends[i], committed: committed[i]) {
                restored[i] = Restored(core: entry.core, position: entry.position, isKnown: true)
            } else if ends[i] > 0 {
                indexOf[partition] = i
            }
        }
        guard !indexOf.isEmpty else { return restored }
        let endOf = Dictionary(uniqueKeysWithValues: zip(partitions, ends)).filter { indexOf[$0.key] != nil }
        guard try read(endOf, { indexOf[$0] }, into: &restored) else { return nil }
        for (partition, i) in indexOf {
            do throws(ChangelogError) {
                guard let position = try restored[i].core.endRestoring(now: now) else { continue }
                restored[i].position = position
                restored[i].isKnown = true
            } catch {
                throw StateProblem.unusable(names, partition: partition, error)
            }
        }
        return restored
    }

    /// Reads the changelog's partitions to these ends; false when stop was requested first.
    private func read(
        _ endOf: [Int32: Int64], _ indexOf: (Int32) -> Int?, into restored: inout [Restored]
    ) throws -> Bool {
        let reader = try KafkaConsumer(context.kafka, group: nil, onLog: context.kafkaLog)
        var waiting = Set(endOf.keys)
        try reader.assign(waiting.map { PartitionOffset(topic: names.state, partition: $0, offset: 0) })
        var problem: StateProblem?
        while !waiting.isEmpty {
            if context.stop.isRequested { return false }
            context.noteTurn()
            var size = ChangelogSize()
            let outcome = try reader.poll(limit: 10_000, waitMs: 50) { record in
                guard problem == nil, let index = indexOf(record.partition) else { return }
                size.records += 1
                size.bytes += (record.key?.count ?? 0) + (record.value?.count ?? 0)
                restored[index].writtenMs = max(restored[index].writtenMs, record.timestampMs)
                do throws(ChangelogError) {
                    try restored[index].core.restore(
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
        return true
    }
}
