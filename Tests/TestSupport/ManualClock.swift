import Synchronization
internal import System

/// Clocks that a test moves by hand; waiting moves them too.
package final class ManualClock: WaitingClock {
    private let monotonic: Atomic<Int64>
    private let wall: Atomic<Int64>

    /// Starts at these times. *Units*: milliseconds.
    package init(monotonicMs: Int64 = 0, wallMs: Int64 = 1_800_000_000_000) {
        monotonic = Atomic(monotonicMs)
        wall = Atomic(wallMs)
    }

    /// Moves both clocks on.
    package func advance(ms: Int64) {
        monotonic.add(ms, ordering: .sequentiallyConsistent)
        wall.add(ms, ordering: .sequentiallyConsistent)
    }

    /// Puts the time of day forward, or back.
    package func step(ms: Int64) { wall.add(ms, ordering: .sequentiallyConsistent) }

    package func wait(ms: Int64) { advance(ms: ms) }
    package func monotonicMs() -> Int64 { monotonic.load(ordering: .sequentiallyConsistent) }
    package func wallMs() -> Int64 { wall.load(ordering: .sequentiallyConsistent) }
}
