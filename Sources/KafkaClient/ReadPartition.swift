internal import CRdkafka
internal import Synchronization

/// One partition that a consumer reads: where it stands, and the queue in which its fetched records wait.
///
/// The queue is the partition's own, not forwarded to the consumer's: librdkafka then asks for more of each partition as its own
/// queue empties, and the consumer chooses which one to read and which one to empty (`EvenReading`).
/// *Thread*: that of the consumer; librdkafka's threads touch `hasNews` alone.
final class ReadPartition {
    let place: TopicPartition
    /// Index into `KafkaConsumer.topicNames`.
    let topicID: Int
    /// Where its fetched records wait.
    let queue: OpaquePointer
    /// Wakes whoever waits in the consumer's queue.
    private let consumerQueue: OpaquePointer

    /// Offset of the record that comes next; -1: not known before the first one.
    var next: Int64
    /// Where the group stands, as far as this consumer knows; -1: it does not.
    var committed: Int64
    /// CLOCK_MONOTONIC µs at which reading began here: the partition was assigned, resumed, or came back to its own queue.
    var sinceUs: Int64
    /// Records of it may be handed out: no revocation was reported.
    var isOpen = true
    var isPaused = false

    /// The log's first offset and its end, everything written counted, when a leader last told; -1: not yet.
    private(set) var logStart: Int64 = -1
    private(set) var logEnd: Int64 = -1
    /// Where it stood when the backlog that is being caught up was first seen; -1: not known.
    var backlogStart: Int64
    /// The share of its backlog that it has been read by, when that was last looked at.
    var share = 0.0
    /// Whether the fetchers may ask for more of it while a backlog is caught up: its queue may be emptied.
    var isAskedFor = true
    /// How many records its last fetch brought; at first a guess.
    var fetched = 10_000
    /// The turn of reading in which it had its place.
    var turn = 0
    /// CLOCK_MONOTONIC µs of the last record handed out.
    var lastRecordUs: Int64 = 0
    /// Messages taken from the queue so far.
    var taken: UInt64 = 0
    /// librdkafka's handle of the topic, once a record has shown it.
    var topicHandle: OpaquePointer?
    /// The partition through whose queue this one's records come.
    private var carrier: ReadPartition?
    /// That partition after its time: until so many messages were taken there, some of this one's may wait in between.
    private var formerCarrier: (partition: ReadPartition, taken: UInt64)?

    /// Whether the queue may hold something that was not taken.
    private let news = Atomic<Bool>(true)

    /// Takes the partition's queue away from the consumer's. Call it before the partition is assigned.
    init(_ start: PartitionOffset, topicID: Int, of client: OpaquePointer, waking consumerQueue: OpaquePointer) {
        place = start.topicPartition
        self.topicID = topicID
        next = max(start.offset, -1)
        committed = max(start.offset, -1)
        backlogStart = max(start.offset, -1)
        sinceUs = monotonicUs()
        guard let queue = rd_kafka_queue_get_partition(client, start.topic, start.partition) else {
            preconditionFailure("librdkafka gives every partition of a consumer a queue")
        }
        self.queue = queue
        self.consumerQueue = consumerQueue
        rd_kafka_queue_forward(queue, nil)
        rd_kafka_queue_cb_event_enable(
            queue,
            { _, context in
                guard let context else { return }
                let partition = Unmanaged<ReadPartition>.fromOpaque(context).takeUnretainedValue()
                partition.hasNews = true
                rd_kafka_queue_yield(partition.consumerQueue)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit { rd_kafka_queue_destroy(queue) }

    /// Lets go of the queue: the same partition may be assigned again, and has one queue only.
    func close() {
        rd_kafka_queue_cb_event_enable(queue, nil, nil)  // takes the queue's lock: nobody is in the callback after it
        carrier = nil
        formerCarrier = nil
    }

    /// Whether the queue may hold something that was not taken.
    var hasNews: Bool {
        get { news.load(ordering: .acquiring) }
        set { news.store(newValue, ordering: .releasing) }
    }

    /// Records (and events) that wait.
    var waiting: Int { rd_kafka_queue_length(queue) }

    /// How many offsets lie between the next record and the log's end; 0 while that is not known.
    var remaining: Int64 { logEnd < 0 ? 0 : max(0, logEnd - max(next, logStart, 0)) }

    /// Whether something remains to be read, as far as that is known: at first it is not.
    var mayBeBehind: Bool { logEnd < 0 || remaining > 0 }

    /// Whether it is behind and brings nothing: its leader is away, or a transaction of another program hides what it has.
    func isStuck(at nowUs: Int64, patienceUs: Int64) -> Bool {
        mayBeBehind && nowUs - max(lastRecordUs, sinceUs) >= patienceUs && waiting == 0
    }

    /// Looks at what the leader said last about the log. *Complexity*: no request; a lock.
    func refreshLog(of client: OpaquePointer) {
        var low: Int64 = -1
        var high: Int64 = -1
        let code = rd_kafka_get_watermark_offsets(client, place.topic, place.partition, &low, &high)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, high >= 0 else { return }
        logStart = max(low, -1)
        logEnd = high
        if backlogStart < 0 { backlogStart = max(next, logStart) }
    }

    // MARK: Behind another partition's queue

    /// Whether its records come through another partition's queue.
    var isCarried: Bool { carrier != nil }

    /// Lets the partition's records come through another one's queue.
    ///
    /// A fetcher asks for all partitions whose queue has room in one request, and that waits at the broker while none of them
    /// has anything new. So one that is read to its end would hold up those that have a backlog and whose queue is full for the
    /// moment. Behind the queue of one of these it is asked for together with that one, and never alone.
    func ride(with other: ReadPartition) {
        guard carrier == nil, !mustWait else { return }
        rd_kafka_queue_forward(queue, other.queue)
        carrier = other
    }

    /// Lets them come through the partition's own queue again, which is not read before the rest has come through the other.
    func leaveCarrier() {
        guard let carrier else { return }
        rd_kafka_queue_forward(queue, nil)
        formerCarrier = (carrier, carrier.taken + UInt64(carrier.waiting))
        self.carrier = nil
        sinceUs = monotonicUs()
        hasNews = true
    }

    /// Whether records of it may still wait in another partition's queue, before those in its own.
    var mustWait: Bool {
        guard let former = formerCarrier else { return false }
        if former.partition.taken < former.taken, former.partition.waiting > 0 { return true }
        formerCarrier = nil
        return false
    }
}
