internal import CRdkafka
internal import System

/// A consumer: member of a group, or reader of the partitions it is told.
///
/// Nothing happens by itself: no offset is stored or committed, no assignment taken or given up, before its owner says so.
/// *Thread*: one thread owns it; the callbacks run inside `poll` and `close`.
package final class KafkaConsumer {
    /// Below every setting of ours and of the user's.
    private static let defaults: [(key: String, value: String)] = [
        ("client.id", "cryptostream"), ("log.queue", "true"), ("statistics.interval.ms", "500"),
        ("socket.nagle.disable", "true"), ("reconnect.backoff.max.ms", "1000"),
        ("topic.metadata.refresh.interval.ms", "10000"),
        ("enable.auto.commit", "false"), ("enable.auto.offset.store", "false"),
        ("isolation.level", "read_committed"), ("auto.offset.reset", "earliest"),
        ("partition.assignment.strategy", "range"), ("session.timeout.ms", "10000"),
        ("heartbeat.interval.ms", "1000"), ("enable.partition.eof", "true"),
        ("allow.auto.create.topics", "false"),
        // A quiet broker answers twenty times a second: silence is noticed (`endConfirmedMs`), and a fetch of partitions at their
        // end, of which one may be under way when a backlog begins or ends, holds up the others no longer.
        ("fetch.wait.max.ms", "50"),
        // Small answers into small queues, one for each partition: `FetchWaker` says why that loses no speed.
        ("fetch.max.bytes", "2000000"), ("max.partition.fetch.bytes", "600000"), ("queued.min.messages", "500"),
    ]

    let handle: KafkaHandle
    let table = PartitionTable()
    private var isPolling = false
    private var isClosed = false

    // What `poll` works with.
    let queue: OpaquePointer
    var batch: UnsafeMutableBufferPointer<UnsafeMutablePointer<rd_kafka_message_t>?>
    var waker: FetchWaker
    var answers = FetchAnswers()
    var reading = EvenReading()
    /// How long the others wait for a partition that is behind and brings nothing. *Units*: µs.
    var patienceUs = EvenReading.patienceUs
    /// Index of the partition that is read, or was read last.
    var current = 0
    /// Counts the turns of reading.
    var turn = 0
    /// While a backlog is caught up: the partition through whose queue those come that are at their end.
    var carrier: ReadPartition?
    /// An error that came together with records: the next call throws it.
    var pendingError: KafkaError?
    /// Records that came again or too late and were dropped.
    package internal(set) var staleRecords: UInt64 = 0

    /// - Parameters:
    ///   - group: nil for a reader that assigns itself and commits nothing.
    ///   - instance: makes it a static member, which keeps its place for a session timeout while it is away.
    ///   - onLog: librdkafka's log lines.
    /// - Throws: `.badConfig`.
    package init(
        _ configuration: KafkaConfiguration, group: String?, instance: String? = nil, onLog: @escaping KafkaLog
    ) throws(KafkaError) {
        var defaults = KafkaConsumer.defaults
        // librdkafka wants a group for every consumer; one that never subscribes nor commits does not exist for the broker.
        defaults.append(("group.id", group ?? "cryptostream-reader"))
        if let instance { defaults.append(("group.instance.id", instance)) }
        let pairs = configuration.pairs(for: .consumer, defaults: defaults)
        var settings = try KafkaSettings(pairs)
        let knowsBackoff = settings.setIfKnown("fetch.queue.backoff.ms", to: "10")
        let events = ClientEvents(onLog)
        events.install(in: settings)
        events.installGroupEvents(in: settings)
        handle = try KafkaHandle(RD_KAFKA_CONSUMER, settings, events, isServedByPoll: false)
        rd_kafka_poll_set_consumer(handle.raw)
        queue = rd_kafka_queue_get_consumer(handle.raw)
        events.queue = queue
        batch = .allocate(capacity: 512)
        waker = FetchWaker(pairs, isNeeded: !knowsBackoff)
    }

    deinit {
        forget()  // the partitions' queues before the client
        batch.deallocate()
        handle.events.queue = nil
        rd_kafka_queue_destroy(queue)
    }

    // MARK: Membership

    /// Has `KafkaRecord.topicID` count these topics in this order, whether they are read or not. Call it before the first `assign`.
    package func number(_ topics: [String]) { for topic in topics { _ = table.topicID(topic) } }

    /// Joins the group for these topics; `poll` tells what it gets.
    package func subscribe(_ topics: [String]) throws(KafkaError) {
        number(topics)
        let list = PartitionList(topics: topics)
        try check(rd_kafka_subscribe(handle.raw, list.raw), "rd_kafka_subscribe", of: handle)
    }

    /// Reads these partitions from these offsets, and no others: the answer to `Rebalance.assigned`, or a choice of one's own.
    package func assign(_ offsets: [PartitionOffset]) throws(KafkaError) {
        precondition(!isPolling, "assign is no call for the body of poll")
        try letGo()
        let partitions = offsets.map {
            ReadPartition($0, topicID: table.topicID($0.topic), of: handle.raw, waking: queue)
        }
        let list = PartitionList(offsets)
        try check(rd_kafka_assign(handle.raw, list.raw), "rd_kafka_assign", of: handle)
        table.assign(partitions)
    }

    /// Reads nothing more: the answer to `Rebalance.revoked`.
    package func unassign() throws(KafkaError) {
        precondition(!isPolling, "unassign is no call for the body of poll")
        resumePaused()
        try check(rd_kafka_assign(handle.raw, nil), "rd_kafka_assign", of: handle)
        forget()
    }

    /// Leaves the group (dynamic member) or keeps its place in it (static member), and closes.
    ///
    /// - Returns: false when the coordinator did not answer in time; the member then counts until its session times out.
    package func close(timeoutMs: Int32) -> Bool {
        guard !isClosed else { return true }
        isClosed = true
        handle.events.isClosing = true
        forget()
        // A rebalance that was reported and not answered would hold up the close.
        rd_kafka_assign(handle.raw, nil)
        guard let farewell = rd_kafka_queue_new(handle.raw) else { return false }
        defer { rd_kafka_queue_destroy(farewell) }
        if let error = rd_kafka_consumer_close_queue(handle.raw, farewell) {
            rd_kafka_error_destroy(error)
            return false
        }
        let deadlineUs = monotonicUs() + Int64(timeoutMs) * 1000
        while rd_kafka_consumer_closed(handle.raw) == 0 {
            guard monotonicUs() < deadlineUs else { return false }
            // Records that were on their way come here too.
            let count = rd_kafka_consume_batch_queue(farewell, 20, batch.baseAddress, batch.count)
            for index in 0..<max(0, count) { rd_kafka_message_destroy(batch[index]) }
        }
        return true
    }

    // MARK: Positions

    /// The names that `KafkaRecord.topicID` counts.
    package var topicNames: [String] { table.names }

    /// Offset of the record of this partition that `poll` hands out next; nil while not known (nothing read, logical start).
    package func position(of place: TopicPartition) -> Int64? {
        table.existing(place).flatMap { $0.next >= 0 ? $0.next : nil }
    }

    /// Every known position of the assignment: what a transaction or a commit takes when all that was handed out is done.
    package var positions: [PartitionOffset] {
        table.partitions.compactMap { $0.next >= 0 ? PartitionOffset($0.place, offset: $0.next) : nil }
    }

    /// The partitions that are read now.
    package var assignment: [TopicPartition] { table.partitions.map(\.place) }

    // MARK: State

    /// The newest snapshot, at most about half a second old while `poll` is called; nil at first.
    package var statistics: KafkaStatistics? { handle.events.statistics }
    /// Set when the consumer is of no more use: let the process exit 1.
    package var fatalError: KafkaError? { handle.events.fatal ?? KafkaError(fatalOf: handle.raw, "librdkafka") }
    /// The last error that librdkafka goes on trying to get over (a lost connection, say), and how many there were.
    package var lastProblem: KafkaError? { handle.events.lastProblem }
    package var problems: UInt64 { handle.events.problems }
    /// The same, if it may be why brokers do not answer now.
    package var currentProblem: KafkaError? { handle.events.currentProblem }

    // MARK: Parts

    /// Lets the assignment go and gives librdkafka an empty one, before the queues of another one are asked for.
    ///
    /// When librdkafka lets go of a partition that no metadata has shown yet, it forgets it: assigned again in the same call, the
    /// partition is another one, with another queue, and the one asked for before the call would stay empty for ever. (No partitions
    /// are not the same as nil, which would answer a revocation that nobody was told of yet.)
    private func letGo() throws(KafkaError) {
        let hadPartitions = !table.partitions.isEmpty
        resumePaused()
        forget()
        guard hadPartitions else { return }
        let none = PartitionList([TopicPartition]())
        try check(rd_kafka_assign(handle.raw, none.raw), "rd_kafka_assign", of: handle)
    }

    /// Resumes what is paused, since a pause ends with its assignment; librdkafka would keep it in the next one, without a word.
    private func resumePaused() {
        let places = table.partitions.filter(\.isPaused).map(\.place)
        if places.isEmpty { return }
        // A partition that librdkafka has forgotten by now is no error: its pause is forgotten, too.
        let list = PartitionList(places)
        rd_kafka_resume_partitions(handle.raw, list.raw)
    }

    /// Forgets the assignment.
    private func forget() {
        carrier = nil
        table.forget()
        reading.reset()
    }

    /// Marks the owner's calls inside a body, which may not change what is being read.
    func whilePolling<R>(_ body: () -> R) -> R {
        precondition(!isPolling, "poll is no call for the body of poll")
        isPolling = true
        defer { isPolling = false }
        return body()
    }
}

/// CLOCK_MONOTONIC, the clock of librdkafka's statistics. *Units*: microseconds.
func monotonicUs() -> Int64 {
    SystemClock().monotonicNs() / 1000
}

@available(*, unavailable)
extension KafkaConsumer: Sendable {}
