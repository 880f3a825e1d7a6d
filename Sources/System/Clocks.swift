internal import Glibc

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

/// Both clocks, and waiting by them: real ones, or ones that a test moves.
package protocol WaitingClock: MonotonicClock, WallClock {
    /// Lets this much time pass. *Units*: milliseconds.
    func wait(ms: Int64)
}

/// The machine's clocks.
package struct SystemClock: WaitingClock {
    /// Nothing to set up.
    package init() {}

    /// CLOCK_MONOTONIC.
    package func monotonicMs() -> Int64 { monotonicNs() / 1_000_000 }

    /// CLOCK_MONOTONIC. *Units*: nanoseconds.
    package func monotonicNs() -> Int64 { Self.readNs(CLOCK_MONOTONIC) }

    /// CLOCK_REALTIME.
    package func wallMs() -> Int64 { Self.readNs(CLOCK_REALTIME) / 1_000_000 }

    /// The processor time of the calling thread: what else runs on the machine takes none of it. *Units*: nanoseconds.
    package func threadNs() -> Int64 { Self.readNs(CLOCK_THREAD_CPUTIME_ID) }

    package func wait(ms: Int64) { wait(untilNs: monotonicNs() + max(0, ms) * 1_000_000) }

    /// Waits until `monotonicNs` shows this; signals do not cut it short.
    package func wait(untilNs ns: Int64) {
        var time = timespec(tv_sec: Int(ns / 1_000_000_000), tv_nsec: Int(ns % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
    }

    private static func readNs(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
