import System
import TestSupport
import Testing

@Suite("The time of day at the monotonic clock's pace")
struct FollowingClockTests {
    @Test(
        "it goes on evenly, and follows when the wall clock is put right",
        arguments: [28_800_000, -28_800_000, 1_001, -1_001] as [Int64])
    func steps(step: Int64) {
        let clock = ManualClock(monotonicMs: 5_000, wallMs: 1_800_000_000_000)
        var time = FollowingClock(clock)
        clock.advance(ms: 700)
        #expect(time.follow() == 0)
        #expect(time.nowMs() == 1_800_000_000_700)
        clock.step(ms: step)
        #expect(time.nowMs() == 1_800_000_000_700, "not before it looks")
        #expect(time.follow() == step)
        #expect(time.nowMs() == 1_800_000_000_700 + step)
        #expect(time.follow() == 0)
        // What was read before the step is told on the same scale as what comes after.
        #expect(time.wallMs(atMonotonicMs: 5_000) == 1_800_000_000_000 + step)
    }

    @Test("what two readings of clocks differ by is no step", arguments: [1_000, -1_000, 1, -1, 0] as [Int64])
    func tolerance(step: Int64) {
        let clock = ManualClock(monotonicMs: 0, wallMs: 1_800_000_000_000)
        var time = FollowingClock(clock)
        clock.step(ms: step)
        #expect(time.follow() == 0)
        #expect(time.nowMs() == 1_800_000_000_000)
    }
}
