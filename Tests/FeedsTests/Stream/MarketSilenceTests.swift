import CryptoCore
import TestSupport
import Testing

@testable import Feeds

@Suite("Markets without data")
struct MarketSilenceTests {
    private func id(_ index: Int) -> SeriesID { SeriesID(index: Int32(index)) }

    @Test("silence counts from subscribing, though nothing ever came; a new connection begins anew")
    func fromSubscribing() {
        var silence = MarketSilence(limitMs: 5_000)
        #expect(silence.silent(now: .max / 2).isEmpty && !silence.isEveryOneSilent(now: .max / 2))
        silence.begin([id(1), id(2)], now: 10_000)
        #expect(silence.silent(now: 14_999).isEmpty && Set(silence.silent(now: 15_000)) == [id(1), id(2)])
        #expect(silence.isEveryOneSilent(now: 15_000))
        silence.begin([id(2)], now: 20_000)
        #expect(silence.silent(now: 24_999).isEmpty && silence.silent(now: 25_000) == [id(2)])
    }

    @Test("data of one market says nothing of another")
    func perMarket() {
        var silence = MarketSilence(limitMs: 1_000)
        silence.begin([id(0), id(1), id(2)], now: 0)
        silence.noteData(id(0), now: 900)
        silence.noteData(id(7), now: 950)
        silence.forget(id(2))
        #expect(silence.silent(now: 1_500) == [id(1)])
        #expect(!silence.isEveryOneSilent(now: 1_500) && silence.isEveryOneSilent(now: 1_900))
    }

    @Test("it is silent exactly when its last data is older than the limit", arguments: UInt64(0)..<100)
    func law(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var silence = MarketSilence(limitMs: 700)
        silence.begin((0..<4).map(id), now: 0)
        var heard = [Int64](repeating: 0, count: 4)
        var now: Int64 = 0
        for _ in 0..<300 {
            now += Int64.random(in: 0...300, using: &generator)
            let market = Int.random(in: 0..<4, using: &generator)
            if Bool.random(using: &generator) {
                silence.noteData(id(market), now: now)
                heard[market] = now
            }
            #expect(Set(silence.silent(now: now)) == Set((0..<4).filter { now - heard[$0] >= 700 }.map(id)))
            #expect(silence.isEveryOneSilent(now: now) == heard.allSatisfy { now - $0 >= 700 })
        }
    }
}
