import Feeds
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

@Suite("StalenessClock")
struct StalenessClockTests {
    @Test("silence counts from subscribing, though nothing ever came")
    func fromSubscribing() {
        var clock = StalenessClock<Int>(connectionLimitMs: 1000, keyLimitMs: 5000)
        #expect(!clock.isSilent(now: .max / 2) && clock.silentAtMs == nil)
        clock.noteSubscribed([1, 2], now: 10_000)
        #expect(!clock.isSilent(now: 10_999) && clock.isSilent(now: 11_000) && clock.silentAtMs == 11_000)
        #expect(clock.silentKeys(now: 14_999).isEmpty && clock.silentKeys(now: 15_000).sorted() == [1, 2])
        clock.reset()
        #expect(!clock.isSilent(now: .max / 2) && clock.silentKeys(now: .max / 2).isEmpty)
        clock.noteFrame(now: 20_000)
        #expect(!clock.isSilent(now: .max / 2))
    }

    @Test("data of one key says nothing of another; a pong nothing of any")
    func perKey() {
        var clock = StalenessClock<String>(connectionLimitMs: 1000, keyLimitMs: 1000)
        clock.noteSubscribed(["BTCUSDT", "ETHUSDT", "XYZUSDT"], now: 0)
        clock.noteData("BTCUSDT", now: 900)
        clock.noteData("UNKNOWN", now: 950)
        clock.noteFrame(now: 990)
        clock.forget("XYZUSDT")
        #expect(clock.silentKeys(now: 1500) == ["ETHUSDT"])
        #expect(clock.isSilent("ETHUSDT", now: 1000) && !clock.isSilent("BTCUSDT", now: 1899))
        #expect(!clock.isSilent("UNKNOWN", now: 9999) && !clock.isSilent("XYZUSDT", now: 9999))
        #expect(!clock.isSilent(now: 1989) && clock.isSilent(now: 1990))
    }

    @Test("without a limit for keys a quiet market is no fault")
    func quietMarkets() {
        var clock = StalenessClock<Int>(connectionLimitMs: 1000)
        clock.noteSubscribed([1], now: 0)
        clock.noteFrame(now: 1_000_000)
        #expect(!clock.isSilent(1, now: 1_000_500) && clock.silentKeys(now: 1_000_500).isEmpty)
    }

    @Test("it is silent exactly when the last sign of life is older than the limit", arguments: UInt64(0)..<100)
    func law(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var clock = StalenessClock<Int>(connectionLimitMs: 500, keyLimitMs: 700)
        clock.noteSubscribed(0..<4, now: 0)
        var heard = [Int64](repeating: 0, count: 4)
        var anything: Int64 = 0
        var now: Int64 = 0
        for _ in 0..<300 {
            now += Int64.random(in: 0...300, using: &generator)
            let key = Int.random(in: 0..<4, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                clock.noteData(key, now: now)
                (heard[key], anything) = (now, now)
            case 1:
                clock.noteFrame(now: now)
                anything = now
            default: break
            }
            #expect(clock.isSilent(now: now) == (now - anything >= 500))
            #expect(clock.silentKeys(now: now).sorted() == (0..<4).filter { now - heard[$0] >= 700 })
        }
    }
}
