import CryptoCore
import TestSupport
import Testing

@testable import Feeds

@Suite("Markets without data")
struct SubscriptionsTests {
    /// As many markets, all subscribed at 0; the series of one of others lies among theirs.
    private func standing(_ count: Int) -> Subscriptions {
        var subscriptions = Subscriptions()
        for index in 0..<count { subscriptions.add("C\(index)-USDT", SeriesID(index: Int32(2 * index))) }
        subscriptions.begin(at: 0)
        for index in 0..<count { subscriptions.stand(index) }
        return subscriptions
    }

    @Test("a series finds its market, and one of no market finds none")
    func indexes() {
        let subscriptions = standing(3)
        #expect((0..<8).map { subscriptions.index(of: SeriesID(index: $0)) } == [0, nil, 1, nil, 2, nil, nil, nil])
    }

    @Test("silence counts from subscribing, though nothing ever came; a new connection begins anew")
    func fromSubscribing() {
        var none = Subscriptions()
        none.begin(at: 0)
        #expect(none.silent(forMs: 1, at: .max / 2).isEmpty && !none.isEveryOneSilent(forMs: 1, at: .max / 2))
        var subscriptions = standing(2)
        subscriptions.begin(at: 10_000)
        for index in 0..<2 { subscriptions.stand(index) }
        #expect(!subscriptions.isEveryOneSilent(forMs: 5_000, at: 14_999))
        #expect(subscriptions.silent(forMs: 5_000, at: 14_999).isEmpty)
        #expect(subscriptions.isEveryOneSilent(forMs: 5_000, at: 15_000))
        #expect(subscriptions.silent(forMs: 5_000, at: 15_000) == [0, 1])
    }

    @Test("a refused market is not silent, nor one that is asked for")
    func notStanding() {
        var subscriptions = standing(3)
        subscriptions.change(1) { $0.state = .refused(untilMs: .max) }
        subscriptions.change(2) { $0.state = .asked(request: 1, ms: 0) }
        #expect(subscriptions.silent(forMs: 1_000, at: 2_000) == [0])
        subscriptions.noteData(1, at: 1_900)
        #expect(subscriptions.isEveryOneSilent(forMs: 1_000, at: 2_000))
        subscriptions.noteData(2, at: 1_900)
        #expect(!subscriptions.isEveryOneSilent(forMs: 1_000, at: 2_000))
    }

    @Test("one that stays silent is left in peace for 2, 4, 8, 16, 32 times the limit, and no longer")
    func patience() {
        var subscriptions = standing(1)
        var found: [Int64] = []
        for now in Int64(0)...200 where !subscriptions.silent(forMs: 1, at: now).isEmpty {
            found.append(now)
            subscriptions.notePatience(0, forMs: 1, at: now)
        }
        #expect(zip(found, found.dropFirst()).map { $1 - $0 } == [2, 4, 8, 16, 32, 32, 32, 32, 32])
        subscriptions.noteData(0, at: 201)
        #expect(subscriptions.silent(forMs: 1, at: 202) == [0], "data ends the patience")
    }

    @Test("a market is silent exactly when its last data is older than the limit", arguments: UInt64(0)..<100)
    func law(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        var subscriptions = standing(4)
        var heard = [Int64](repeating: 0, count: 4)
        var now: Int64 = 0
        for _ in 0..<300 {
            now += Int64.random(in: 0...300, using: &generator)
            let market = Int.random(in: 0..<4, using: &generator)
            if Bool.random(using: &generator) {
                subscriptions.noteData(market, at: now)
                heard[market] = now
            }
            #expect(subscriptions.silent(forMs: 700, at: now) == (0..<4).filter { now - heard[$0] >= 700 })
            #expect(subscriptions.isEveryOneSilent(forMs: 700, at: now) == heard.allSatisfy { now - $0 >= 700 })
        }
    }
}
