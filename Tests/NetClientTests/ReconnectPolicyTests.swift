import NetClient
import TestSupport
import Testing

@Suite("ReconnectPolicy")
struct ReconnectPolicyTests {
    @Test(
        "each delay is between half its ceiling and the ceiling, which doubles up to the cap", arguments: UInt64(0)..<50
    )
    func bounds(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var policy = ReconnectPolicy(initialDelayMs: 500, maximumDelayMs: 30_000, minimumSpacingMs: 0)
        var now = Int64.random(in: 0...1 << 40, using: &generator)
        for failure in 0..<100 {
            policy.noteAttempt(now: now)
            let delay = policy.noteFailure(now: now, using: &generator)
            let ceiling = failure < 6 ? Int64(500) << Int64(failure) : 30_000
            #expect(delay >= ceiling / 2 && delay <= ceiling)
            #expect(policy.waitMs(now: now) == delay && policy.waitMs(now: now + delay) == 0)
            now += delay
        }
    }

    @Test("delays differ from client to client")
    func jitter() {
        let delays = (UInt64(0)..<100).map { seed in
            var generator = SplitMix64(seed: seed)
            var policy = ReconnectPolicy(minimumSpacingMs: 0)
            for _ in 0..<9 { _ = policy.noteFailure(now: 0, using: &generator) }
            return policy.noteFailure(now: 0, using: &generator)
        }
        #expect(Set(delays).count > 90 && delays.allSatisfy { (15_000...30_000).contains($0) })
    }

    @Test(
        "a healthy minute starts it anew, a shorter one does not", arguments: [(59_999, 4), (60_000, 1), (90_000, 1)])
    func healthy(stoodMs: Int, failures: Int) {
        var generator = SplitMix64(seed: 7)
        var policy = ReconnectPolicy()
        for _ in 0..<3 { _ = policy.noteFailure(now: 0, using: &generator) }
        policy.noteAttempt(now: 100)
        policy.noteOpened(now: 200)
        _ = policy.noteFailure(now: 200 + Int64(stoodMs), using: &generator)
        #expect(policy.failures == failures)
    }

    @Test("the time before a failed attempt's opening does not count as healthy")
    func attemptsAreNotHealth() {
        var generator = SplitMix64(seed: 7)
        var policy = ReconnectPolicy()
        policy.noteAttempt(now: 0)
        policy.noteOpened(now: 0)
        _ = policy.noteFailure(now: 10, using: &generator)
        policy.noteAttempt(now: 1000)
        _ = policy.noteFailure(now: 1_000_000, using: &generator)
        #expect(policy.failures == 2)
    }

    @Test("attempts keep their distance, however short a connection stood", arguments: UInt64(0)..<50)
    func spacing(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var policy = ReconnectPolicy(initialDelayMs: 1, maximumDelayMs: 10, minimumSpacingMs: 600)
        var now: Int64 = 0
        var last = -Int64.max / 2
        for _ in 0..<500 {
            #expect(now - last >= 600)
            last = now
            policy.noteAttempt(now: now)
            now += Int64.random(in: 0...2000, using: &generator)
            _ = policy.noteFailure(now: now, using: &generator)
            now += policy.waitMs(now: now)
        }
    }

    @Test(
        "Retry-After is obeyed, up to the three days of the longest ban",
        arguments: [(0, 0), (-5, 0), (34, 34_000), (119, 119_000), (259_200, 259_200_000), (Int.max, 259_200_000)])
    func retryAfter(seconds: Int, expected: Int) {
        var generator = SplitMix64(seed: 1)
        var policy = ReconnectPolicy(minimumSpacingMs: 0)
        let delay = policy.noteFailure(now: 5, retryAfterSeconds: seconds, using: &generator)
        #expect(expected == 0 ? delay <= 500 : delay == Int64(expected))
    }

    @Test("before the first attempt nothing has to be waited for")
    func fresh() { #expect(ReconnectPolicy().waitMs(now: 123) == 0 && ReconnectPolicy().nextAttemptMs == nil) }
}
