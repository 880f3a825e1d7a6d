internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Storage
internal import System

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
    enum Stage { case fill, bury, write, buryRefused, commit }

    static let commitTimeoutMs: Int32 = 5_000
    /// How often a store is looked at, and the group's offsets moved past markers, while no records come.
    static let idleMs: Int64 = 1_000

    let context: ServiceContext
    let target: SinkTarget
    let store: any Store
    let consumer: KafkaConsumer
    let metrics: SinkMetrics
    var progress = Progress(cluster: "")
    let identity: SinkMember.Identity
    private let pace: BatchPace
    let clock = SystemClock()
    private var consumerMetrics: KafkaMetrics
    private var brokerWatch: BrokerWatch
    var deadLetters: DeadLetterWriter
    private var topics: [Topic] = []

    var stage = Stage.fill
    var batch: PendingBatch
    private var firstMs: Int64 = 0
    var offsets: [PartitionOffset] = []
    var holding: [HeldPartition] = []
    var backoff = Backoff(firstMs: 100, capMs: 5_000)
    /// While something is away: when it is tried next.
    var retryMs: Int64?
    var nextIdleMs: Int64 = 0
    /// Whether Kafka was away at the last turn.
    private var isWaiting = false
    let troubles = EveryNth(100)
    let refusals = EveryNth()

    init(
        _ target: SinkTarget, _ identity: SinkMember.Identity, _ store: any Store, _ name: StoreIdentity,
        _ metrics: SinkMetrics
    ) throws {
        self.target = target
        self.identity = identity
        self.store = store
        self.metrics = metrics
        context = target.context
        let configuration = target.configuration
        pace = BatchPace(fullRows: configuration.batchRows, waitMs: configuration.batchWaitMs)
        batch = PendingBatch(prefix: context.common.prefix)
        deadLetters = DeadLetterWriter(context, sendsMalformed: target.number == 0, lost: metrics.lost)
        brokerWatch = BrokerWatch(context, condition: identity.name(of: "kafka"))
        consumerMetrics = KafkaMetrics(
            context, member: identity.count > 1 ? identity.index : nil, store: target.label)
        let group = configuration.group ?? "\(context.group)-\(name.id.prefix(8))"
        let isAlone = target.membership == .alone
        consumer = try KafkaConsumer(
            SinkSession.kafka(context), group: isAlone ? nil : group,
            instance: isAlone
                ? nil : configuration.instance.map { identity.index == 0 ? $0 : "\($0)-\(identity.index)" },
            onLog: context.kafkaLog)
        context.log.info("store opened", ["id": name.id, "group": isAlone ? "none" : group])
    }

    /// Small answers and short queues: a store takes tens of thousands of rows a second, and members share the memory.
    /// With the queues of other consumers 3 M ticks and 10 k windows into SQLite took 16 s and 123 MB, with these 18 s and 78 MB.
    private static func kafka(_ context: ServiceContext) -> KafkaConfiguration {
        var kafka = context.kafka
        kafka.set("queued.min.messages", to: "1000", for: .consumer)
        kafka.set("max.partition.fetch.bytes", to: "65536", for: .consumer)
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
        let outcome = try consumer.poll(
            limit: max(1, pace.fullRows - batch.records), waitMs: waitMs(),
            onHole: { skipped($0.place, from: $0.from, to: $0.to) }, { add($0) })
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
        guard let topic = target.configuration.topics.first(where: { context.topic($0) == name }) else {
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

    // MARK: Waiting

    var report: ServiceReport { target.report }

    func ready(_ condition: String) { context.ready(identity.name(of: condition)) }

    func notReady(_ condition: String, because reason: String) {
        context.notReady(identity.name(of: condition), because: reason)
    }

    /// - Throws: the error, when waiting does not help.
    func storeFailed(_ error: StoreError) throws {
        metrics.attemptsFailed.add()
        notReady("store", because: "\(error)")
        guard case .away = error else { throw error }
        if troubles.isDue() { context.log.warning("waiting for the store", ["error": "\(error)"]) }
    }
}

@available(*, unavailable)
extension SinkSession: Sendable {}
