internal import Synchronization

/// Keeps all that is asked of one host within its limit: one attempt, or request, after the other.
///
/// *Thread*: any.
package final class RateLimiter: Sendable {
    /// How far apart requests of different sources are that keep to spacings of their own. *Units*: ms.
    package static let commonSpacingMs: Int64 = 100

    private let nextMs = Mutex<Int64>(.min)

    package init() {}

    /// Nothing more before this time: the host has asked for it. *Units*: ms of a monotonic clock.
    package func pause(untilMs: Int64) { nextMs.withLock { $0 = max($0, untilMs) } }

    /// Whether an attempt may be made: 0 when it may, and counts as made; else how long to wait. *Units*: ms of a
    /// monotonic clock.
    package func acquire(nowMs: Int64, spacingMs: Int64) -> Int64 {
        nextMs.withLock { next in
            if next > nowMs { return next - nowMs }
            next = nowMs + spacingMs
            return 0
        }
    }
}
