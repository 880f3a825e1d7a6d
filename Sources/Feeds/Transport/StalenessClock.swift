/// Notices silence: of a whole connection, and of each subscription on it.
///
/// It counts from the moment of subscribing, not from the first message: a socket that never says anything is silent
/// too. Pure: time is an argument. *Units*: ms of one monotonic clock.
package struct StalenessClock<Key: Hashable & Sendable>: Sendable {
    /// The connection is silent when nothing came for this long.
    package let connectionLimitMs: Int64
    /// A key is silent when it had no data for this long; `nil`: quiet markets are no fault.
    package let keyLimitMs: Int64?

    private var connectionHeardMs: Int64?
    private var keysHeardMs: [Key: Int64] = [:]

    package init(connectionLimitMs: Int64, keyLimitMs: Int64? = nil) {
        precondition(connectionLimitMs > 0 && keyLimitMs ?? 1 > 0, "a limit must be positive")
        self.connectionLimitMs = connectionLimitMs
        self.keyLimitMs = keyLimitMs
    }

    /// The subscriptions were sent: the clock of the connection and of each of these keys starts now.
    package mutating func noteSubscribed(_ keys: some Sequence<Key>, now: Int64) {
        connectionHeardMs = now
        for key in keys { keysHeardMs[key] = now }
    }

    /// Something came that is no data: an acknowledgement, a pong.
    package mutating func noteFrame(now: Int64) {
        guard let heard = connectionHeardMs else { return }
        connectionHeardMs = max(heard, now)
    }

    /// Data came for `key`; one that is not subscribed counts for the connection only.
    package mutating func noteData(_ key: Key, now: Int64) {
        noteFrame(now: now)
        guard let index = keysHeardMs.index(forKey: key) else { return }
        keysHeardMs.values[index] = max(keysHeardMs.values[index], now)
    }

    /// The venue refused `key`, or it is no longer wanted: its silence is no fault.
    package mutating func forget(_ key: Key) { keysHeardMs[key] = nil }

    /// The connection is gone: nothing is silent until the next subscribing.
    package mutating func reset() {
        connectionHeardMs = nil
        keysHeardMs.removeAll(keepingCapacity: true)
    }

    /// Whether nothing came for too long since subscribing.
    package func isSilent(now: Int64) -> Bool {
        connectionHeardMs.map { now - $0 >= connectionLimitMs } ?? false
    }

    /// Whether `key` had no data for too long since it was subscribed.
    package func isSilent(_ key: Key, now: Int64) -> Bool {
        guard let keyLimitMs, let heard = keysHeardMs[key] else { return false }
        return now - heard >= keyLimitMs
    }

    /// The subscribed keys without data for too long, in no order.
    package func silentKeys(now: Int64) -> [Key] {
        guard let keyLimitMs else { return [] }
        return keysHeardMs.compactMap { now - $1 >= keyLimitMs ? $0 : nil }
    }

    /// When `isSilent(now:)` becomes true if nothing comes; `nil` before subscribing.
    package var silentAtMs: Int64? { connectionHeardMs.map { $0 + connectionLimitMs } }
}
