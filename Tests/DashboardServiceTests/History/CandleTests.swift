import CryptoCore
import Foundation
import Storage
import TestSupport
import TestTraits
import Testing

@testable import DashboardService

@Suite("Candles from the store", .waiting)
struct CandleTests {
    private static let noon = SeededStore.noon
    private static let name = escaped(SeededStore.series.description)

    /// Two hours of trades as a venue numbers them, several in one ms, and a gap.
    private static func ticks(seed: UInt64) -> [Tick] {
        var random = SplitMix64(seed: seed)
        var ticks: [Tick] = []
        var time = noon
        var price = 100.0
        var id = 9_950
        while time < noon + 7_200_000 {
            time += [0, 0, 3, 700, 9_000, 100_000].randomElement(using: &random) ?? 1
            price = max(1, price + Double.random(in: -1...1, using: &random))
            id += 1
            let side = [Side.buy, .sell, nil].randomElement(using: &random) ?? nil
            ticks.append(
                .trade(
                    "\(id)", price: price, quantity: .random(in: 0.001...3, using: &random), side: side, at: time,
                    isBlock: id % 17 == 0))
            if id % 150 == 0 {
                ticks.append(.gap(time..<time + 30_000))
                time += 30_000
            }
        }
        return ticks
    }

    /// Relative: each candle is a sum of fewer than 2^10 numbers of one sign, each of which rounds by 2^-53 at most.
    private static let tolerance = 0x1p-43

    @Test(
        "by minutes and by ticks they are the same, whatever their length",
        arguments: StoreKind.available, UInt64(0)..<4)
    func law(kind: StoreKind, seed: UInt64) throws {
        let store = try SeededStore(kind)
        // What comes hours later makes everything before it final.
        let ticks = Self.ticks(seed: seed) + [.trade("1000000", at: Self.noon + 14_400_000)]
        try store.write(ticks: ticks)
        let running = try RunningHistory(store.location)
        for step in [60_000, 300_000, 3_600_000] as [Int64] {
            let span = "from=\(Self.noon)&to=\(Self.noon + 8_000_000)&step=\(step)"
            let minutes = try running.json("/api/candles?series=\(Self.name)&\(span)&by=minutes")
            let traded = try running.json("/api/candles?series=\(Self.name)&\(span)&by=ticks")
            #expect(minutes.rows.count > 1)
            for column in ["start", "open", "high", "low", "close", "count", "incomplete"] {
                #expect(minutes.numbers(column) == traded.numbers(column), "\(column) of \(step)")
            }
            for column in ["volume", "buy_volume", "sell_volume", "amount"] {
                let (a, b) = (minutes.numbers(column), traded.numbers(column))
                #expect(a.count == b.count)
                for (a, b) in zip(a, b) { #expect(abs(a - b) <= Self.tolerance * max(a, b)) }
            }
            #expect(minutes["gaps"] as? [[String: NSObject]] == traded["gaps"] as? [[String: NSObject]])
        }
    }

    @Test("they are what a calculation over all ticks gives", arguments: StoreKind.available)
    func independent(kind: StoreKind) throws {
        let store = try SeededStore(kind)
        let ticks = Self.ticks(seed: 77)
        try store.write(ticks: ticks, withMinutes: false)
        let running = try RunningHistory(store.location)
        let step: Int64 = 10_000
        let found = try running.json(
            "/api/candles?series=\(Self.name)&from=\(Self.noon)&to=\(Self.noon + 9_000_000)&step=\(step)&by=ticks")
        var expected: [Int64: [(price: Double, quantity: Double)]] = [:]
        for tick in ticks {
            guard case .trade(let trade) = tick.kind, !trade.isBlockTrade else { continue }
            expected[tick.eventTime / step * step, default: []].append((trade.price, trade.quantity))
        }
        let starts = expected.keys.sorted()
        #expect(found.numbers("start") == starts.map(Double.init))
        let prices = starts.map { start in (expected[start] ?? []).map(\.price) }
        for (column, expected) in [
            ("open", prices.map { $0.first ?? .nan }), ("close", prices.map { $0.last ?? .nan }),
            ("high", prices.map { $0.max() ?? .nan }), ("low", prices.map { $0.min() ?? .nan }),
        ] {
            // Foundation reads some numbers of a JSON text to the next double.
            let isSame = zip(found.numbers(column), expected).allSatisfy { abs($0 - $1) <= 0x1p-50 * abs($1) }
            #expect(isSame && found.rows.count == expected.count, "\(column)")
        }
        #expect(found.numbers("count") == prices.map { Double($0.count) })
    }

    @Test("a gap that began before the span, or ends behind it, is told, and marks the candles it overlaps")
    func gaps() throws {
        let store = try SeededStore()
        let minute = { (n: Int64) in Self.noon + n * 60_000 }
        try store.write(
            (0..<60).map { Tick.trade("\($0)", at: minute($0) + 1) } + [
                .gap(minute(-600)..<minute(11) + 30_000), .gap(minute(19) + 30_000..<minute(200)),
                .gap(minute(-900)..<minute(-700)), .gap(minute(300)..<minute(301)),
            ])
        let running = try RunningHistory(store.location)
        let found = try running.json(
            "/api/candles?series=\(Self.name)&from=\(minute(10))&to=\(minute(21))&by=ticks")
        #expect(
            (found["gaps"] as? [[String: Any]])?.map { $0["from"] as? Int64 } == [minute(-600), minute(19) + 30_000])
        #expect(found.column("incomplete") as? [Bool] == (10..<21).map { $0 <= 11 || $0 >= 19 })
    }

    @Test("which rows they are made of follows from the span and the step, and the answer says it")
    func origin() throws {
        let store = try SeededStore()
        try store.write(ticks: Self.ticks(seed: 1))
        let running = try RunningHistory(store.location)
        let from = Self.noon
        for (query, by) in [
            ("to=\(from + 3_600_000)&step=1000", "ticks"), ("to=\(from + 3_600_000)&step=60000", "minutes"),
            ("to=\(from + 7 * 3_600_000)&step=60000", "minutes"), ("to=\(from + 3_600_000)", "minutes"),
            ("to=\(from + 3_600_000)&step=60000&by=ticks", "ticks"),
        ] {
            let found = try running.json("/api/candles?series=\(Self.name)&from=\(from)&\(query)")
            #expect(found["by"] as? String == by, "\(query)")
        }
    }

    @Test("minutes of a series in the background: all of them, in their order, page by page")
    func walk() throws {
        let store = try SeededStore()
        let other = Series(source: "sample", symbol: "ETH-USD")
        try store.write(.tumbling, (0..<6_000).map { WindowAggregate.minute(Self.noon + $0 * 60_000) })
        try store.write(.tumbling, (0..<10).map { WindowAggregate.minute(Self.noon + $0 * 60_000, other) })
        let running = try RunningHistory(store.location)
        let told = Told()
        running.history.minutes(from: Self.noon, to: .max) { series, candles in
            told.add(series, candles.map(\.start))
        } end: {
            told.end($0)
        }
        try waitFor("the walk's end", seconds: 20) { told.isEnded }
        #expect(told.reason == nil)
        #expect(told.starts[SeededStore.series] == (0..<6_000).map { Self.noon + $0 * 60_000 })
        #expect(told.starts[other]?.count == 10)
    }
}
