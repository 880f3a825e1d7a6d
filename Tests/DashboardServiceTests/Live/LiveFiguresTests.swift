import CryptoCore
import TestSupport
import Testing

@testable import DashboardService

/// A final minute.
func minute(
    _ start: Int64, open: Double = 1, high: Double = 4, low: Double = 0.5, close: Double = 2, amount: Double = 10
) -> Candle {
    var candle = Candle(start: start, price: open)
    (candle.high, candle.low, candle.close, candle.amount, candle.count) = (high, low, close, amount, 1)
    return candle
}

@Suite("Decimals of prices")
struct PriceDecimalsTests {
    @Test(
        "those of the shortest text",
        arguments: [
            (25918.8, 1), (25918.0, 0), (0.00001865, 8), (1.5e-7, 8), (1e-12, 12), (0.1 + 0.2, 12), (1e21, 0),
            (12.25, 2),
        ])
    func counted(price: Double, decimals: Int) { #expect(PriceDecimals.count(in: price) == decimals) }

    @Test("a price with many is forgotten after 256 others, and one of fewer changes nothing before")
    func forgotten() {
        var decimals = PriceDecimals()
        decimals.add(1.123456)
        for _ in 0..<100 { decimals.add(1.5) }
        #expect(decimals.value == 6)
        for _ in 0..<256 { decimals.add(1.25) }
        #expect(decimals.value == 2)
    }
}

@Suite("Figures of 24 hours")
struct DayFiguresTests {
    @Test(
        "the order in which minutes come changes nothing, nor that they come twice", arguments: 0..<20 as Range<UInt64>)
    func order(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let start: Int64 = 1_700_000_000_000 / 300_000 * 300_000
        let minutes = (0..<600).map { index in
            minute(
                start + Int64(index) * 60_000, open: Double(1 + random.next() % 100),
                high: Double(200 + random.next() % 9),
                low: Double(random.next() % 9), amount: Double(random.next() % 1000))
        }
        var (inOrder, shuffled) = (DayFigures(), DayFigures())
        for minute in minutes { inOrder.add(minute) }
        for minute in minutes.shuffled(using: &random) { shuffled.add(minute) }
        for minute in minutes.shuffled(using: &random) { shuffled.add(minute) }
        #expect(inOrder.open == minutes[0].open && shuffled.open == minutes[0].open)
        #expect(shuffled.turnover == inOrder.turnover && shuffled.turnover == minutes.reduce(0) { $0 + $1.amount })
        #expect(shuffled.high == minutes.map(\.high).max() && shuffled.low == minutes.map(\.low).min())
        #expect(shuffled.since == start && inOrder.since == start)
    }

    @Test("what is older than a day is no part of it, and a whole day has no beginning to tell")
    func old() {
        var day = DayFigures()
        let start: Int64 = 1_700_000_000_000 / 300_000 * 300_000
        day.add(minute(start, open: 1000, high: 1000))
        for index in 0..<1440 { day.add(minute(start + 600_000 + Int64(index) * 60_000, open: 2, high: 3, amount: 1)) }
        #expect(day.since == nil)
        #expect(day.high == 3 && day.open == 2)
        #expect((1436...1440).contains(Int(day.turnover)))
        #expect(day.changePct(to: 3) == 50)
    }
}

@Suite("The closes of an hour")
struct HourClosesTests {
    @Test("a minute without ticks is a hole, and sixty are kept")
    func holes() {
        var hour = HourCloses()
        let start: Int64 = 1_700_000_040_000
        hour.add(minute(start, close: 1))
        hour.add(minute(start + 180_000, close: 4))
        #expect(hour.list == [1, nil, nil, 4])
        hour.add(minute(start + 60_000, close: 2))
        #expect(hour.list == [1, 2, nil, 4])
        for index in 4..<80 { hour.add(minute(start + Int64(index) * 60_000, close: Double(index))) }
        #expect(hour.list.count == 60 && hour.list.first == 20 && hour.list.last == 79)
        #expect(hour.end == start + 80 * 60_000)
        hour.add(minute(start, close: 7))
        #expect(hour.list.first == 20)
    }

    @Test("after more than an hour of nothing the line begins anew")
    func anew() {
        var hour = HourCloses()
        hour.add(minute(1_700_000_040_000, close: 1))
        hour.add(minute(1_700_000_040_000 + 3_660_000, close: 2))
        #expect(hour.list == [2])
    }
}

@Suite("Rate and latency")
struct RateTests {
    @Test("a steady stream has its rate, a silence of ten seconds none, and the peak stays")
    func rate() {
        var rate = TickRate()
        for ms in stride(from: Int64(0), to: 20_000, by: 10) { rate.add(1, at: ms) }
        #expect(rate.rate(at: 20_000) == 100)
        #expect(rate.rate(at: 40_000) == 0)
        #expect(rate.peak?.rate == 100)
    }

    @Test("quantiles are right to 3 %", arguments: 0..<20 as Range<UInt64>)
    func quantiles(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var figures = LatencyFigures()
        var times = (0..<5_000).map { _ in Int64(random.next() % (1 << (random.next() % 20))) }
        for time in times { figures.add(time, at: 1_000_000) }
        times.sort()
        let minute = figures.lastMinute(at: 1_000_000)
        let found = try #require(minute)
        #expect(found.count == 5_000)
        for (quantile, share) in [(found.p50, 0.5), (found.p99, 0.99)] {
            let wanted = Double(times[Int((share * 5_000).rounded(.up)) - 1])
            #expect(abs(quantile - wanted) <= 0.035 * wanted + 0.5)
        }
    }

    @Test("after a minute nothing is left, and each minute with ticks is in the history once")
    func history() {
        var figures = LatencyFigures()
        for minute in 0..<3 as Range<Int64> { figures.add(10 * (minute + 1), at: 6_000_000 + minute * 60_000 + 5_000) }
        #expect(figures.lastMinute(at: 6_000_000 + 600_000) == nil)
        #expect(figures.history.map(\.p50) == [10, 20, 30])
        #expect(figures.history.map(\.start) == [6_000_000, 6_060_000, 6_120_000])
    }
}
