import CryptoCore
import TestSupport

/// A record of the ticks topic.
struct StreamRecord {
    var key: [UInt8]
    var value: [UInt8]
    /// What it holds; nil where it is malformed.
    var tick: Tick?
}

/// Makes records of several series as they come from a bad network: out of order, twice, late, with gaps, block trades and rubbish.
///
/// Prices are whole cents and quantities whole millionths, so that sums can be checked exactly.
struct RandomStream {
    private var rng: SplitMix64
    private let series: [Series]
    private var clocks: [Int64]
    private var sent: [[Tick]]
    private var count = 0
    /// How often a tick is malformed, a repeat, a block trade, a gap, and how often it comes late.
    var faults = 0.05

    init(seed: UInt64, series count: Int = 3) {
        rng = SplitMix64(seed: seed)
        series = (0..<count).map { Series(source: "s\($0)", symbol: "A\($0 % 2)-USD") }
        // Around the epoch and today; windows end at the same times in none of them.
        clocks = (0..<count).map { $0 % 3 == 0 ? noon : $0 % 3 == 1 ? -200_000 : 1_234_567_890_123 }
        sent = Array(repeating: [], count: count)
    }

    mutating func next() -> StreamRecord {
        let which = Int(rng.next() % UInt64(series.count))
        if rng.chance(faults / 3) { return malformed(series[which]) }
        clocks[which] += rng.pick([0, 0, 1, 10, 300, 1_000, 4_000])
        if rng.chance(0.005) { clocks[which] += rng.int(0...500_000) }
        var tick = fresh(which)
        if rng.chance(faults), !sent[which].isEmpty {
            tick = sent[which][Int(rng.next() % UInt64(min(sent[which].count, 500)))]
            if rng.chance(0.2) { tick.eventTime += rng.int(-100_000...100_000) }
            tick.ingestTime = max(tick.ingestTime, tick.eventTime)
        }
        sent[which].append(tick)
        if sent[which].count > 500 { sent[which].removeFirst(100) }
        return StreamRecord(key: tick.series.description.bytes, value: tick.encoded(), tick: tick)
    }

    private mutating func fresh(_ which: Int) -> Tick {
        var time = clocks[which]
        if rng.chance(0.3) { time -= rng.int(0...5_000) }
        if rng.chance(faults) { time -= rng.int(0...150_000) }
        // Bounds of windows, and a millisecond beside them.
        if rng.chance(0.1) { time = time / 10_000 * 10_000 + rng.pick([-1, 0, 1, 4_999, 5_000, 5_001]) }
        count += 1
        return Tick(series: series[which], kind: kind(time), eventTime: time, ingestTime: time + rng.int(0...90_000))
    }

    private mutating func kind(_ time: Int64) -> Tick.Kind {
        let price = Double(rng.int(1...10_000_000)) / 100
        if rng.chance(faults / 3) {
            let from = time + rng.int(-200_000...100_000)
            return .gap(Tick.Gap(from: from, to: from + rng.int(1...rng.pick([100, 60_000, 300_000])), reason: "lost"))
        }
        if rng.chance(0.2) { return .quote(Tick.Quote(price: price)) }
        return .trade(
            Tick.Trade(
                tradeID: "t\(count)", price: price, quantity: Double(rng.int(1...5_000_000)) / 1e6,
                side: rng.pick([.buy, .sell, nil]),
                isBlockTrade: rng.chance(faults / 3)))
    }

    private mutating func malformed(_ series: Series) -> StreamRecord {
        let tick = Tick(
            series: series, kind: .quote(Tick.Quote(price: 1)), eventTime: noon + (1 << 40),
            ingestTime: noon + (1 << 40))
        let key = series.description.bytes, value = tick.encoded()
        switch rng.next() % 4 {
        case 0: return StreamRecord(key: "s9:\(series.symbol)".bytes, value: value)
        case 1: return StreamRecord(key: key, value: Array(value.prefix(Int(rng.next() % UInt64(value.count)))))
        case 2: return StreamRecord(key: [], value: value)
        default: return StreamRecord(key: key, value: value + value)
        }
    }
}
