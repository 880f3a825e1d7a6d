internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime

/// One life of the processor as a member of its group: poll, compute, write, commit.
///
/// A transaction holds everything that a stretch of input led to: records, changed state, input offsets. It is begun with the
/// first record read after a commit.
struct ProcessorSession {
    /// How long leaving the group may take.
    private static let farewellMs: Int32 = 2_500

    private let context: ServiceContext
    private let restorer: StateRestorer
    private let consumer: KafkaConsumer
    private let writer: TransactionWriter
    private var metrics: ProcessorMetrics
    private var openWindows: OpenWindowsReport
    private var consumerMetrics: KafkaMetrics
    private let report: ServiceReport
    private let onMinutes: (@Sendable () -> Void)?
    private let clock = SystemClock()
    /// By partition; nil where another member has it.
    private var windows: [PartitionWindows?] = []
    /// From the last rebalance to the next.
    private var kept = KeptWindows()
    private var output = OutputBatch()
    private var state = StateBatch()
    private var pace: CommitPace
    /// Records of the open transaction, by topic.
    private var written: [Topic: Int] = [:]
    private var console: Console
    private let troubles = EveryNth()
    private var isWaiting = false
    private var live = Interval(ms: 1_000)
    private var quiet = Interval(ms: 100)
    /// What the wall clock showed when the monotonic one showed 0: set once, so that a clock put forward or back closes nothing.
    private let wallAtZeroMs: Int64
    /// Time since the epoch at this turn.
    private var nowMs: Int64 = 0

    init(
        _ context: ServiceContext, _ configuration: WindowConfiguration, _ report: ServiceReport,
        _ openWindows: OpenWindows, _ onMinutes: (@Sendable () -> Void)?
    ) throws {
        self.context = context
        self.report = report
        self.openWindows = OpenWindowsReport(openWindows, configuration)
        self.onMinutes = onMinutes
        metrics = ProcessorMetrics(context.metrics)
        consumerMetrics = KafkaMetrics(context)
        console = Console(context.settings)
        pace = CommitPace()
        wallAtZeroMs = clock.wallMs() - clock.monotonicMs()
        writer = try TransactionWriter(context)
        restorer = StateRestorer(
            context: context, configuration: configuration, metrics: metrics, own: writer.transactionalID)
        consumer = try KafkaConsumer(
            context.kafka, group: context.group, instance: context.settings.optionalText("instance"),
            onLog: context.kafkaLog)
    }

    /// Runs until stop is requested or the wanted minutes are final, then commits and leaves the group.
    mutating func run() throws {
        guard try writer.start() else { return }
        try consumer.subscribe([context.topic(.ticks)])
        do {
            try work()
        } catch let problem as StateProblem {
            leave()  // offsets can be reset only while the group has no member
            throw problem
        }
        try finish()
    }

    /// Turn after turn, until stop is requested or the wanted minutes are final.
    private mutating func work() throws {
        while !context.stop.isRequested, !console.isDone || onMinutes != nil {
            openWindows.turn(windows, at: wallAtZeroMs + clock.monotonicMs())
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
    private mutating func wait(_ error: KafkaError) {
        context.notReady("kafka", because: "\(error)")
        if troubles.isDue() { context.log.warning("waiting for Kafka", ["error": "\(error)"]) }
        isWaiting = true
        _ = context.stop.wait(ms: 100)
    }

    private mutating func turn() throws {
        nowMs = wallAtZeroMs + clock.monotonicMs()
        let now = nowMs
        let waitMs = openWindows.isBusy ? 0 : pace.waitMs(at: clock.monotonicMs())
        let outcome = try consumer.poll(limit: CommitPace.fullPoll, waitMs: waitMs) { record in
            let partition = Int(record.partition)
            guard partition < windows.count else { return }
            windows[partition]?.add(
                key: record.key?.bytes, value: record.value?.bytes, offset: record.offset, now: now, into: &output)
        }
        if isWaiting {
            isWaiting = false
            context.ready("kafka")
        }
        if outcome.records > 0 { pace.opened(at: clock.monotonicMs()) }
        if let rebalance = outcome.rebalance { try answer(rebalance) }
        closeQuietSeries()
        emitLive()
        try writeOutput()
        if pace.isDue(at: clock.monotonicMs(), backlog: consumer.backlog) { try commit() }
        writer.serve()
        consumerMetrics.note(consumer)
    }

    // MARK: Time

    private mutating func closeQuietSeries() {
        guard quiet.isDue(at: nowMs) else { return }
        let monotonicMs = clock.monotonicMs()
        let steadyMs = restorer.configuration.idleAfterTrade
        for partition in windows.indices where windows[partition] != nil {
            let place = TopicPartition(topic: context.topic(.ticks), partition: Int32(partition))
            guard let confirmedMs = consumer.endConfirmedMs(of: place, steadyForMs: steadyMs) else { continue }
            windows[partition]?.partitionEnded(confirmedAt: nowMs - (monotonicMs - confirmedMs), into: &output)
        }
    }

    private mutating func emitLive() {
        guard live.isDue(at: nowMs) else { return }
        for partition in windows.indices { windows[partition]?.emitLive(into: &output) }
        metrics.show(windows, at: nowMs)
    }

    // MARK: Writing

    private mutating func writeOutput() throws {
        guard !output.isEmpty else { return }
        pace.wrote(at: clock.monotonicMs())
        try writer.write(output)
        for record in output.records { written[record.topic, default: 0] += 1 }
        console.add(output)
        output.removeAll()
    }

    private mutating func commit() throws {
        let started = clock.monotonicMs()
        var offsets: [PartitionOffset] = []
        var stateSize = StateSize()
        for partition in windows.indices {
            guard let next = windows[partition]?.nextOffset else { continue }
            windows[partition]?.takeChanges(into: &state)
            try writer.write(state, partition: Int32(partition))
            stateSize.add(state)
            state.removeAll()
            offsets.append(
                PartitionOffset(topic: context.topic(.ticks), partition: Int32(partition), offset: next))
        }
        try writer.commit(offsets, of: consumer)
        report.note(offsets)
        for (topic, count) in written { report.add(count, topic.rawValue) }
        metrics.committed(windows, written: written, state: stateSize)
        written.removeAll(keepingCapacity: true)
        let ended = clock.monotonicMs()
        pace.committed(at: ended, afterMs: ended - started)
        metrics.commitSeconds.observe(Double(ended - started) / 1000)
        console.committed(windows)
        if console.isDone { onMinutes?() }
    }

    // MARK: Rebalance and recovery

    private mutating func answer(_ rebalance: Rebalance) throws {
        switch rebalance {
        case .revoked(let partitions, let isLost):
            try giveUp(isLost: isLost)
            let reason = isLost ? consumer.lastProblem.map { ": \($0)" } ?? "" : ""
            context.notReady("state", because: "no partitions assigned\(reason)")
            context.log.info("partitions revoked", ["count": partitions.count, "lost": isLost])
        case .assigned(let partitions):
            metrics.rebalances.add()
            try assign(partitions.map(\.partition))
        }
    }

    /// Commits what was read from the assignment, or takes it back where that is not possible any more; then forgets it.
    ///
    /// Nothing of it may stay behind: what is not committed here is read again by the next owner.
    private mutating func giveUp(isLost: Bool) throws {
        do {
            if isLost { try abandon() } else { try commitAll() }
            kept = isLost ? KeptWindows() : KeptWindows(windows, context)
        } catch let error as KafkaError {
            guard case .abortable = error else { throw error }
            context.log.warning("given up without a last commit", ["error": "\(error)"])
            try abandon()
        }
        for partition in windows.indices { drop(Int32(partition)) }
        try consumer.unassign()
    }

    /// Commits everything that was read, with the records of this turn.
    private mutating func commitAll() throws {
        try writeOutput()
        if writer.isOpen { try commit() }
    }

    /// Takes back everything since the last commit; the windows have to be restored or dropped after it.
    private mutating func abandon() throws {
        if writer.isOpen { metrics.aborts.add() }
        output.removeAll()
        state.removeAll()
        console.aborted()
        written.removeAll()
        pace.aborted()
        try writer.abort()
    }

    private mutating func drop(_ partition: Int32) {
        let index = Int(partition)
        guard index < windows.count else { return }
        windows[index] = nil
    }

    private mutating func assign(_ partitions: [Int32]) throws {
        let started = clock.monotonicMs()
        context.notReady("state", because: "restoring \(partitions.count) partitions")
        guard let restored = try restore(partitions) else { return }
        kept = KeptWindows()
        for (core, _) in restored {
            let index = Int(core.partition)
            while windows.count <= index { windows.append(nil) }
            windows[index] = core
            metrics.assigned(core)
        }
        try consumer.assign(restored.map(\.offset))
        let seconds = Double(clock.monotonicMs() - started) / 1000
        metrics.restoreSeconds.set(seconds)
        context.ready("state")
        context.log.info("partitions assigned", ["count": partitions.count, "restore_seconds": seconds])
    }

    /// Tries until it works or stop was requested (nil).
    private mutating func restore(
        _ partitions: [Int32]
    ) throws -> [(windows: PartitionWindows, offset: PartitionOffset)]? {
        while !context.stop.isRequested {
            do {
                return try restorer.restore(partitions, keeping: kept, committedIn: consumer)
            } catch let error as KafkaError {
                guard case .retriable = error else { throw error }
                wait(error)
            }
        }
        return nil
    }

    /// After an abortable error: nothing of the transaction happened; go back to what is committed.
    private mutating func recover(from error: KafkaError) throws {
        context.log.warning("transaction aborted, going back to the last commit", ["error": "\(error)"])
        let partitions = windows.indices.filter { windows[$0] != nil }.map { Int32($0) }
        try abandon()
        for partition in partitions { drop(partition) }
        // Without partitions there is nothing to go back to: the group says what comes next.
        guard !partitions.isEmpty else { return }
        try consumer.unassign()
        try assign(partitions)
    }

    private mutating func finish() throws {
        do {
            try commitAll()
        } catch let error as KafkaError {
            guard case .abortable = error else { throw error }
            // What is not committed is read again by the next member: nothing is lost.
            context.log.warning("stopped without a last commit", ["error": "\(error)"])
            try abandon()
        }
        context.notReady("state", because: "stopping")
        leave()
        console.show()
    }

    private func leave() {
        // When a stop has waited so long, Kafka is away: the farewell would not arrive, and its request delays the end.
        let isAway = (context.stop.ageMs ?? 0) > TransactionWriter.stopLimitMs
        if isAway || !consumer.close(timeoutMs: ProcessorSession.farewellMs) {
            context.log.warning("left the group without the broker's answer")
        }
    }
}
