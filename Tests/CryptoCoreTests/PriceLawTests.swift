import CryptoCore
import TestSupport
import Testing

@Suite("open, close, average and vwap of a window lie between its low and its high")
struct PriceLawTests {
    /// The prices of `window` that are not between its low and its high.
    private static func outside(_ window: WindowAggregate) -> [String] {
        let prices = [
            ("open", window.open), ("close", window.close), ("average_price", window.averagePrice),
            ("vwap", window.vwap ?? window.low),
        ]
        return prices.filter { !(window.low <= $0.1 && $0.1 <= window.high) }.map(\.0)
    }

    private static func expectLaw(_ partition: inout VirtualPartition) throws -> Int {
        let outputs = try partition.taken()
        let windows = outputs.tumbling + outputs.sliding + outputs.live
        for window in windows { #expect(outside(window).isEmpty, "\(outside(window)) of \(window)") }
        return windows.count
    }

    @Test("a trade whose price times quantity by quantity is not its price again")
    func oneTrade() throws {
        var partition = VirtualPartition()
        partition.trade("1", at: 1_795_900_020_000, price: 61_774.94, quantity: 0.736)
        partition.live()
        partition.trade("2", at: 1_795_900_090_000, price: 61_774.94, quantity: 0.736)
        let outputs = try partition.taken()
        #expect(outputs.tumbling.map(\.vwap) == [61_774.94])
        #expect(outputs.sliding.map(\.vwap) == Array(repeating: 61_774.94, count: 6))
        #expect(outputs.live.map(\.vwap) == [61_774.94])
    }

    @Test("whatever comes in", arguments: UInt64(0)..<12)
    func streams(seed: UInt64) throws {
        var partition = VirtualPartition()
        var stream = RandomStream(seed: seed)
        for i in 0..<Fuzz.rounds(2_000) {
            let record = stream.next()
            partition.add(record.value, key: record.key)
            if i % 50 == 0 { partition.live() }
        }
        #expect(try PriceLawTests.expectLaw(&partition) > 100)
    }

    @Test("markets that stand still, and numbers at the ends of what a double holds", arguments: UInt64(20)..<32)
    func stillMarkets(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        var partition = VirtualPartition(WindowConfiguration(slide: 20_000, idleAfterTrade: 0, idleAfterQuote: 0))
        for minute in 0..<Int64(200) {
            let price =
                rng.chance(0.9)
                ? rng.marketNumber()
                : rng.pick([.leastNonzeroMagnitude, .leastNormalMagnitude, 1e308, .greatestFiniteMagnitude])
            for i in 0..<rng.int(1...12) {
                let quantity =
                    rng.chance(0.9) ? rng.marketNumber() : rng.pick([.leastNonzeroMagnitude, 0.1, 1e-300, 1e308])
                partition.trade(at: noon + minute * 60_000 + i * 5_000, price: price, quantity: quantity)
            }
        }
        #expect(try PriceLawTests.expectLaw(&partition) > 300)
    }
}
