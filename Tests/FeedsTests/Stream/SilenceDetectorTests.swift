import Feeds
import TestSupport
import Testing

@Suite("SilenceDetector")
struct SilenceDetectorTests {
    @Test("silence counts from subscribing, though nothing ever came")
    func fromSubscribing() {
        var clock = SilenceDetector<Int>(connectionLimitMs: 1000, keyLimitMs: 5000)
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
        var clock = SilenceDetector<String>(connectionLimitMs: 1000, keyLimitMs: 1000)
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
        var clock = SilenceDetector<Int>(connectionLimitMs: 1000)
        clock.noteSubscribed([1], now: 0)
        clock.noteFrame(now: 1_000_000)
        #expect(!clock.isSilent(1, now: 1_000_500) && clock.silentKeys(now: 1_000_500).isEmpty)
    }

    @Test("it is silent exactly when the last sign of life is older than the limit", arguments: UInt64(0)..<100)
    func law(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var clock = SilenceDetector<Int>(connectionLimitMs: 500, keyLimitMs: 700)
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
