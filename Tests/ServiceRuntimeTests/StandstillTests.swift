import Testing

@testable import ServiceRuntime

@Suite("A loop that stands still")
struct StandstillTests {
    private static let limits = LoopWatch.Limits(stillMs: 15_000, answeringMs: 30_000)

    /// Looks once a second from 0 to 120 s at a loop that turned last at 0; when it stood still for good, in seconds.
    private func end(turning: (Int64) -> Bool = { _ in false }, answers: (Int64) -> Bool) -> Int64? {
        var standstill = Standstill(Self.limits)
        var turnMs: Int64 = 0
        for nowMs in stride(from: Int64(0), through: 120_000, by: 1_000) {
            if turning(nowMs) { turnMs = nowMs }
            if standstill.isForGood(nowMs - turnMs, at: nowMs, answers: { answers(nowMs) }) { return nowMs / 1_000 }
        }
        return nil
    }

    @Test("it does so for good when Kafka has answered all the while")
    func held() {
        #expect(end { _ in true } == 45)
    }

    @Test("it does not while Kafka is away, and then the time begins when Kafka is back")
    func away() {
        #expect(end { _ in false } == nil)
        #expect(end { $0 >= 70_000 } == 100)
        #expect(end { $0 < 40_000 || $0 >= 60_000 } == 90, "it was away again in between")
        #expect(end { $0 % 20_000 != 0 } == nil, "it comes and goes")
    }

    @Test("a turn begins the time anew, and Kafka is asked only of a loop that stands still")
    func turning() {
        let never = end(turning: { $0 % 14_000 == 0 }) { _ in
            Issue.record("asked of a loop that turns")
            return true
        }
        #expect(never == nil)
        #expect(end(turning: { $0 == 44_000 }) { _ in true } == 89)
    }

    @Test("a loop that does not run stands nowhere")
    func none() {
        var standstill = Standstill(LoopWatch.Limits(stillMs: 0, answeringMs: 0))
        #expect(!standstill.isForGood(nil, at: 0) { true })
        #expect(standstill.isForGood(0, at: 0) { true })
    }
}
