import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

/// Without optimization the compiler keeps temporary copies that a release build has not.
private let isOptimized: Bool = {
    #if DEBUG
        false
    #else
        true
    #endif
}()

@Suite("Decoding trades allocates nothing", .enabled(if: isOptimized))
struct FeedAllocationTests {
    /// Allocations of the last ten of twenty laps, when every buffer has its size.
    private func allocations(_ lap: () throws -> Void) rethrows -> UInt64 {
        for _ in 0..<10 { try lap() }
        let before = Allocations.count
        for _ in 0..<10 { try lap() }
        return Allocations.count - before
    }

    /// Twenty laps of a thousand frames, each with other ids: their last six digits count up.
    private func decode(
        _ venue: some StreamVenue, _ symbol: String, _ text: String, ids: [String], trades: Int,
        isRecalled: Bool = false
    ) throws {
        var venue = venue
        var writer = TickWriter(remembering: 1 << 12)
        venue.add(symbol: symbol, to: &writer)
        var frame = Array(text.utf8)
        let places = try ids.map { id in
            let range = try #require(text.firstRange(of: id))
            return text.utf8.distance(from: text.startIndex, to: range.upperBound) - 1
        }
        if isRecalled {
            _ = writer.recall(writer.series.intern(Series(source: "bybit", symbol: symbol)), after: nil, nowMs: 0)
        }
        var next = 0
        let count = try allocations {
            for _ in 0..<1000 {
                for place in places {
                    next += 1
                    var rest = next
                    for digit in 0..<6 {
                        frame[place - digit] = UInt8(ascii: "0") + UInt8(rest % 10)
                        rest /= 10
                    }
                }
                _ = try venue.decode(frame.span.bytes, receivedMs: 1_800_000_000_000, into: &writer)
            }
            writer.rememberNewest()
            writer.batch.removeAll()
        }
        #expect(writer.counters.ticks - writer.counters.gaps == 20_000 * trades)
        #expect(writer.counters.duplicates == 0)
        #expect(count == 0)
    }

    @Test("Bybit") func bybit() throws {
        try decode(
            Bybit(.spot, anySymbol: false), "ETH-USDT", BybitTests.spotFrame, ids: ["2280000001739247417"], trades: 1)
    }

    @Test("Bybit, where what is missing is asked for") func bybitRecalled() throws {
        try decode(
            Bybit(.spot, anySymbol: false), "ETH-USDT", BybitTests.spotFrame, ids: ["2280000001739247417"], trades: 1,
            isRecalled: true)
    }

    @Test("Binance") func binance() throws {
        try decode(Binance(anySymbol: false), "BTC-USDT", BinanceTests.spotFrame, ids: ["3071245454"], trades: 1)
    }

    @Test("Coinbase, a snapshot's order too") func coinbase() throws {
        try decode(Coinbase(anySymbol: false), "BTC-USD", CoinbaseTests.update, ids: ["1068572091"], trades: 1)
        let snapshot = CoinbaseTests.frame("snapshot", [300_000_003, 200_000_002, 100_000_001])
        try decode(
            Coinbase(anySymbol: true), "BTC-USD", snapshot, ids: ["300000003", "200000002", "100000001"], trades: 3)
    }

    @Test("Kraken, both versions") func kraken() throws {
        let update = KrakenTests.update.replacingOccurrences(of: "4665906", with: "14665906")
            .replacingOccurrences(of: "4665907", with: "24665907")
        try decode(Kraken(anySymbol: false), "BTC-USD", update, ids: ["14665906", "24665907"], trades: 2)
        try decode(
            Kraken(anySymbol: true), "BTC-USD", KrakenTests.old, ids: ["1618678150.826417", "1618678150.827816"],
            trades: 2)
    }
}
