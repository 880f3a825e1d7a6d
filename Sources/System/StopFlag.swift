internal import Synchronization

/// Says to every loop that it is time to end. *Thread*: any; asking costs one atomic load.
package final class StopFlag: Sendable {
    private let flag = Atomic<Bool>(false)
    private let waiters = Monitor(false)
    private let requestedAtMs = Atomic<Int64>(0)

    /// Not requested yet.
    package init() {}

    /// Whether loops should end.
    package var isRequested: Bool { flag.load(ordering: .acquiring) }

    /// How long ago stop was requested first; nil when it was not. *Units*: milliseconds.
    package var ageMs: Int64? {
        isRequested ? SystemClock().monotonicMs() - requestedAtMs.load(ordering: .relaxed) : nil
    }

    /// Asks all loops to end and wakes who waits; may be called again.
    package func request() {
        waiters.change { isRequested in
            if !isRequested { requestedAtMs.store(SystemClock().monotonicMs(), ordering: .relaxed) }
            isRequested = true
            flag.store(true, ordering: .releasing)
        }
    }

    /// Waits until stop is requested, at most so long; whether it is. *Units*: milliseconds.
    @discardableResult
    package func wait(ms: Int64) -> Bool { waiters.wait(ms: ms) { $0 ? true : nil } ?? false }

    /// Waits until stop is requested.
    package func wait() { _ = waiters.wait(ms: nil) { $0 ? true : nil } }

    /// Asks `condition` every `pollMs` until it holds, stop is requested or `limitMs` have passed; whether it held.
    package func wait(ms limitMs: Int64, pollMs: Int64 = 20, until condition: () -> Bool) -> Bool {
        let clock = SystemClock()
        let endMs = clock.monotonicMs() + limitMs
        while true {
            if condition() { return true }
            let restMs = endMs - clock.monotonicMs()
            if restMs <= 0 || wait(ms: min(pollMs, restMs)) { return condition() }
        }
    }
}
