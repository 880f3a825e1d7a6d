internal import Synchronization

/// Keeps what all connections to a venue do together within its limit: one attempt, or request, after the other.
///
/// *Thread*: any.
package final class AttemptGate: Sendable {
    private let nextMs = Mutex<Int64>(.min)

    package init() {}

    /// Whether an attempt may be made: 0 when it may, and counts as made; else how long to wait. *Units*: ms of a
    /// monotonic clock.
    package func enter(nowMs: Int64, spacingMs: Int64) -> Int64 {
        nextMs.withLock { next in
            if next > nowMs { return next - nowMs }
            next = nowMs + spacingMs
            return 0
        }
    }
}
