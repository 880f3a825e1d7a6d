/// Notices silence: of a whole connection, and of each subscription on it.
///
/// It counts from the moment of subscribing, not from the first message: a socket that never says anything is silent
/// too. Pure: time is an argument. *Units*: ms of one monotonic clock.
package struct SilenceDetector<Key: Hashable & Sendable>: Sendable {
    /// The connection is silent when nothing came for this long.
    package let connectionLimitMs: Int64
    /// A key is silent when it had no data for this long; `nil`: quiet markets are no fault.
    package let keyLimitMs: Int64?

    private struct Heard: Sendable {
        /// When data came last, or the key was subscribed.
        var ms: Int64
        /// Before this it is not silent again.
        var patientUntilMs = Int64.min
        /// How often it was found silent without data in between.
        var rounds: Int64 = 0
    }

    private var connectionHeardMs: Int64?
    private var keysHeard: [Key: Heard] = [:]

    package init(connectionLimitMs: Int64, keyLimitMs: Int64? = nil) {
        precondition(connectionLimitMs > 0 && keyLimitMs ?? 1 > 0, "a limit must be positive")
        self.connectionLimitMs = connectionLimitMs
        self.keyLimitMs = keyLimitMs
    }

    /// The subscriptions were sent: the clock of the connection and of each of these keys starts now.
    package mutating func noteSubscribed(_ keys: some Sequence<Key>, now: Int64) {
        connectionHeardMs = now
        for key in keys { keysHeard[key] = Heard(ms: now) }
    }

    /// Something came that is no data: an acknowledgement, a pong.
    package mutating func noteFrame(now: Int64) {
        guard let heard = connectionHeardMs else { return }
        connectionHeardMs = max(heard, now)
    }

    /// Data came for `key`; one that is not subscribed counts for the connection only.
    package mutating func noteData(_ key: Key, now: Int64) {
        noteFrame(now: now)
        guard let index = keysHeard.index(forKey: key), keysHeard.values[index].ms < now else { return }
        keysHeard.values[index] = Heard(ms: now)
    }

    /// Something was done about the silence of `key`: it is silent again only after twice the time, four times, and so on up
    /// to 32 times, unless data comes.
    package mutating func notePatience(_ key: Key, now: Int64) {
        guard let keyLimitMs, let index = keysHeard.index(forKey: key) else { return }
        let rounds = min(keysHeard.values[index].rounds + 1, 5)
        keysHeard.values[index].rounds = rounds
        keysHeard.values[index].patientUntilMs = now + keyLimitMs << rounds
    }

    /// The venue refused `key`, or it is no longer wanted: its silence is no fault.
    package mutating func forget(_ key: Key) { keysHeard[key] = nil }

    /// The connection is gone: nothing is silent until the next subscribing.
    package mutating func reset() {
        connectionHeardMs = nil
        keysHeard.removeAll(keepingCapacity: true)
    }

    /// Whether nothing came for too long since subscribing.
    package func isSilent(now: Int64) -> Bool {
        connectionHeardMs.map { now - $0 >= connectionLimitMs } ?? false
    }

    /// Whether `key` had no data for too long since it was subscribed.
    package func isSilent(_ key: Key, now: Int64) -> Bool {
        guard let keyLimitMs, let heard = keysHeard[key] else { return false }
        return now - heard.ms >= keyLimitMs && now >= heard.patientUntilMs
    }

    /// For how long `key` has had no data. *Units*: ms.
    package func silenceMs(_ key: Key, now: Int64) -> Int64 { keysHeard[key].map { now - $0.ms } ?? 0 }

    /// Whether no key had data for too long.
    package func isEveryKeySilent(now: Int64) -> Bool {
        guard let keyLimitMs, !keysHeard.isEmpty else { return false }
        return keysHeard.values.allSatisfy { now - $0.ms >= keyLimitMs }
    }

    /// The subscribed keys without data for too long, in no order.
    package func silentKeys(now: Int64) -> [Key] {
        guard keyLimitMs != nil else { return [] }
        return keysHeard.keys.filter { isSilent($0, now: now) }
    }

    /// When `isSilent(now:)` becomes true if nothing comes; `nil` before subscribing.
    package var silentAtMs: Int64? { connectionHeardMs.map { $0 + connectionLimitMs } }
}
