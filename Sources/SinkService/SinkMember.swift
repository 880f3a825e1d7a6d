internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Storage

/// One member of the sink's group: poll, write, commit. *Thread*: bound to one.
///
/// While the store or the coordinator is away the partitions are paused and polling goes on, so that the member keeps
/// its place; nothing more is read into the batch that waits.
final class SinkMember {
    /// Which of the sink's members it is.
    struct Identity {
        let index: Int
        let count: Int
        let membership: Membership
        /// How many each topic has.
        let partitions: Int

        /// What is its own without a group: every `count`-th partition.
        var own: [Int32] { (0..<Int32(partitions)).filter { Int($0) % count == index } }
    }

    /// What is to be done next with the batch.
    private enum Stage { case fill, write, sendDeadLetters, commit }

    private static let commitTimeoutMs: Int32 = 5_000

    private let context: ServiceContext
    private let identity: Identity
    private let condition: String
    private let metrics: SinkMetrics
    private let report: ServiceReport
    private let location: StoreLocation
    private let pace: BatchPace
    private let clock = SystemClock()
    private let consumer: KafkaConsumer
    private var consumerMetrics: KafkaMetrics
    private var store: (any Store)?
    private var deadLetters: DeadLetterWriter
    private var topics: [Topic] = []

    private var stage = Stage.fill
    private var batch: PendingBatch
    private var firstMs: Int64 = 0
    private var offsets: [PartitionOffset] = []
    private var backoff = Backoff(firstMs: 100, capMs: 5_000)
    /// While something is away: when it is tried next.
    private var retryMs: Int64?
    /// Whether Kafka was away at the last turn.
    private var isWaiting = false
    private let troubles = EveryNth(100)
    private let refusals = EveryNth()

    init(
        _ context: ServiceContext, _ identity: Identity, _ location: StoreLocation, _ metrics: SinkMetrics,
        _ report: ServiceReport
    ) throws {
        self.context = context
        self.identity = identity
        self.location = location
        self.metrics = metrics
        self.report = report
        condition = identity.index == 0 ? "store" : "store-\(identity.index)"
        pace = BatchPace(
            fullRows: context.settings.integer("batch-rows"), longestMs: context.settings.durationMs("batch-wait"))
        batch = PendingBatch(prefix: context.settings.text("prefix"))
        deadLetters = DeadLetterWriter(context, lost: metrics.lost)
        consumerMetrics = KafkaMetrics(context, member: identity.count > 1 ? identity.index : nil)
        let instance = context.settings.optionalText("instance").map {
            identity.index == 0 ? $0 : "\($0)-\(identity.index)"
        }
        consumer = try KafkaConsumer(
            SinkMember.kafka(context), group: identity.membership == .group ? context.group : nil, instance: instance,
            onLog: context.kafkaLog)
    }

    /// Small answers and a short queue: a store takes tens of thousands of rows a second, and members share the memory.
    /// Measured with two members and 300-byte ticks: 65 instead of 140 MB, at the same rate.
    private static func kafka(_ context: ServiceContext) -> KafkaConfiguration {
        var kafka = context.kafka
        kafka.set("queued.min.messages", to: "5000", for: .consumer)
        // No limit for a consumer, but a floor of the next.
        kafka.set("message.max.bytes", to: "500000", for: .consumer)
        kafka.set("fetch.max.bytes", to: "500000", for: .consumer)
        return kafka
    }

    /// Runs until stop is requested.
    /// - Throws: what only a restart or a person can mend.
    func run() throws {
        guard try openStore() else { return }
        try join()
        while !context.stop.isRequested {
            do { try turn() } catch let error as KafkaError {
                guard case .retriable = error else { throw error }
                context.notReady("kafka", because: "\(error)")
                isWaiting = true
                if troubles.isDue() { context.log.warning("waiting for Kafka", ["error": "\(error)"]) }
                context.stop.wait(ms: 100)
            }
        }
        try finish()
    }

    /// Tries until the store opens; false when stop was requested first.
    private func openStore() throws -> Bool {
        while !context.stop.isRequested {
            do throws(StoreError) {
                store = try location.open(keepMs: context.settings.durationMs("keep"))
                storeAnswered()
                return true
            } catch {
                try storeFailed(error)
            }
            context.stop.wait(ms: backoff.next())
        }
        return false
    }

    private func turn() throws {
        let now = clock.monotonicMs()
        if let retryMs, now >= retryMs { try advance() }
        let outcome = try consumer.poll(limit: max(1, pace.fullRows - batch.records), waitMs: waitMs()) { add($0) }
        if isWaiting {
            isWaiting = false
            context.ready("kafka")
        }
        consumerMetrics.note(consumer)
        if outcome.records > 0 {
            metrics.read.add(outcome.records)
            report.noteRead(consumer.positions)
        }
        if let rebalance = outcome.rebalance { return try answer(rebalance) }
        if stage == .fill, isDue() { try advance() }
        // What follows the last record, a transaction's end for one, is done too.
        if batch.isEmpty, outcome.records == 0 { report.note(consumer.positions) }
    }

    private func add(_ record: borrowing KafkaRecord) {
        while topics.count <= record.topicID { topics.append(topic(named: consumer.topicNames[topics.count])) }
        if batch.isEmpty { firstMs = clock.monotonicMs() }
        let origin = RecordOrigin(
            topics[record.topicID], partition: record.partition, offset: record.offset, timestampMs: record.timestampMs)
        var headers: [String: String] = [:]
        if origin.topic == .deadLetter {
            record.forEachHeader { headers[$0] = $1.map { String(decoding: $0, as: UTF8.self) } }
        }
        batch.add(
            origin, key: record.key?.bytes, value: record.value?.bytes, appendTime: record.appendTimeMs
        ) { DeadLetter(headers: headers) }
    }

    private func topic(named name: String) -> Topic {
        guard let topic = SinkService.inputs.first(where: { context.topic($0) == name }) else {
            preconditionFailure("\(name) was not subscribed")
        }
        return topic
    }

    private func waitMs() -> Int32 {
        if let retryMs { return Int32(max(1, min(100, retryMs - clock.monotonicMs()))) }
        if batch.isEmpty { return 100 }
        let due = pace.dueMs(rows: batch.records, firstMs: firstMs)
        return Int32(max(1, min(100, due - clock.monotonicMs())))
    }

    private func isDue() -> Bool {
        pace.isDue(rows: batch.records, bytes: batch.byteCount, firstMs: firstMs, now: clock.monotonicMs())
    }

    // MARK: Writing

    /// Takes the batch as far as it goes: write, dead letters, commit. Where something is away it stays and is tried
    /// again later.
    private func advance() throws {
        if stage == .fill {
            offsets = consumer.positions
            stage = .write
        }
        if stage == .write, try !write() { return try hold() }
        if stage == .sendDeadLetters, try !sendDeadLetters() { return try hold() }
        if stage == .commit, try !commit() { return try hold() }
        if retryMs != nil {
            retryMs = nil
            try consumer.resume(consumer.assignment)
        }
        backoff.reset()
    }

    private func write() throws -> Bool {
        let started = clock.monotonicMs()
        do throws(StoreError) {
            let outcome = try store?.write(batch.rows, now: clock.wallMs()) ?? WriteOutcome()
            metrics.writeSeconds.observe(Double(clock.monotonicMs() - started) / 1000)
            metrics.add(written: outcome.taken)
            for (table, count) in zip(Table.allCases, outcome.taken) { report.add(count, table.name.description) }
            if !outcome.rejected.isEmpty { batch.refuse(outcome.rejected) }
            storeAnswered()
            stage = .sendDeadLetters
            return true
        } catch {
            try storeFailed(error)
            return false
        }
    }

    private func sendDeadLetters() throws -> Bool {
        guard try deadLetters.send(batch.refused, timeoutMs: SinkMember.commitTimeoutMs) else {
            context.notReady("dead letters", because: "the topic does not take records")
            return false
        }
        if !batch.refused.isEmpty { context.ready("dead letters") }
        logRefused()
        stage = .commit
        return true
    }

    private func commit() throws -> Bool {
        do { try commitOffsets() } catch {
            if case .fatal = error { throw error }
            // Not ours any more: the next poll brings the rebalance, and the new owner reads it again.
            context.notReady("commit", because: "\(error)")
            if troubles.isDue() { context.log.warning("the offsets are not committed yet", ["error": "\(error)"]) }
            return false
        }
        context.ready("commit")
        metrics.batches.add()
        metrics.add(refused: batch.refused)
        report.add(batch.refused.count, "rejected")
        report.note(offsets)
        drop()
        return true
    }

    private func commitOffsets() throws(KafkaError) {
        guard identity.membership == .group else { return }
        try consumer.commit(offsets, timeoutMs: SinkMember.commitTimeoutMs)
    }

    private func drop() {
        batch.removeAll()
        offsets = []
        stage = .fill
    }

    // MARK: Waiting

    /// Stops reading until the next try.
    private func hold() throws {
        retryMs = clock.monotonicMs() + backoff.next()
        try consumer.pause(consumer.assignment)
    }

    private func storeAnswered() { context.ready(condition) }

    /// - Throws: the error, when waiting does not help.
    private func storeFailed(_ error: StoreError) throws {
        metrics.attemptsFailed.add()
        context.notReady(condition, because: "\(error)")
        guard case .away = error else { throw error }
        if troubles.isDue() { context.log.warning("waiting for the store", ["error": "\(error)"]) }
    }

    private func logRefused() {
        for record in batch.refused where refusals.isDue() {
            context.log.warning(
                "record not stored",
                [
                    "topic": context.topic(record.origin.topic), "partition": record.origin.partition,
                    "offset": record.origin.offset, "error": record.error,
                ])
        }
    }

    // MARK: Membership

    private func join() throws {
        let topics = SinkService.inputs.map { context.topic($0) }
        switch identity.membership {
        case .group: try consumer.subscribe(topics)
        case .alone:
            let own = topics.flatMap { topic in
                identity.own.map { PartitionOffset(topic: topic, partition: $0, offset: 0) }
            }
            try consumer.assign(own)
            context.log.info("partitions taken", ["count": own.count])
        }
    }

    private func answer(_ rebalance: Rebalance) throws {
        switch rebalance {
        case .assigned(let partitions):
            try consumer.assign(partitions.map { PartitionOffset($0, offset: KafkaOffset.committed) })
            context.ready("group")
            context.log.info("partitions assigned", ["count": partitions.count])
        case .revoked(let partitions, let isLost):
            // One try; whatever is not committed is read again by the next owner.
            if !isLost, !batch.isEmpty { try advance() }
            drop()
            retryMs = nil
            try consumer.unassign()
            context.notReady("group", because: "no partitions assigned")
            context.log.info("partitions revoked", ["count": partitions.count, "lost": isLost])
        }
    }

    private func finish() throws {
        if !batch.isEmpty {
            try advance()
            if !batch.isEmpty { context.log.warning("stopped before the store took the last batch, it is read again") }
        }
        if !consumer.close(timeoutMs: 4_000) { context.log.warning("left the group without the broker's answer") }
    }
}

@available(*, unavailable)
extension SinkMember: Sendable {}
