internal import CryptoCore
internal import KafkaClient

/// What a notifier has in memory: changes that were read, in the order of the logs, and those that are being sent.
///
/// Offsets before the first change of a partition that is not done with can be committed.
struct NotifierInbox {
    /// Changes that go out in one attempt.
    struct Batch {
        var changes: [AlertChange] = []
        /// Those of them that were read, and are not done with before they are sent; the others are repeats.
        var unread = 0
    }

    /// More are not read ahead.
    static let limit = 256

    private var waiting: [AlertChange] = []
    private var first = 0
    private var limit = NotifierInbox.limit
    /// What is being sent, and what is to be sent next, in this order.
    var batches: [Batch] = []

    var isFull: Bool { waiting.count - first >= limit }
    /// Whether more may be read again.
    var hasRoom: Bool { waiting.count - first <= limit / 2 }

    var next: AlertChange? { first < waiting.count ? waiting[first] : nil }

    /// The newest change that waits of the same alert. *Complexity*: O(changes that wait).
    func newest(of alert: AlertChange) -> AlertChange? {
        waiting[first...].last { $0.fingerprint == alert.fingerprint }
    }

    mutating func add(_ change: AlertChange) { waiting.append(change) }

    mutating func removeFirst() {
        first += 1
        if first == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            first = 0
        }
    }

    mutating func removeAll() { self = NotifierInbox() }

    /// Keeps of each alert only the newest change that waits, and then has room for as many as there are: for a receiver that is told how
    /// alerts stand, not what became of them.
    mutating func condense() {
        var seen: Set<String> = []
        waiting = waiting[first...].reversed().filter { seen.insert($0.fingerprint).inserted }.reversed()
        first = 0
        limit = max(NotifierInbox.limit, 2 * waiting.count)
    }

    /// The first offset of each partition that is not done with.
    var firstOffsets: [Int32: Int64] {
        let held = batches.flatMap { $0.changes.prefix($0.unread) } + waiting[first...]
        return Dictionary(held.map { ($0.partition, $0.offset) }) { min($0, $1) }
    }
}

extension NotifierInbox {
    /// Lets each change of a batch be tried alone, as one of them was refused.
    mutating func split(_ batch: Batch) {
        let single = batch.changes.enumerated().map { index, change in
            Batch(changes: [change], unread: index < batch.unread ? 1 : 0)
        }
        batches.insert(contentsOf: single, at: 0)
    }
}
