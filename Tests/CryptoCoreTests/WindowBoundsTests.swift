import CryptoCore
import Testing

@Suite("a window is half open, aligned to the epoch, and final when the watermark reaches its end")
struct WindowBoundsTests {
    private static let noLateness = WindowConfiguration(lateness: 0, idleAfterTrade: 0, idleAfterQuote: 0)

    /// The tumbling windows that trades at `times` fall into, once all are closed.
    private func starts(_ times: [Int64]) throws -> [Int64: Int64] {
        var partition = VirtualPartition(WindowBoundsTests.noLateness)
        for time in times { partition.trade(at: time) }
        partition.trade(at: (times.max() ?? 0) + 600_000)
        return Dictionary(uniqueKeysWithValues: try partition.taken().tumbling.map { ($0.windowStart, $0.count) })
    }

    @Test(
        "a tick belongs to the minute that holds its time, before 1970 too",
        arguments: [
            (0, 0), (59_999, 0), (60_000, 60_000), (60_001, 60_000), (-1, -60_000), (-60_000, -60_000),
            (-60_001, -120_000),
            (-59_999, -60_000), (noon - 1, noon - 60_000), (noon, noon),
            (TickView.eventTimes.lowerBound, TickView.eventTimes.lowerBound),
            (TickView.eventTimes.upperBound - 600_001, TickView.eventTimes.upperBound - 660_000),
        ] as [(Int64, Int64)])
    func minute(time: Int64, start: Int64) throws { #expect(try starts([time]) == [start: 1]) }

    @Test("the end belongs to the next window")
    func halfOpen() throws {
        #expect(try starts([noon, noon + 59_999, noon + 60_000]) == [noon: 2, noon + 60_000: 1])
        #expect(try starts([-60_000, -1, 0]) == [-60_000: 2, 0: 1])
    }

    @Test(
        "a window is final at the tick that takes the watermark to its end, not a millisecond before",
        arguments: [0, 5_000, 90_000] as [Int64])
    func finalAtItsEnd(lateness: Int64) throws {
        var partition = VirtualPartition(WindowConfiguration(lateness: lateness, idleAfterTrade: 0, idleAfterQuote: 0))
        partition.trade(at: noon)
        partition.trade(at: noon + 60_000 + lateness - 1)
        #expect(try partition.taken().tumbling.isEmpty)
        partition.trade(at: noon + 60_000 + lateness)
        let windows = try partition.taken()
        #expect(windows.tumbling.map(\.windowEnd) == [noon + 60_000])
        #expect(windows.tumbling.first?.count == (lateness == 0 ? 2 : 1))
        #expect(windows.tumbling.first?.isFinal == true)
        #expect(windows.trends.map(\.asOf) == [noon + 60_000])
    }

    @Test(
        "sliding windows end every slide, and each counts the minute before",
        arguments: [1_000, 10_000, 20_000, 60_000] as [Int64])
    func sliding(slide: Int64) throws {
        var partition = VirtualPartition(
            WindowConfiguration(lateness: 0, slide: slide, idleAfterTrade: 0, idleAfterQuote: 0))
        partition.trade(at: noon + 12_345, price: 7, quantity: 2)
        partition.trade(at: noon + 600_000)
        let windows = try partition.taken().sliding
        let first = (noon + 12_345) / slide * slide + slide
        let last = first + 60_000 - slide
        let ends = windows.map(\.windowEnd)
        #expect(ends == Array(stride(from: first, through: last, by: Int64.Stride(slide))))
        #expect(windows.allSatisfy { $0.count == 1 && $0.volume == 2 && $0.type == .sliding })
        #expect(windows.allSatisfy { $0.windowEnd - $0.windowStart == 60_000 })
    }

    @Test("open and close go by event time, ties by arrival; low and high by price")
    func openAndClose() throws {
        var partition = VirtualPartition()
        for (ms, price) in [
            (20_000, 5.0), (10_000, 3), (10_000, 4), (50_000, 9), (50_000, 8), (49_000, 1), (30_000, 20),
        ] {
            partition.trade(at: noon + Int64(ms), price: price)
        }
        partition.trade(at: noon + 200_000)
        let window = try #require(try partition.taken().tumbling.first)
        #expect((window.open, window.close, window.low, window.high) == (3, 8, 1, 20))
        #expect((window.firstTime, window.lastTime, window.count) == (noon + 10_000, noon + 50_000, 7))
    }

    @Test("volume and amount come from trades, counts and prices from quotes too")
    func quotesAndTrades() throws {
        var partition = VirtualPartition()
        partition.quote(at: noon, price: 10, series: VirtualPartition.bitcoin)
        partition.trade(at: noon + 1, price: 20, quantity: 3)
        partition.add(
            Tick(
                series: VirtualPartition.bitcoin,
                kind: .trade(.init(tradeID: "sold", price: 30, quantity: 4, side: .sell)), eventTime: noon + 2,
                ingestTime: noon))
        partition.add(
            Tick(
                series: VirtualPartition.bitcoin,
                kind: .trade(.init(tradeID: "unknown", price: 40, quantity: 5, side: nil)), eventTime: noon + 3,
                ingestTime: noon))
        partition.quote(at: noon + 60_000, series: VirtualPartition.coin)
        partition.trade(at: noon + 200_000)
        partition.quote(at: noon + 200_000, series: VirtualPartition.coin)
        let windows = try partition.taken().tumbling
        let window = try #require(windows.first)
        #expect((window.count, window.volume, window.amount, window.averagePrice) == (4, 12, 380, 25))
        #expect((window.buyVolume, window.sellVolume) == (3, 4))
        #expect(window.vwap == 380.0 / 12)
        #expect(abs(window.stddev - 125.0.squareRoot()) < 1e-12)
        // Quotes alone have no volume, and no price weighted by it.
        #expect((windows.last?.volume, windows.last?.vwap) == (0, nil))
    }

    @Test("a minute without ticks makes no window")
    func emptyMinutes() throws {
        var partition = VirtualPartition()
        partition.trade(at: noon)
        partition.trade(at: noon + 600_000)
        partition.trade(at: noon + 1_200_000)
        let windows = try partition.taken()
        #expect(windows.tumbling.map(\.windowStart) == [noon, noon + 600_000])
        #expect(windows.sliding.count == 12)
    }

    @Test("each series has its own watermark")
    func ownWatermarks() throws {
        var partition = VirtualPartition()
        partition.quote(at: noon)
        partition.trade(at: noon + 3_600_000)
        partition.quote(at: noon + 90_000)
        partition.quote(at: noon + 29_999)
        #expect(partition.counts.late == 1)
        #expect(partition.counts.counted == 3)
        let windows = try partition.taken()
        #expect(windows.tumbling.map(\.series) == [VirtualPartition.coin])
        #expect(windows.late.map(\.tick.eventTime) == [noon + 29_999])
    }

    @Test("the years 1 and 9999 do not overflow")
    func extremes() throws {
        var partition = VirtualPartition(WindowConfiguration(lateness: 5_000))
        let all = TickView.eventTimes
        partition.trade(at: all.lowerBound)
        partition.gap(all.lowerBound, all.upperBound - 1)
        partition.trade(at: all.upperBound - 1, price: .greatestFiniteMagnitude, quantity: .greatestFiniteMagnitude)
        partition.trade(at: all.upperBound - 1, price: .leastNonzeroMagnitude, quantity: .greatestFiniteMagnitude)
        partition.trade(at: all.lowerBound)
        partition.now = 1 << 50
        partition.ended()
        partition.live()
        let windows = try partition.taken()
        #expect(windows.tumbling.count == 2)
        #expect(windows.tumbling.allSatisfy { $0.isIncomplete })
        #expect(windows.late.count == 1)
        // Everything stayed a number: sums stop at the largest double.
        #expect(windows.tumbling.last?.amount == .greatestFiniteMagnitude)
        #expect(windows.tumbling.last?.volume == .greatestFiniteMagnitude)
    }
}
