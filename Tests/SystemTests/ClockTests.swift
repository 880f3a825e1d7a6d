import Glibc
import System
import Testing

@Suite("The machine's clocks")
struct ClockTests {
    private let clock = SystemClock()

    @Test("they show what the C library shows, in our units")
    func readings() {
        let before = time(nil)
        let wallMs = clock.wallMs()
        let after = time(nil)
        #expect((Int64(before - 1) * 1000...Int64(after + 1) * 1000).contains(wallMs))
        let first = (clock.monotonicNs(), clock.monotonicMs(), clock.monotonicNs())
        #expect(first.0 / 1_000_000 <= first.1 && first.1 <= first.2 / 1_000_000)
    }

    @Test(
        "a wait lasts at least as long as it was asked for, and none that is over waits",
        arguments: [0, 1, 20] as [Int64])
    func waiting(ms: Int64) {
        let startNs = clock.monotonicNs()
        clock.wait(ms: ms)
        #expect(clock.monotonicNs() - startNs >= ms * 1_000_000)
        clock.wait(ms: -1_000_000)
        clock.wait(untilNs: startNs)
    }

    @Test("a thread that waits uses no processor time")
    func threadTime() {
        let startNs = clock.threadNs()
        clock.wait(ms: 50)
        #expect((0..<50_000_000).contains(clock.threadNs() - startNs))
    }
}
