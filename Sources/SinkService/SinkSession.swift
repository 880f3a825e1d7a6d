internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Storage

/// A member's work on one store, as long as that is the same: poll, write, commit. *Thread*: bound to one.
///
/// A batch goes through its stages in this order: what is malformed is sent to the dead letters; the rows are written,
/// and the store remembers with them how far it holds each partition; what the store refused is sent to the dead letters
/// (then it remembers only now); the group's offsets are committed. A crash anywhere leaves nothing out: what the store
/// does not remember is read again.
///
/// While the store or the coordinator is away the partitions are paused and polling goes on, so that the member keeps
/// its place; nothing more is read into the batch that waits.
final class SinkSession {
    /// Why a session ended.
    enum End { case stopped, replaced }

    /// What is to be done next with the batch.
    private enum Stage { case fill, bury, write, buryRefused, commit }

    private static let commitTimeoutMs: Int32 = 5_000
    /// How often a store is looked at, and the group's offsets moved past markers, while no records come.
    private static let idleMs: Int64 = 1_000

    let context: ServiceContext
    let target: SinkTarget
    let store: any Store
    let consumer: KafkaConsumer
    let metrics: SinkMetrics
    var progress = Progress(cluster: "")
    private let identity: SinkMember.Identity
    private let pace: BatchPace
    let clock = SystemClock()
    private var consumerMetrics: KafkaMetrics
    private var brokerWatch: BrokerWatch
    private var deadLetters: DeadLetterWriter
    private var topics: [Topic] = []

    private var stage = Stage.fill
    private var batch: PendingBatch
    private var firstMs: Int64 = 0
    private var offsets: [PartitionOffset] = []
    private var holding: [HeldPartition] = []
    private var backoff = Backoff(firstMs: 100, capMs: 5_000)
    /// While something is away: when it is tried next.
    private var retryMs: Int64?
    private var nextIdleMs: Int64 = 0
    /// Whether Kafka was away at the last turn.
    private var isWaiting = false
    let troubles = EveryNth(100)
    private let refusals = EveryNth()

    init(
        _ target: SinkTarget, _ identity: SinkMember.Identity, _ store: any Store, _ name: StoreIdentity,
        _ metrics: SinkMetrics
    ) throws {
        self.target = target
        self.identity = identity
        self.store = store
        self.metrics = metrics
        context = target.context
        let settings = context.settings
        pace = BatchPace(fullRows: settings.integer("batch-rows"), waitMs: settings.optionalDurationMs("batch-wait"))
        batch = PendingBatch(prefix: settings.text("prefix"))
        deadLetters = DeadLetterWriter(context, sendsMalformed: target.number == 0, lost: metrics.lost)
        brokerWatch = BrokerWatch(context, condition: identity.name(of: "kafka"))
        consumerMetrics = KafkaMetrics(
            context, member: identity.count > 1 ? identity.index : nil, store: target.label)
        let group = settings.optionalText("group") ?? "\(context.group)-\(name.id.prefix(8))"
        let instance = settings.optionalText("instance")
        let isAlone = target.membership == .alone
        consumer = try KafkaConsumer(
            SinkSession.kafka(context), group: isAlone ? nil : group,
            instance: isAlone ? nil : instance.map { identity.index == 0 ? $0 : "\($0)-\(identity.index)" },
            onLog: context.kafkaLog)
        context.log.info("store opened", ["id": name.id, "group": isAlone ? "none" : group])
    }

    /// Small answers and short queues: a store takes tens of thousands of rows a second, and members share the memory.
    /// A partition that waits for others to get on (`KafkaConsumer.poll`) is fetched to its log's end. A fetch of it then waits at
    /// the broker, and no other partition is fetched meanwhile. So fetches wait 50 ms at most. Measured with 3 M ticks and 10 k windows into SQLite: 78 MB and 18 s;
    /// with the waits of other consumers 76 MB and 69 s, with their queues 123 MB and 16 s.
    private static func kafka(_ context: ServiceContext) -> KafkaConfiguration {
        var kafka = context.kafka
        kafka.set("queued.min.messages", to: "1000", for: .consumer)
        kafka.set("max.partition.fetch.bytes", to: "65536", for: .consumer)
        kafka.set("fetch.wait.max.ms", to: "50", for: .consumer)
        // No limit for a consumer, but a floor of the next.
        kafka.set("message.max.bytes", to: "500000", for: .consumer)
        kafka.set("fetch.max.bytes", to: "500000", for: .consumer)
        return kafka
    }

    /// Runs until stop is requested or the store is another one.
    /// - Throws: what only a restart or a person can mend.
    func run() throws -> End {
        do {
            try start()
            while !context.stop.isRequested { try turnOrWait() }
            try finish()
            return .stopped
        } catch StoreError.replaced(let what) {
            notReady("store", because: what)
            notReady("group", because: "no partitions assigned")
            context.log.warning("the store is not the one that was opened: it is opened anew", ["reason": what])
            metrics.replacements.add()
            close()
            return .replaced
        }
    }

    /// Joins the group; alone, takes this member's share of all partitions.
    private func start() throws {
        let topics = SinkService.inputs.map { context.topic($0) }
        switch target.membership {
        case .group: try consumer.subscribe(topics)
        case .alone:
            let own = topics.flatMap { topic in
                identity.own.map { PartitionOffset(topic: topic, partition: $0, offset: 0) }
            }
            try consumer.assign(own)
            ready("group")
            context.log.info("partitions taken", ["count": own.count])
        }
    }

    private func turnOrWait() throws {
        do { try turn() } catch let error as KafkaError {
            guard case .retriable = error else { throw error }
            notReady("kafka", because: "\(error)")
            isWaiting = true
            if troubles.isDue() { context.log.warning("waiting for Kafka", ["error": "\(error)"]) }
            context.stop.wait(ms: 100)
        }
    }

    private func turn() throws {
        let now = clock.monotonicMs()
        if let retryMs, now >= retryMs { try advance() }
        let outcome = try consumer.poll(limit: max(1, pace.fullRows - batch.records), waitMs: waitMs()) { add($0) }
        if isWaiting {
            isWaiting = false
            ready("kafka")
        }
        consumerMetrics.note(consumer)
        brokerWatch.look(at: consumer)
        if outcome.records > 0 {
            metrics.read.add(outcome.records)
            report.noteRead(consumer.positions)
        }
        for hole in outcome.skipped { skipped(hole.place, from: hole.from, to: hole.to) }
        if let rebalance = outcome.rebalance { return try answer(rebalance) }
        if stage == .fill, isDue() { try advance() }
        if stage == .fill, batch.isEmpty, outcome.records == 0 { try idle() }
    }

    private func add(_ record: borrowing KafkaRecord) {
        while topics.count <= record.topicID { topics.append(topic(named: consumer.topicNames[topics.count])) }
        if batch.isEmpty { firstMs = clock.monotonicMs() }
        let timestampMs = record.timestampMs
        progress.note(
            topicID: record.topicID, partition: record.partition, offset: record.offset, timestampMs: timestampMs)
        let origin = RecordOrigin(
            topics[record.topicID], partition: record.partition, offset: record.offset, timestampMs: timestampMs)
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

    /// Nothing to write: what follows the last record, a transaction's end for one, is done too, and the store is looked
    /// at.
    private func idle() throws {
        report.note(consumer.positions)
        guard clock.monotonicMs() >= nextIdleMs else { return }
        nextIdleMs = clock.monotonicMs() + SinkSession.idleMs
        if !changes().isEmpty { return try advance() }
        do throws(StoreError) {
            try store.check()
            ready("store")
        } catch { try storeFailed(error) }
    }

    // MARK: Writing

    /// What the store will hold; nothing where the broker lives no longer than the sink.
    private func changes() -> [HeldPartition] {
        if target.membership == .alone { return [] }
        return progress.changes(at: consumer.positions, topics: consumer.topicNames)
    }

    /// Takes the batch as far as it goes. Where something is away it stays and is tried again later.
    private func advance() throws {
        if stage == .fill {
            offsets = consumer.positions
            holding = changes()
            stage = .bury
        }
        if stage == .bury, try !bury(.write) { return try hold() }
        if stage == .write, try !write() { return try hold() }
        if stage == .buryRefused {
            if try !bury(.buryRefused) { return try hold() }
            if try !remember() { return try hold() }
        }
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
            let outcome = try store.write(batch.rows, holding: holding, now: clock.wallMs())
            if holding.isEmpty { try store.check() }
            if !batch.isEmpty { metrics.writeSeconds.observe(Double(clock.monotonicMs() - started) / 1000) }
            metrics.add(written: outcome.taken)
            for (table, count) in zip(Table.allCases, outcome.taken) { report.add(count, table.name.description) }
            batch.refuse(outcome.rejected)
            if outcome.rejected.isEmpty { progress.remember(holding) }
            stage = outcome.rejected.isEmpty ? .commit : .buryRefused
            ready("store")
            return true
        } catch {
            try storeFailed(error)
            return false
        }
    }

    /// Sends dead letters: before the write what is malformed, behind it what the store refused.
    private func bury(_ next: Stage) throws -> Bool {
        let records = batch.refused.filter { $0.isMalformed == (next == .write) }
        guard try deadLetters.send(records, timeoutMs: SinkSession.commitTimeoutMs) else {
            notReady("dead letters", because: "the topic does not take records")
            return false
        }
        if !records.isEmpty { ready("dead letters") }
        logRefused(records)
        stage = next
        return true
    }

    /// Remembers what the store holds when its dead letters are sent.
    private func remember() throws -> Bool {
        do throws(StoreError) {
            try store.hold(holding)
            progress.remember(holding)
            stage = .commit
            ready("store")
            return true
        } catch {
            try storeFailed(error)
            return false
        }
    }

    private func commit() throws -> Bool {
        if target.membership == .group {
            do { try consumer.commit(offsets, timeoutMs: SinkSession.commitTimeoutMs) } catch {
                if case .fatal = error { throw error }
                // Not ours any more: the next poll brings the rebalance, and the new owner reads it again.
                notReady("commit", because: "\(error)")
                if troubles.isDue() {
                    context.log.warning("the offsets are not committed yet", ["error": "\(error)"])
                }
                return false
            }
            ready("commit")
        } else {
            consumer.noteCommitted(offsets)
        }
        if !batch.isEmpty { metrics.batches.add() }
        metrics.add(refused: batch.refused)
        report.add(batch.refused.count, "rejected")
        report.note(offsets)
        nextIdleMs = clock.monotonicMs() + SinkSession.idleMs
        drop()
        return true
    }

    private func drop() {
        batch.removeAll()
        offsets = []
        holding = []
        stage = .fill
    }

    // MARK: Waiting

    private var report: ServiceReport { target.report }

    func ready(_ condition: String) { context.ready(identity.name(of: condition)) }

    func notReady(_ condition: String, because reason: String) {
        context.notReady(identity.name(of: condition), because: reason)
    }

    /// Stops reading until the next try.
    private func hold() throws {
        retryMs = clock.monotonicMs() + backoff.next()
        try consumer.pause(consumer.assignment)
    }

    /// - Throws: the error, when waiting does not help.
    func storeFailed(_ error: StoreError) throws {
        metrics.attemptsFailed.add()
        notReady("store", because: "\(error)")
        guard case .away = error else { throw error }
        if troubles.isDue() { context.log.warning("waiting for the store", ["error": "\(error)"]) }
    }

    private func logRefused(_ records: [RefusedRecord]) {
        for record in records where refusals.isDue() {
            context.log.warning(
                "record not stored",
                [
                    "topic": context.topic(record.origin.topic), "partition": record.origin.partition,
                    "offset": record.origin.offset, "error": record.error,
                ])
        }
    }

    // MARK: Membership

    private func answer(_ rebalance: Rebalance) throws {
        switch rebalance {
        case .assigned(let partitions):
            guard try begin(partitions) else { return }
            ready("group")
            // Kafka's tools read there how far the store is, and the store's word may be another than the group's.
            offsets = consumer.positions
            stage = .commit
            try advance()
        case .revoked(let partitions, let isLost):
            // One try; whatever the store does not hold is read again by the next owner.
            if !isLost, !batch.isEmpty { try advance() }
            drop()
            retryMs = nil
            try consumer.unassign()
            // What this member waited for is the next owner's matter.
            ready("commit")
            ready("dead letters")
            notReady("group", because: "no partitions assigned")
            context.log.info("partitions revoked", ["count": partitions.count, "lost": isLost])
        }
    }

    private func finish() throws {
        if !batch.isEmpty {
            try advance()
            if !batch.isEmpty { context.log.warning("stopped before the store took the last batch, it is read again") }
        }
        close()
    }

    private func close() {
        if !consumer.close(timeoutMs: 4_000) { context.log.warning("left the group without the broker's answer") }
    }
}

@available(*, unavailable)
extension SinkSession: Sendable {}
