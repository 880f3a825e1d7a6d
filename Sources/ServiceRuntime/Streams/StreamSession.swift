internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// One life of a stream service as a member of its group: read, compute, write, commit.
///
/// A transaction holds everything that a stretch of input led to: records, changed state, input offsets. It is begun with the
/// first record read after a commit.
struct StreamSession<Service: StreamService> {
    let context: ServiceContext
    let membership: Membership
    var service: Service
    let topics: StreamTopics
    let restorer: ChangelogRestorer<Service>
    let consumer: KafkaConsumer
    let writer: TransactionWriter
    let metrics: StreamMetrics
    private var consumerMetrics: KafkaMetrics
    private var brokerWatch: BrokerWatch
    private let report: ServiceReport
    let clock = SystemClock()
    var lanes = StreamLanes<Service.Core>()
    /// What the changelog holds of where each partition stands; nil where another member has it.
    var stored: [StoredPosition?] = []
    /// From the last rebalance to the next.
    var kept = CoreCache<Service.Core>()
    var state = ChangelogBatch()
    var schedule = CommitSchedule()
    /// Of the open transaction.
    var content = TransactionContent()
    private let troubles = EveryNth()
    private var isWaiting = false
    private var live = Interval(ms: 1_000)
    private var quiet = Interval(ms: 100)
    /// The wall clock; a step of it moves what the cores keep of it too, so that it closes nothing.
    var time: FollowingClock<SystemClock>
    /// Nil until the number of partitions is known.
    private var placement: SeriesPlacement?

    /// What the changelog holds of where a partition stands.
    struct StoredPosition {
        var position: StreamPosition?
        /// Whether the next commit writes it though it is the same: its writer is not.
        var isClaimed: Bool
    }

    init(
        _ context: ServiceContext, _ service: Service, _ report: ServiceReport, _ membership: Membership,
        instance: String?
    ) throws {
        self.context = context
        self.service = service
        self.report = report
        self.membership = membership
        topics = service.topics
        metrics = StreamMetrics(context)
        consumerMetrics = KafkaMetrics(context)
        brokerWatch = BrokerWatch(context)
        time = FollowingClock(clock)
        writer = try TransactionWriter(context, topics, membership, instance: instance)
        restorer = ChangelogRestorer(
            context: context, service: service, metrics: metrics, own: writer.transactionalID)
        consumer = try KafkaConsumer(
            context.kafka, group: membership == .group ? context.group : nil,
            instance: instance, onLog: context.kafkaLog)
    }

    /// Runs until stop is requested or the service is done, then commits and leaves the group.
    /// - Parameter partitions: how many each input has.
    mutating func run(partitions: Int) throws {
        placement = SeriesPlacement(context, partitions: partitions, metrics.misplacedSeries)
        guard try writer.start() else { return }
        switch membership {
        case .group: try consumer.subscribe(topics.inputs.map { context.topic($0) })
        case .alone: try takeAll(partitions)
        }
        do {
            try work()
        } catch let error where Mending<Service>.isNeeded(after: error) {
            leave()  // offsets can be reset only while the group has no member
            throw error
        }
        try finish()
    }

    /// Turn after turn, until stop is requested or the service is done.
    private mutating func work() throws {
        while !context.stop.isRequested, !service.isDone {
            followClock()
            service.turn(lanes.cores, at: time.nowMs())
            do {
                try turn()
            } catch let error as KafkaError {
                switch error {
                case .abortable: try recover(from: error)
                case .retriable: wait(error)
                default: throw error
                }
            }
        }
    }

    /// The broker is away or busy: what was read stays where it is.
    mutating func wait(_ error: KafkaError) {
        context.notReady("kafka", because: "\(error)")
        if troubles.isDue() { context.log.warning("waiting for Kafka", ["error": "\(error)"]) }
        isWaiting = true
        _ = context.stop.wait(ms: 100)
    }

    private mutating func turn() throws {
        lanes.now = time.nowMs()
        let waitMs = service.isBusy ? 0 : schedule.waitMs(at: clock.monotonicMs())
        let outcome = try Service.Core.read(
            consumer, limit: CommitSchedule.fullPoll, waitMs: waitMs, into: &lanes)
        noteSkipped(outcome)
        if isWaiting {
            isWaiting = false
            context.ready("kafka")
        }
        let hasPassed = passMarkers(before: outcome.ends)
        if outcome.records > 0 || hasPassed { schedule.opened(at: clock.monotonicMs()) }
        checkPlacement()
        if let rebalance = outcome.rebalance { try answer(rebalance) }
        endPartitions()
        emitLive()
        try writeOutput()
        if outcome.records > 0 { report.noteRead(consumer.positions) }
        try writeFullChunks()
        if schedule.isDue(at: clock.monotonicMs(), backlog: consumer.backlog) { try commit() }
        writer.serve()
        consumerMetrics.note(consumer)
        brokerWatch.look(at: consumer)
    }

    // MARK: Time

    /// A clock that was put right is right here too, and nothing closes early or late by it.
    private mutating func followClock() {
        let stepMs = time.follow()
        guard stepMs != 0 else { return }
        for partition in lanes.cores.indices { lanes.cores[partition]?.clockStepped(byMs: stepMs) }
        kept.clockStepped(byMs: stepMs)
        schedule.opened(at: clock.monotonicMs())
        context.log.warning("the clock was put right", ["by_seconds": Double(stepMs) / 1000])
    }

    /// Tells the cores whose inputs are read to their ends.
    private mutating func endPartitions() {
        let monotonicMs = clock.monotonicMs()
        guard quiet.isDue(at: monotonicMs) else { return }
        for partition in lanes.cores.indices where lanes.cores[partition] != nil {
            var confirmedMs: Int64? = .max
            for place in places(of: Int32(partition)) {
                let ended = consumer.endConfirmedMs(of: place, steadyForMs: service.steadyMs)
                confirmedMs = ended.flatMap { ended in confirmedMs.map { min($0, ended) } }
            }
            guard let confirmedMs else { continue }
            lanes.cores[partition]?.partitionEnded(
                confirmedAt: lanes.now - (monotonicMs - confirmedMs), into: &lanes.output)
        }
    }

    private mutating func emitLive() {
        guard live.isDue(at: clock.monotonicMs()) else { return }
        for partition in lanes.cores.indices { lanes.cores[partition]?.emitLive(into: &lanes.output) }
        service.show(lanes.cores, unread: consumer.backlog, at: lanes.now)
    }

    // MARK: What came, and what did not

    /// The partitions of the inputs with this number, in the order of the inputs.
    func places(of partition: Int32) -> [TopicPartition] {
        topics.inputs.map { TopicPartition(topic: context.topic($0), partition: partition) }
    }

    /// Where a partition stands: everything before was added to its core. Nothing was where the log begins.
    func position(of partition: Int32) -> StreamPosition {
        StreamPosition(
            places(of: partition).map { place in
                .init(next: consumer.position(of: place).flatMap { $0 > 0 ? $0 : nil })
            })
    }

    /// Tells of records that retention removed before they were read.
    private mutating func noteSkipped(_ outcome: PollOutcome) {
        for hole in outcome.skipped {
            let partition = Int(hole.place.partition)
            // A record behind the hole told its core already; where the log is empty there is none.
            if partition < lanes.cores.count { lanes.noteHole(upTo: hole.to, in: partition) }
            schedule.opened(at: clock.monotonicMs())
            content.skipped += Int(hole.count)
            context.log.warning(
                "records were removed before they were read, what is computed without them is marked where it can be",
                [
                    "topic": hole.place.topic, "partition": hole.place.partition, "from": hole.from, "to": hole.to,
                ])
        }
    }

    /// Takes what other programs' transactions leave at the end of a partition, markers and aborted records, for read; whether
    /// there was something. Else the group would seem to be behind for ever.
    private mutating func passMarkers(before ends: [TopicPartition]) -> Bool {
        var hasPassed = false
        for end in ends {
            let partition = Int(end.partition)
            guard partition < lanes.cores.count, let next = consumer.position(of: end) else { continue }
            if next > max(lanes.expected[partition], 0) { hasPassed = true }
            lanes.expected[partition] = next
        }
        return hasPassed
    }

    private mutating func checkPlacement() {
        let topic = topics.inputs[0]
        for partition in lanes.cores.indices {
            for series in lanes.cores[partition]?.takeMet() ?? [] {
                placement?.check(series, in: Int32(partition), of: topic)
            }
        }
    }

    // MARK: Writing

    mutating func writeOutput() throws {
        guard !lanes.output.isEmpty else { return }
        schedule.wrote(at: clock.monotonicMs())
        try writer.write(lanes.output)
        for record in lanes.output.records { content.written[record.topic, default: 0] += 1 }
        service.wrote(lanes.output)
        lanes.output.removeAll()
    }

    private mutating func writeFullChunks() throws {
        for partition in lanes.cores.indices {
            lanes.cores[partition]?.takeFullChunks(into: &state)
            try writeState(of: partition, isLast: false)
        }
    }

    private mutating func writeState(of partition: Int, isLast: Bool) throws {
        guard !state.isEmpty else { return }
        try writer.write(state, partition: Int32(partition), isLast: isLast)
        content.state.add(state)
        state.removeAll()
    }

    mutating func commit() throws {
        let started = clock.monotonicMs()
        var offsets: [PartitionOffset] = []
        for partition in lanes.cores.indices where lanes.cores[partition] != nil {
            let position = position(of: Int32(partition))
            try writeChanges(of: partition, at: position)
            for (place, input) in zip(places(of: Int32(partition)), position.inputs) {
                if let next = input.next { offsets.append(PartitionOffset(place, offset: next)) }
            }
        }
        try writer.commit(offsets, of: consumer)
        consumer.noteCommitted(offsets)
        report.note(offsets)
        for (topic, count) in content.written { report.add(count, topic.rawValue) }
        metrics.committed(content)
        content.removeAll()
        let ended = clock.monotonicMs()
        schedule.committed(at: ended, afterMs: ended - started)
        metrics.commitSeconds.observe(Double(ended - started) / 1000)
        service.committed(lanes.cores)
    }

    /// Writes what changed in a partition, and where it stands.
    private mutating func writeChanges(of partition: Int, at position: StreamPosition) throws {
        let isMoved = position != stored[partition]?.position || stored[partition]?.isClaimed == true
        let isKnown = position.inputs.contains { $0.next != nil }
        guard isKnown, isMoved || lanes.cores[partition]?.hasChanges == true else { return }
        lanes.cores[partition]?.takeChanges(at: position, into: &state)
        stored[partition] = StoredPosition(position: position, isClaimed: false)
        try writeState(of: partition, isLast: true)
    }
}
