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
    let report: ServiceReport
    let clock = SystemClock()
    var lanes: StreamLanes<Service.Core>
    /// What the changelog holds of where each partition stands; nil where another member has it.
    var stored: [StoredPosition?] = []
    /// From the last rebalance to the next.
    var kept = CoreCache<Service.Core>()
    var state = ChangelogBatch()
    var schedule = CommitSchedule()
    /// Of the open transaction.
    var content = TransactionContent()
    /// Partitions that are not read for the moment: see `holdBack`.
    var held: Set<TopicPartition> = []
    private let troubles = EveryNth()
    private let kafkaWait: KafkaWait
    private var live = Interval(ms: 1_000)
    private var quiet = Interval(ms: 100)
    private var turned = Interval(ms: 500)
    /// The wall clock; a step of it moves what the cores keep of it too, so that it closes nothing.
    var time: FollowingClock<SystemClock>
    /// Nil until the number of partitions is known.
    var placement: SeriesPlacement?

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
        lanes = StreamLanes(
            topics, names: topics.inputs.map { context.topic($0) }, quiet: service.quietInputs,
            groups: service.inputGroups)
        metrics = StreamMetrics(context)
        consumerMetrics = KafkaMetrics(context)
        brokerWatch = BrokerWatch(context)
        time = FollowingClock(clock)
        kafkaWait = KafkaWait(context)
        writer = try TransactionWriter(context, topics, membership, instance: instance, kafkaWait)
        restorer = ChangelogRestorer(
            context: context, service: service, metrics: metrics, own: writer.transactionalID)
        consumer = try KafkaConsumer(
            StreamSession.reading(topics, context), group: membership == .group ? context.group : nil,
            instance: instance, onLog: context.kafkaLog)
    }

    /// The consumer's settings. Of several inputs one may wait for another's end, which the client's statistics tell.
    private static func reading(_ topics: StreamTopics, _ context: ServiceContext) -> KafkaConfiguration {
        var kafka = context.kafka
        if topics.inputs.count > 1 { kafka.set("statistics.interval.ms", to: "100", for: .consumer) }
        return kafka
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
        context.beginLoop(limitMs: LoopWatch.Limits().stillMs)
        defer { context.endLoop() }
        do {
            try work()
        } catch let error where Mending<Service>.isNeeded(after: error) {
            kafkaWait.end()  // what it answered is what has to be mended
            leave()  // offsets can be reset only while the group has no member
            throw error
        }
        try finish()
    }

    /// Turn after turn, until stop is requested or the service is done.
    private mutating func work() throws {
        while !context.stop.isRequested, !service.isDone {
            if turned.isDue(at: clock.monotonicMs()) { context.noteTurn() }
            followClock()
            service.change(&lanes.cores, into: &lanes.output)
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
    func wait(_ error: KafkaError) {
        kafkaWait.begin(because: "\(error)")
        if troubles.isDue() { context.log.warning("waiting for Kafka", ["error": "\(error)"]) }
        _ = context.stop.wait(ms: 100)
    }

    private mutating func turn() throws {
        lanes.now = time.nowMs()
        let waitMs = service.isBusy ? 0 : schedule.waitMs(at: clock.monotonicMs())
        let outcome = try Service.Core.read(
            consumer, limit: CommitSchedule.fullPoll, waitMs: waitMs, into: &lanes)
        noteHoles()
        kafkaWait.end()
        // Markers of others' transactions are committed too: else the group would seem to be behind for ever.
        if outcome.records > 0 || lanes.merged > 0 || outcome.hasPassedMarkers {
            schedule.opened(at: clock.monotonicMs())
        }
        checkPlacement()
        if let rebalance = outcome.rebalance { try answer(rebalance) }
        try holdBack()
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
            for place in placesRead(of: Int32(partition)) {
                let ended = consumer.endConfirmedMs(of: place, steadyForMs: service.steadyMs)
                confirmedMs = ended.flatMap { ended in confirmedMs.map { min($0, ended) } }
            }
            // What waits was read behind that moment, or it belongs before the end.
            guard let confirmedMs, confirmedMs < lanes.waitingSince(partition) ?? .max else { continue }
            lanes.cores[partition]?.partitionEnded(
                confirmedAt: lanes.now - (monotonicMs - confirmedMs), into: &lanes.output)
        }
    }

    private mutating func emitLive() {
        guard live.isDue(at: clock.monotonicMs()) else { return }
        for partition in lanes.cores.indices { lanes.cores[partition]?.emitLive(into: &lanes.output) }
        service.show(lanes.cores, unread: consumer.backlog, at: lanes.now)
    }

    // MARK: Writing

    mutating func writeOutput() throws {
        for partition in lanes.cores.indices { lanes.cores[partition]?.flush(into: &lanes.output) }
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
        // Who begins at the end has begun, though nothing was there yet.
        let isKnown = service.firstStart == .end || position.inputs.contains { $0.next != nil }
        guard isKnown, isMoved || lanes.cores[partition]?.hasChanges == true else { return }
        lanes.cores[partition]?.takeChanges(at: position, into: &state)
        stored[partition] = StoredPosition(position: position, isClaimed: false)
        try writeState(of: partition, isLast: true)
    }
}
