internal import Synchronization

/// Keeps all that is asked of one host within its limit: one attempt, or request, after the other. Of those that wait the one that
/// has waited longest is next.
///
/// *Thread*: any.
package final class RateLimiter: Sendable {
    /// The distance between requests of different sources, each of which keeps a longer one of its own. *Units*: ms.
    package static let commonSpacingMs: Int64 = 100
    /// Whoever has not asked for so long waits no more. *Units*: ms.
    private static let patienceMs: Int64 = 250
    /// When to ask again while it is somebody else's turn. *Units*: ms.
    private static let turnMs: Int64 = 10

    private struct Waiter {
        let id: ObjectIdentifier
        let rank: Int
        let sinceMs: Int64
        let askedMs: Int64
    }

    private struct State {
        var nextMs = Int64.min
        var waiters: [Waiter] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Allows nothing before this time, as the host asked for. *Units*: ms of a monotonic clock.
    package func pause(untilMs: Int64) { state.withLock { $0.nextMs = max($0.nextMs, untilMs) } }

    /// Takes the next turn: 0 when an attempt may be made, which counts as made; else how long to wait before asking again.
    /// *Units*: ms; `nowMs` of a monotonic clock.
    package func acquire(nowMs: Int64, spacingMs: Int64) -> Int64 {
        state.withLock { state in
            if state.nextMs > nowMs { return state.nextMs - nowMs }
            state.nextMs = nowMs + spacingMs
            return 0
        }
    }

    /// Takes the next turn like `acquire(nowMs:spacingMs:)`, unless somebody else who goes on asking is to have it: of a lower rank, or
    /// of the same one and waiting for longer.
    package func acquire(
        nowMs: Int64, spacingMs: Int64, by waiter: AnyObject, rank: Int, sinceMs: Int64
    ) -> Int64 {
        let me = Waiter(id: ObjectIdentifier(waiter), rank: rank, sinceMs: sinceMs, askedMs: nowMs)
        return state.withLock { state in
            state.waiters.removeAll { $0.id == me.id || nowMs - $0.askedMs > RateLimiter.patienceMs }
            let isNext = state.waiters.allSatisfy { (me.rank, me.sinceMs) <= ($0.rank, $0.sinceMs) }
            if state.nextMs <= nowMs, isNext {
                state.nextMs = nowMs + spacingMs
                return 0
            }
            state.waiters.append(me)
            return max(state.nextMs - nowMs, RateLimiter.turnMs)
        }
    }
}
