import CryptoCore
import Feeds
import System
import TestSupport
import Testing

@Suite("Synthetic trades")
struct SyntheticFeedTests {
    private func run(
        seed: UInt64, rate: Int64, count: Int64
    ) throws -> (ticks: [Tick], elapsedMs: Int64) {
        let clock = ManualClock()
        var feed = SyntheticFeed(
            .init(symbols: ["BTC-USDT", "ETH-USDT", "PEPE-USDT"], rate: rate, seed: seed, count: count), clock: clock)
        let ticks = try drain(&feed).ticks
        return (ticks, clock.monotonicMs())
    }

    @Test("the same seed gives the same trades, another one others; ids do not repeat")
    func seeded() throws {
        let first = try run(seed: 1, rate: 1000, count: 5000).ticks
        #expect(first.count == 5000)
        #expect(try run(seed: 1, rate: 1000, count: 5000).ticks == first)
        #expect(try run(seed: 2, rate: 1000, count: 5000).ticks != first)
        #expect(Set(first.compactMap(\.trade?.tradeID)).count == 5000)
        #expect(Set(first.map(\.series.symbol)) == ["BTC-USDT", "ETH-USDT", "PEPE-USDT"])
        #expect(first.allSatisfy { $0.trade?.side != nil && $0.series.source == "synthetic" })
    }

    @Test("any rate is kept: event times are spread evenly", arguments: [Int64(1), 7, 1000, 1_000_000])
    func rate(rate: Int64) throws {
        let count = min(rate * 3, 100_000)
        let (ticks, elapsedMs) = try run(seed: 3, rate: rate, count: count)
        #expect(ticks.count == Int(count))
        for (n, tick) in ticks.enumerated() {
            #expect(tick.eventTime == 1_800_000_000_000 + Int64(n) * 1000 / rate)
        }
        #expect(elapsedMs >= (count - 1) * 1000 / rate)
    }

    @Test("an hour of ticks costs no more memory than a second of them")
    func memory() {
        let clock = ManualClock()
        var feed = SyntheticFeed(.init(symbols: ["BTC-USDT", "ETH-USDT", "PEPE-USDT"], rate: 100), clock: clock)
        var writer = TickWriter()
        var events: [FeedEvent] = []
        while clock.monotonicMs() < 3_600_000 {
            _ = feed.poll(waitMs: 100, into: &writer, events: &events)
            writer.batch.removeAll()
        }
        #expect(writer.counters.ticks >= 359_000)
        #expect(writer.heard.count == 3)
    }
}
