internal import System

/// When to try a host again: a back-off that a healthy minute ends, a distance between attempts, and what the host asks for.
///
/// Pure: time and chance are arguments. *Units*: ms of one monotonic clock.
package struct ReconnectPolicy: Sendable, Equatable {
    private var backoff: Backoff
    /// A connection that stood this long starts the back-off anew.
    package let healthyAfterMs: Int64
    /// Two attempts are at least this far apart, whatever happened between them.
    package let minimumSpacingMs: Int64
    /// A server that asks for more patience than this is asked again after this: the longest ban that exchanges say they give,
    /// three days.
    package static let longestRetryAfterMs: Int64 = 259_200_000

    /// Failures since the last healthy connection.
    package private(set) var failures = 0
    /// Before this time no attempt is due; `nil` before the first.
    package private(set) var nextAttemptMs: Int64?
    private var lastAttemptMs: Int64?
    private var openedMs: Int64?

    /// The first delay is between half of `initialDelayMs` and all of it; each further one doubles, up to `maximumDelayMs`.
    package init(
        initialDelayMs: Int64 = 500, maximumDelayMs: Int64 = 30_000, healthyAfterMs: Int64 = 60_000,
        minimumSpacingMs: Int64 = 1_000
    ) {
        precondition(healthyAfterMs >= 0 && minimumSpacingMs >= 0, "a duration must not be negative")
        backoff = Backoff(firstMs: initialDelayMs, capMs: maximumDelayMs)
        self.healthyAfterMs = healthyAfterMs
        self.minimumSpacingMs = minimumSpacingMs
    }

    /// How long until an attempt is due; 0 when it is.
    package func waitMs(now: Int64) -> Int64 { max(0, (nextAttemptMs ?? now) - now) }

    /// An attempt to connect starts.
    package mutating func noteAttempt(now: Int64) {
        lastAttemptMs = now
        openedMs = nil
        nextAttemptMs = now + minimumSpacingMs
    }

    /// The attempt succeeded.
    package mutating func noteOpened(now: Int64) { openedMs = now }

    /// The attempt failed, or the connection is gone.
    /// - Parameter retryAfterSeconds: what the server asked for: the next attempt is not before that.
    /// - Returns: the delay until the next attempt. *Units*: ms.
    package mutating func noteFailure(
        now: Int64, retryAfterSeconds: Int? = nil, using generator: inout some RandomNumberGenerator
    ) -> Int64 {
        if let openedMs, now - openedMs >= healthyAfterMs {
            failures = 0
            backoff.reset()
        }
        openedMs = nil
        failures += 1
        var delay = backoff.next(using: &generator)
        if let lastAttemptMs { delay = max(delay, lastAttemptMs + minimumSpacingMs - now) }
        if let retryAfterSeconds, retryAfterSeconds > 0 {
            let asked = min(Int64(retryAfterSeconds), ReconnectPolicy.longestRetryAfterMs / 1000) * 1000
            delay = max(delay, asked)
        }
        nextAttemptMs = now + delay
        return delay
    }

    /// The same where what the server asked for is in ms; parts of a second count as one.
    package mutating func noteFailure(
        now: Int64, retryAfterMs: Int64?, using generator: inout some RandomNumberGenerator
    ) -> Int64 {
        noteFailure(now: now, retryAfterSeconds: retryAfterMs.map { Int(($0 + 999) / 1000) }, using: &generator)
    }

    /// As above, with the system's generator.
    package mutating func noteFailure(now: Int64, retryAfterSeconds: Int? = nil) -> Int64 {
        var generator = SystemRandomNumberGenerator()
        return noteFailure(now: now, retryAfterSeconds: retryAfterSeconds, using: &generator)
    }
}
