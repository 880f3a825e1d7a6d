internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// One life of the processor as a member of its group: poll, compute, write, commit.
///
/// A transaction holds everything that a stretch of input led to: records, changed state, input offsets. It is begun with the
/// first record read after a commit.
struct ProcessorSession {
    let context: ServiceContext
    let restorer: StateRestorer
    let consumer: KafkaConsumer
    let writer: TransactionWriter
    var metrics: ProcessorMetrics
    private var openWindows: OpenWindowsReport
    private var consumerMetrics: KafkaMetrics
    private var brokerWatch: BrokerWatch
    private let report: ServiceReport
    let membership: Membership
    private let onMinutes: (@Sendable () -> Void)?
    let clock = SystemClock()
    /// By partition; nil where another member has it.
    var windows: [PartitionWindows?] = []
    /// From the last rebalance to the next.
    var kept = KeptWindows()
    var output = OutputBatch()
    var state = StateBatch()
    var pace: CommitPace
    /// Records of the open transaction, by topic.
    var written: [Topic: Int] = [:]
    var stateSize = StateSize()
    var console: Console
    private let troubles = EveryNth()
    private var isWaiting = false
    private var live = Interval(ms: 1_000)
    private var quiet = Interval(ms: 100)
    /// The wall clock; a step of it moves what the windows keep of it too, so that it closes nothing.
    var time: FollowingClock<SystemClock>
    /// Time since the epoch at this turn.
    private var nowMs: Int64 = 0
    /// Nil until the number of partitions is known.
    private var placement: SeriesPlacement?

    init(
        _ context: ServiceContext, _ configuration: ProcessorConfiguration, _ report: ServiceReport,
        _ openWindows: OpenWindows, _ membership: Membership, _ onMinutes: (@Sendable () -> Void)?
    ) throws {
        self.context = context
        self.report = report
        self.membership = membership
        self.openWindows = OpenWindowsReport(openWindows, configuration.windows)
        self.onMinutes = onMinutes
        metrics = ProcessorMetrics(context.metrics)
        consumerMetrics = KafkaMetrics(context)
        brokerWatch = BrokerWatch(context)
        console = Console(configuration)
        pace = CommitPace()
        time = FollowingClock(clock)
        writer = try TransactionWriter(context, membership, instance: configuration.instance)
        restorer = StateRestorer(
            context: context, configuration: configuration.windows, metrics: metrics, own: writer.transactionalID)
        consumer = try KafkaConsumer(
            context.kafka, group: membership == .group ? context.group : nil,
            instance: configuration.instance, onLog: context.kafkaLog)
    }

    /// Runs until stop is requested or the wanted minutes are final, then commits and leaves the group.
    /// - Parameter partitions: how many the ticks have.
    mutating func run(partitions: Int) throws {
        placement = SeriesPlacement(context, partitions: partitions, metrics.misplacedSeries)
        guard try writer.start() else { return }
        switch membership {
        case .group: try consumer.subscribe([context.topic(.ticks)])
        case .alone: try takeAll(partitions)
        }
        do {
            try work()
        } catch let error where Mending.isNeeded(after: error) {
            leave()  // offsets can be reset only while the group has no member
            throw error
        }
        try finish()
    }

    /// Turn after turn, until stop is requested or the wanted minutes are final.
    private mutating func work() throws {
        while !context.stop.isRequested, !console.isDone || onMinutes != nil {
            followClock()
            openWindows.turn(windows, at: time.nowMs())
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
        nowMs = time.nowMs()
        let now = nowMs
        let waitMs = openWindows.isBusy ? 0 : pace.waitMs(at: clock.monotonicMs())
        let consumer = consumer
        let outcome = try consumer.poll(limit: CommitPace.fullPoll, waitMs: waitMs) { record in
            let partition = Int(record.partition)
            guard partition < windows.count else { return }
            let (topic, number) = (record.topicID, record.partition)
            windows[partition]?.add(
                key: record.key?.bytes, value: record.value?.bytes, offset: record.offset,
                appendTime: record.appendTimeMs, logStart: consumer.logStart(of: topic, number), now: now,
                into: &output)
        }
        noteSkipped(outcome)
        if isWaiting {
            isWaiting = false
            context.ready("kafka")
        }
        let hasPassed = passMarkers(before: outcome.ends)
        if outcome.records > 0 || hasPassed { pace.opened(at: clock.monotonicMs()) }
        checkPlacement()
        if let rebalance = outcome.rebalance { try answer(rebalance) }
        closeQuietSeries()
        emitLive()
        try writeOutput()
        if outcome.records > 0 { report.noteRead(consumer.positions) }
        try writeFullChunks()
        if pace.isDue(at: clock.monotonicMs(), backlog: consumer.backlog) { try commit() }
        writer.serve()
        consumerMetrics.note(consumer)
        brokerWatch.look(at: consumer)
    }

    /// Takes what other programs' transactions leave at the end of a partition, markers and aborted records, for read; whether
    /// there was something. Else the group would seem to be behind for ever.
    private mutating func passMarkers(before ends: [TopicPartition]) -> Bool {
        var hasPassed = false
        for end in ends {
            let partition = Int(end.partition)
            guard partition < windows.count, let offset = consumer.position(of: end) else { continue }
            if windows[partition]?.pass(upTo: offset) == true { hasPassed = true }
        }
        return hasPassed
    }

    // MARK: Time

    /// A clock that was put right is right here too, and nothing closes early or late by it.
    private mutating func followClock() {
        let stepMs = time.follow()
        guard stepMs != 0 else { return }
        for partition in windows.indices { windows[partition]?.clockStepped(byMs: stepMs) }
        kept.clockStepped(byMs: stepMs)
        pace.opened(at: clock.monotonicMs())
        context.log.warning("the clock was put right", ["by_seconds": Double(stepMs) / 1000])
    }

    private mutating func closeQuietSeries() {
        let monotonicMs = clock.monotonicMs()
        guard quiet.isDue(at: monotonicMs) else { return }
        let steadyMs = restorer.configuration.idleAfterTrade
        for partition in windows.indices where windows[partition] != nil {
            let place = TopicPartition(topic: context.topic(.ticks), partition: Int32(partition))
            guard let confirmedMs = consumer.endConfirmedMs(of: place, steadyForMs: steadyMs) else { continue }
            windows[partition]?.partitionEnded(confirmedAt: nowMs - (monotonicMs - confirmedMs), into: &output)
        }
    }

    private mutating func emitLive() {
        guard live.isDue(at: clock.monotonicMs()) else { return }
        for partition in windows.indices { windows[partition]?.emitLive(into: &output) }
        metrics.show(windows, at: nowMs)
        openWindows.note(unread: consumer.backlog)
    }

    // MARK: What came, and what did not

    /// Tells of records that retention removed before they were read; the windows know.
    private mutating func noteSkipped(_ outcome: PollOutcome) {
        for hole in outcome.skipped {
            // A record behind the hole told its windows already; where the log is empty there is none.
            let partition = Int(hole.place.partition)
            if partition < windows.count { windows[partition]?.skip(to: hole.to) }
        }
        for partition in windows.indices {
            for offsets in windows[partition]?.takeSkipped() ?? [] {
                pace.opened(at: clock.monotonicMs())
                context.log.warning(
                    "ticks were removed before they were read, windows that may miss some are marked as incomplete",
                    [
                        "topic": context.topic(.ticks), "partition": partition, "from": offsets.lowerBound,
                        "to": offsets.upperBound,
                    ])
            }
        }
    }

    private mutating func checkPlacement() {
        for partition in windows.indices {
            for series in windows[partition]?.takeMet() ?? [] { placement?.check(series, in: Int32(partition)) }
        }
    }

    // MARK: Writing

    mutating func writeOutput() throws {
        guard !output.isEmpty else { return }
        pace.wrote(at: clock.monotonicMs())
        try writer.write(output)
        for record in output.records { written[record.topic, default: 0] += 1 }
        console.add(output)
        output.removeAll()
    }

    private mutating func writeFullChunks() throws {
        for partition in windows.indices {
            windows[partition]?.takeFullChunks(into: &state)
            try writeState(of: partition, isLast: false)
        }
    }

    private mutating func writeState(of partition: Int, isLast: Bool) throws {
        guard !state.isEmpty else { return }
        try writer.write(state, partition: Int32(partition), isLast: isLast)
        stateSize.add(state)
        state.removeAll()
    }

    mutating func commit() throws {
        let started = clock.monotonicMs()
        var offsets: [PartitionOffset] = []
        for partition in windows.indices {
            guard let next = windows[partition]?.nextOffset else { continue }
            windows[partition]?.takeChanges(into: &state)
            try writeState(of: partition, isLast: true)
            offsets.append(
                PartitionOffset(topic: context.topic(.ticks), partition: Int32(partition), offset: next))
        }
        try writer.commit(offsets, of: consumer)
        consumer.noteCommitted(offsets)
        report.note(offsets)
        for (topic, count) in written { report.add(count, topic.rawValue) }
        metrics.committed(windows, written: written, state: stateSize)
        written.removeAll(keepingCapacity: true)
        stateSize = StateSize()
        let ended = clock.monotonicMs()
        pace.committed(at: ended, afterMs: ended - started)
        metrics.commitSeconds.observe(Double(ended - started) / 1000)
        console.committed(windows)
        if console.isDone { onMinutes?() }
    }
}
