package import NetClient
internal import Synchronization

/// Keeps the requests of one source apart, and with them those of all that ask the same host.
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

    /// Whether a request may be sent: 0 when it may, and counts as sent; else how long to wait. *Units*: ms of a monotonic
    /// clock.
    func acquire(nowMs: Int64) -> Int64 {
        nextMs.withLock { next in
            if next > nowMs { return next - nowMs }
            let waitMs = host.acquire(nowMs: nowMs, spacingMs: hostSpacingMs)
            if waitMs == 0 { next = nowMs + spacingMs }
            return waitMs
        }
    }
}
