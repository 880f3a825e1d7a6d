package import NetClient
internal import Synchronization

/// Keeps the requests of one source apart, and with them those of all that ask the same host, which take turns.
///
/// *Thread*: any.
package final class RequestPace: Sendable {
    private let host: RateLimiter
    private let spacingMs: Int64
    private let hostSpacingMs: Int64
    private let nextMs = Mutex<Int64>(.min)

    /// - Parameters:
    ///   - spacingMs: two requests of this source are at least so far apart. *Units*: ms.
    ///   - hostSpacingMs: so far apart are those of all sources. *Units*: ms.
    package init(_ host: RateLimiter = RateLimiter(), spacingMs: Int64, hostSpacingMs: Int64? = nil) {
        self.host = host
        self.spacingMs = spacingMs
        self.hostSpacingMs = hostSpacingMs ?? spacingMs
    }

    /// The host has asked to be left in peace until then. *Units*: ms of a monotonic clock.
    func pause(untilMs: Int64) { host.pause(untilMs: untilMs) }

    /// Whether a request may be sent that has waited since `sinceMs`: 0 when it may, and counts as sent; else how long to wait.
    /// Requests of a lower rank go first. *Units*: ms of a monotonic clock.
    func acquire(nowMs: Int64, rank: Int = 0, sinceMs: Int64) -> Int64 {
        nextMs.withLock { next in
            if next > nowMs { return next - nowMs }
            let waitMs = host.acquire(
                nowMs: nowMs, spacingMs: hostSpacingMs, by: self, rank: rank, sinceMs: sinceMs)
            // What the host keeps apart anyway is no reason to leave the line.
            if waitMs == 0, spacingMs > hostSpacingMs { next = nowMs + spacingMs }
            return waitMs
        }
    }
}
