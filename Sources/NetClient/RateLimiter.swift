internal import Synchronization

/// Keeps all that is asked of one host within its limit: one attempt, or request, after the other.
///
/// *Thread*: any.
package final class RateLimiter: Sendable {
    /// The distance between requests of different sources, each of which keeps a longer one of its own. *Units*: ms.
    package static let commonSpacingMs: Int64 = 100

    private let nextMs = Mutex<Int64>(.min)

    package init() {}

    /// Allows nothing before this time, as the host asked for. *Units*: ms of a monotonic clock.
    package func pause(untilMs: Int64) { nextMs.withLock { $0 = max($0, untilMs) } }

    /// Takes the next turn: 0 when an attempt may be made, which counts as made; else how long to wait before asking again.
    /// *Units*: ms; `nowMs` of a monotonic clock.
    package func acquire(nowMs: Int64, spacingMs: Int64) -> Int64 {
        nextMs.withLock { next in
            if next > nowMs { return next - nowMs }
            next = nowMs + spacingMs
            return 0
        }
    }
}
