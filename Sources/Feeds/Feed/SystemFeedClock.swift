// Both modules have `timespec`; which of them the compiler finds it in depends on what else it has read.
internal import CWebSockets
internal import Glibc

/// The machine's clocks.
package struct SystemFeedClock: FeedClock {
    package init() {}

    package func monotonicMs() -> Int64 { SystemFeedClock.read(CLOCK_MONOTONIC) }

    package func wallMs() -> Int64 { SystemFeedClock.read(CLOCK_REALTIME) }

    package func wait(ms: Int64) {
        guard ms > 0 else { return }
        var time = timespec(tv_sec: Int(ms / 1000), tv_nsec: Int(ms % 1000) * 1_000_000)
        nanosleep(&time, nil)
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
