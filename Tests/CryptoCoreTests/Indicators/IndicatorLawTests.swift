import TestSupport
import Testing

@testable import CryptoCore

@Suite("what holds for indicators, whatever the market does")
struct IndicatorLawTests {
    @Test(
        "a flat market has bands of no width, no RSI and no verdict", arguments: [0.1, 1.0 / 3, 65_000.01, 1e-8, 1e300])
    func flat(price: Double) throws {
        let last = try #require(Bars.flat(200, at: price).records().last)
        for value in [
            last.sma20, last.ema12, last.ema26, last.bollingerUpper, last.bollingerMiddle, last.bollingerLower,
        ] {
            #expect(value == price)
        }
        for value in [last.macd, last.macdSignal, last.macdHistogram, last.atr14] { #expect(value == 0) }
        #expect(last.rsi14 == nil && last.volumeZ == nil && last.returnZ == nil)
    }

    @Test("a spike that left the last 20 bars leaves no trace in what looks at them")
    func spike() throws {
        var bars = Bars.flat(30, at: 100)
        for _ in 0..<5 { bars.append(close: 1e9, high: 1e9, low: 100, volume: 1e12) }
        let after = (bars + Bars.flat(20, at: 100)).records()
        let last = try #require(after.last)
        #expect(last.bollingerUpper == 100 && last.bollingerLower == 100 && last.sma20 == 100)
        #expect(try #require(after[after.count - 2].bollingerUpper) > 1e8, "one bar earlier it is there")
        let whole = (bars + Bars.flat(61, at: 100)).records()
        #expect(whole.last?.volumeZ == nil, "no spread again")
    }

    @Test("a scale of prices or volumes changes prices alone", arguments: [-40, 3, 40])
    func scale(power: Int) throws {
        let factor = power < 0 ? 1 / Double(1 << -power) : Double(1 << power)
        let bars = Bars.walk(150, from: 250, seed: 8)
        var other = bars
        other.close = bars.close.map { $0 * factor }
        other.high = bars.high.map { $0 * factor }
        other.low = bars.low.map { $0 * factor }
        other.volume = bars.volume.map { $0 * 8 }
        for (a, b) in zip(bars.records(), other.records()) {
            for (name, value) in a.values {
                let isFree = name == "rsi_14" || name.hasSuffix("_z")
                #expect(b.values[name] == value.map { isFree ? $0 : $0 * factor }, "\(name) at bar \(a.bars)")
            }
        }
    }

    @Test("whoever saw 100 bars more agrees on what looks at the last 62")
    func suffix() throws {
        let bars = Bars.walk(300, from: 10, seed: 21)
        var late = bars
        late.close.removeFirst(100)
        late.high.removeFirst(100)
        late.low.removeFirst(100)
        late.volume.removeFirst(100)
        for (a, b) in zip(bars.records().dropFirst(162), late.records().dropFirst(62)) {
            for name in ["sma_20", "bollinger_upper", "bollinger_lower", "volume_z", "return_z"] {
                #expect(a.values[name] == b.values[name], "\(name) at bar \(a.bars)")
            }
        }
    }

    @Test("RSI lies in 0 to 100, the line between the bands, and everything is finite", arguments: UInt64(0)..<8)
    func extremes(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        var bars = Bars()
        for _ in 0..<300 {
            let prices = (0..<3).map { _ in rng.positive() }.sorted()
            bars.append(close: prices[1], high: prices[2], low: prices[0], volume: rng.positive())
        }
        for record in bars.records() {
            for case let value? in record.values.values { #expect(value.isFinite) }
            if let rsi = record.rsi14 { #expect((0...100).contains(rsi)) }
            if let upper = record.bollingerUpper, let middle = record.sma20, let lower = record.bollingerLower {
                #expect(lower <= middle && middle <= upper && middle > 0)
            }
            var json = JSONWriter()
            record.encode(into: &json)
            let decoded = try Indicators(decoding: json.bytes.span.bytes)
            #expect(decoded == record)
        }
    }

    @Test("an incomplete minute is told for 35 bars")
    func incomplete() throws {
        var state = SeriesIndicators()
        let bars = Bars.walk(120, from: 10, seed: 5)
        for index in 0..<bars.count {
            state.add(bars.minute(index), end: noon + Int64(index) * 60_000, isIncomplete: index == 50)
            let record = try #require(state.record(of: VirtualPartition.bitcoin))
            #expect(record.isIncomplete == (50..<85).contains(index), "bar \(index)")
        }
    }

    @Test("minutes without ticks make no bars, a gap marks the bars around it, late ticks and quotes change nothing")
    func throughWindows() throws {
        var partition = VirtualPartition()
        for minute in [0, 1, 2, 9, 10] {
            partition.trade(at: noon + Int64(minute) * 60_000, price: 100 + Double(minute))
        }
        partition.gap(noon + 600_100, noon + 600_200)
        partition.trade(at: noon + 1_000, price: 1e9)
        partition.trade(at: noon + 700_000, price: 120)
        let records = try partition.taken().indicators
        #expect(records.map(\.bars) == [1, 2, 3, 4, 5])
        #expect(records.map(\.close) == [100, 101, 102, 109, 110])
        #expect(records.map(\.isIncomplete) == [false, false, false, false, true])
        #expect(records.map { ($0.asOf - noon) / 60_000 } == [1, 2, 3, 10, 11])
    }

    @Test("prices without volume have no volume score, and all others")
    func quotes() throws {
        var partition = VirtualPartition()
        var rng = SplitMix64(seed: 9)
        for minute in 0..<100 {
            partition.quote(at: noon + Int64(minute) * 60_000, price: 100 + Double(rng.int(0...100)))
        }
        let last = try #require(try partition.taken().indicators.last)
        #expect(last.volumeZ == nil)
        for (name, value) in last.values where name != "volume_z" { #expect(value != nil, "\(name)") }
    }
}
