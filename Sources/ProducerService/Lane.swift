/// The ticks of one partition that are in flight: some are with Kafka's client, the others wait for their turn.
///
/// librdkafka sends nothing of a partition that has five records unanswered, and while others of it are due its broker thread
/// asks `poll` again and again without waiting (2.0.2: `rd_kafka_toppar_producer_serve` sets the time to wake up before it
/// looks at the limit). So it is not given what it would not send: that waits here, and goes in one request with what comes
/// meanwhile.
///
///     open ──(the fifth unanswered record; what is given at the same moment still goes with it)──▶ full
///       ▲                                                                                            │
///       └────────────────────────────(fewer than five are unanswered)◀───────────────────────────────┘
struct Lane {
    /// RD_KAFKA_IDEMP_MAX_INFLIGHT, which librdkafka compares with a number of records.
    private static let mostUnanswered = 5
    /// No more are given at one moment: they fill a request, which then goes at once.
    static let mostAtOnce = 2_048

    /// Records that the client has and nobody has answered.
    private(set) var unanswered = 0
    /// So many more may go with those that were given at the last moment.
    private var room = 0
    private var moment: UInt64 = 0
    /// The tags of those that wait, oldest first, from `first` on.
    private var tags: [UInt64] = []
    private var first = 0

    var waiting: Int { tags.count - first }

    /// Whether the client may be given one more now; all calls with one `moment` come one right after the other.
    mutating func takes(at moment: UInt64) -> Bool {
        if moment != self.moment {
            self.moment = moment
            room = unanswered < Lane.mostUnanswered ? Lane.mostAtOnce : 0
        }
        return room > 0
    }

    /// The client was given one.
    mutating func noteGiven() {
        unanswered += 1
        room -= 1
    }

    /// One of them was answered.
    mutating func noteAnswer() { unanswered = max(0, unanswered - 1) }

    /// The oldest of those that wait.
    var next: UInt64? { first < tags.count ? tags[first] : nil }

    mutating func wait(_ tag: UInt64) { tags.append(tag) }

    mutating func removeNext() {
        first += 1
        guard first == tags.count else { return }
        tags.removeAll(keepingCapacity: true)
        first = 0
    }
}
