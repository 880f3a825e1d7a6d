/// The time of day at the pace of the monotonic clock, put right when the wall clock was: by NTP's first answer, by a resume from
/// suspend, by hand.
///
/// Between two steps it neither jumps nor goes back. *Thread*: bound to one.
package struct FollowingClock<Clock: MonotonicClock & WallClock>: Sendable {
    /// A smaller difference is what two readings of clocks differ by, and what NTP slews away.
    package static var toleranceMs: Int64 { 1_000 }

    private let clock: Clock
    /// What the wall clock showed when the monotonic one showed 0.
    private var wallAtZeroMs: Int64

    package init(_ clock: Clock) {
        self.clock = clock
        wallAtZeroMs = clock.wallMs() - clock.monotonicMs()
    }

    /// Milliseconds since the epoch.
    package func nowMs() -> Int64 { wallMs(atMonotonicMs: clock.monotonicMs()) }

    /// The same of a reading of the monotonic clock.
    package func wallMs(atMonotonicMs monotonicMs: Int64) -> Int64 { wallAtZeroMs + monotonicMs }

    /// Looks at the wall clock again; by how much this one was put forward (or back, where negative), 0 where it was right.
    package mutating func follow() -> Int64 {
        let stepMs = clock.wallMs() - clock.monotonicMs() - wallAtZeroMs
        guard stepMs.magnitude > UInt64(Self.toleranceMs) else { return 0 }
        wallAtZeroMs += stepMs
        return stepMs
    }
}
