import CryptoCore
import TestSupport
import Testing

@Suite("live windows show the newest open minute, trends the last six")
struct LiveAndTrendTests {
    @Test("a live window comes once for each time that something changed")
    func onChange() throws {
        var partition = VirtualPartition()
        partition.live()
        #expect(try partition.taken().live.isEmpty)
        partition.trade(at: noon + 1_000, price: 5)
        partition.trade(at: noon + 15_000, price: 7)
        partition.live()
        partition.live()
        let live = try partition.taken().live
        #expect(live.count == 1)
        #expect((live.first?.count, live.first?.close, live.first?.isFinal) == (2, 7, false))
        #expect((live.first?.type, live.first?.windowStart) == (.tumbling, noon))
        partition.trade("own-1", at: noon + 1_000)  // a duplicate
        partition.live()
        #expect(try partition.taken().live.isEmpty)
        partition.gap(noon, noon + 1)
        partition.live()
        #expect(try partition.taken().live.map(\.isIncomplete) == [true])
    }

    @Test("taking the changed state before, between or behind takes no live window away and brings none twice")
    func besideState() throws {
        var partition = VirtualPartition()
        var batch = ChangelogBatch()
        var shown: [Int64] = []
        for round in 0..<40 as Range<Int64> {
            partition.trade(at: noon + round)
            if round % 2 == 0 { partition.quote(at: noon + round) }
            for _ in 0..<round % 3 { partition.core.takeChanges(into: &batch) }
            if round % 4 == 3 { partition.live() }
            if round % 5 == 0 { partition.core.takeChanges(into: &batch) }
            shown += try partition.taken().live.map(\.count)
        }
        // Every fourth round both series have news: so many trades, half as many quotes.
        #expect(shown == (1...10).flatMap { [$0 * 4, $0 * 2] })
    }

    @Test("it is the newest open minute, and a closed one never comes back")
    func newest() throws {
        var partition = VirtualPartition()
        partition.trade(at: noon + 59_000)
        partition.trade(at: noon + 61_000)
        partition.live()
        #expect(try partition.taken().live.map(\.windowStart) == [noon + 60_000])
        var quiet = VirtualPartition(WindowConfiguration())
        quiet.trade(at: noon)
        quiet.now += 70_000
        quiet.ended()
        quiet.live()
        #expect(try quiet.taken().live.isEmpty)
    }

    @Test("every series has its own")
    func perSeries() throws {
        var partition = VirtualPartition()
        partition.trade(at: noon)
        partition.quote(at: noon + 120_000)
        partition.live()
        #expect(try partition.taken().live.map(\.series) == [VirtualPartition.bitcoin, VirtualPartition.coin])
    }

    @Test("a trend for each final minute: its average and the five before, null where none")
    func averages() throws {
        var partition = VirtualPartition()
        let minutes: [Int64] = [0, 1, 3, 4, 5, 6, 9, 30]
        for minute in minutes { partition.trade(at: noon + minute * 60_000, price: 100 + Double(minute)) }
        partition.trade(at: noon + 3_600_000)
        let trends = try partition.taken().trends
        #expect(trends.map { ($0.asOf - noon) / 60_000 - 1 } == minutes)
        for (trend, minute) in zip(trends, minutes) {
            let wanted = (minute - 5...minute).map { minutes.contains($0) ? 100 + Double($0) : nil }
            #expect(trend.averages == wanted)
            if wanted.compactMap({ $0 }).count < 2 {
                #expect((trend.slopePerMinute, trend.changePct, trend.direction) == (nil, nil, nil))
            } else {
                // A straight line of one a minute, whatever is missing.
                #expect(abs((trend.slopePerMinute ?? 0) - 1) < 1e-12)
                #expect(trend.direction == .up)
            }
        }
    }

    @Test(
        "the direction is flat under a hundredth of a percent",
        arguments: [
            (100, 100, Direction.flat), (100, 100.009999, .flat), (100, 99.990001, .flat), (1e6, 1e6 + 100, .up),
            (1e6, 1e6 - 100, .down),
            (1e6, 1e6 + 99.99, .flat), (100, 101, .up), (100, 99, .down), (1e-300, 1e308, .up), (1e308, 1e-300, .down),
        ])
    func direction(first: Double, last: Double, direction: Direction) {
        let trend = Trend(series: VirtualPartition.bitcoin, asOf: 0, averages: [nil, first, nil, nil, nil, last])
        #expect(trend.direction == direction)
        #expect(trend.changePct?.isFinite == true && trend.slopePerMinute?.isFinite == true)
    }

    @Test("with one average of six the direction is unknown, as slope and change are")
    func unknownDirection() throws {
        let trend = Trend(series: VirtualPartition.bitcoin, asOf: 0, averages: [nil, nil, nil, nil, nil, 100])
        var json = JSONWriter()
        trend.encode(into: &json)
        let text = String(decoding: json.bytes, as: UTF8.self)
        #expect(text.hasSuffix(#""slope_per_minute":null,"change_pct":null,"direction":null}"#), "\(text)")
        #expect(try Trend(decoding: json.bytes.span.bytes) == trend)
    }

    @Test("the slope is that of the normal equations", arguments: UInt64(0)..<200)
    func slope(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let scale = rng.marketNumber()
        let averages = (0..<6).map { _ in rng.chance(0.7) ? scale * (1 + Double(rng.int(-100...100)) / 1000) : nil }
        let trend = Trend(series: VirtualPartition.bitcoin, asOf: 0, averages: averages)
        let known = averages.enumerated().compactMap { index, value in value.map { (Double(index), $0) } }
        guard known.count >= 2 else {
            #expect(trend.slopePerMinute == nil && trend.changePct == nil && trend.direction == nil)
            return
        }
        let n = Double(known.count)
        let sx = known.reduce(0) { $0 + $1.0 }, sy = known.reduce(0) { $0 + $1.1 }
        let sxx = known.reduce(0) { $0 + $1.0 * $1.0 }, sxy = known.reduce(0) { $0 + $1.0 * $1.1 }
        let slope = (n * sxy - sx * sy) / (n * sxx - sx * sx)
        // The textbook form loses some digits of the price: 1e-12 of it.
        #expect(abs((trend.slopePerMinute ?? .nan) - slope) <= 1e-12 * scale)
        #expect(trend.changePct == (known[known.count - 1].1 - known[0].1) / known[0].1 * 100)
    }
}
