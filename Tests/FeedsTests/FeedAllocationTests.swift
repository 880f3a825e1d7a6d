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

    @Test("Bybit: ten laps of a thousand trades, ids remembered")
    func bybit() throws {
        var bybit = Bybit(.spot, anySymbol: false)
        var writer = TickWriter(remembering: 1 << 12)
        bybit.add(symbol: "ETH-USDT", to: &writer)
        var frame = Array(BybitTests.spotFrame.utf8)
        let id = try #require(BybitTests.spotFrame.firstRange(of: "2280000001739247417"))
        let place = BybitTests.spotFrame.utf8.distance(
            from: BybitTests.spotFrame.startIndex, to: id.lowerBound)
        var next = 0
        let count = try allocations {
            for _ in 0..<1000 {
                next += 1
                for digit in 0..<8 {
                    frame[place + 18 - digit] =
                        UInt8(ascii: "0")
                        + UInt8(next / [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000][digit] % 10)
                }
                _ = try bybit.decode(frame.span.bytes, receivedMs: 1_800_000_000_000, into: &writer)
            }
            writer.batch.removeAll()
        }
        #expect(writer.counters.ticks == 20_000 && writer.counters.duplicates == 0)
        #expect(count == 0)
    }

    @Test("Binance: ten laps of a thousand trades")
    func binance() throws {
        var binance = Binance(anySymbol: true)
        var writer = TickWriter()
        let frame = Array(BinanceTests.futuresFrame.utf8)
        let count = try allocations {
            for _ in 0..<1000 {
                _ = try binance.decode(frame.span.bytes, receivedMs: 1_800_000_000_000, into: &writer)
            }
            writer.batch.removeAll()
        }
        #expect(writer.counters.ticks == 20_000)
        #expect(count == 0)
    }
}
