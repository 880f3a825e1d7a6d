internal import Glibc
internal import Synchronization

/// Time that only goes forward, from an arbitrary start; for waits and intervals.
package protocol MonotonicClock: Sendable {
    /// *Units*: milliseconds.
    func monotonicMs() -> Int64
}

/// The time of day.
package protocol WallClock: Sendable {
    /// *Units*: milliseconds since the Unix epoch.
    func wallMs() -> Int64
}

/// The machine's clocks.
package struct SystemClock: MonotonicClock, WallClock {
    /// Nothing to set up.
    package init() {}

    /// CLOCK_MONOTONIC.
    package func monotonicMs() -> Int64 { Self.read(CLOCK_MONOTONIC) }

    /// CLOCK_REALTIME.
    package func wallMs() -> Int64 { Self.read(CLOCK_REALTIME) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

/// Clocks that a test moves by hand.
package final class ManualClock: MonotonicClock, WallClock {
    private let monotonic: Atomic<Int64>
    private let wall: Atomic<Int64>

    /// Starts at these times. *Units*: milliseconds.
    package init(monotonicMs: Int64 = 0, wallMs: Int64 = 0) {
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

    /// As moved by hand.
    package func monotonicMs() -> Int64 { monotonic.load(ordering: .sequentiallyConsistent) }

    /// As moved by hand.
    package func wallMs() -> Int64 { wall.load(ordering: .sequentiallyConsistent) }
}
