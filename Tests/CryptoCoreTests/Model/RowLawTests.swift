import TestSupport
import Testing

@testable import CryptoCore

/// Keeps what a builder says.
struct RowRecorder: RowSink {
    var opened: [Row] = []
    var decided: [(row: Row, outcome: RowOutcome)] = []
    var dropped: [Row] = []

    mutating func opened(_ row: Row) { opened.append(row) }
    mutating func decided(_ row: Row, _ outcome: RowOutcome) { decided.append((row, outcome)) }
    mutating func dropped(_ row: Row) { dropped.append(row) }

    /// The decided rows as a table.
    func table(_ preset: Preset) -> RowTable {
        var table = RowTable(preset, series: "bybit:BTC-USDT")
        for (row, outcome) in decided { table.decided(row, outcome) }
        return table
    }
}

/// The rows of one series by one preset as they are made in a stream.
struct RowStream {
    private(set) var gate: TickGate
    private var builder: RowBuilder

    init(_ preset: Preset, _ time: WindowConfiguration) { (gate, builder) = (TickGate(time), RowBuilder(preset)) }

    @discardableResult
    mutating func add(_ tick: Observation, now: Int64, into rows: inout RowRecorder) -> TickGate.Answer {
        let answer = gate.meet(tick, now: now)
        if answer == .counted { _ = builder.add(tick, watermark: gate.clock.watermark, into: &rows) }
        return answer
    }

    mutating func advanceClock(confirmedAt: Int64, into rows: inout RowRecorder) {
        if gate.advance(confirmedAt: confirmedAt) { builder.advance(to: gate.clock.watermark, into: &rows) }
    }

    mutating func clockStepped(byMs step: Int64) { gate.clockStepped(byMs: step) }
}

/// Made-up ticks of one series.
enum RandomTicks {
    /// Trades in the order of time, several in one millisecond, with quiet minutes in between.
    static func trades(_ count: Int, seed: UInt64) -> [Observation] {
        var random = SplitMix64(seed: seed)
        var time: Int64 = 1_700_000_000_000
        var price = 30_000.0
        return (0..<count).compactMap { (number: Int) -> Observation? in
            let pause = Int.random(in: 0..<1_000, using: &random)
            if pause >= 400 { time += pause < 999 ? Int64.random(in: 1...4_000, using: &random) : 150_000 }
            price += Double(Int.random(in: -4...4, using: &random)) * 2.5
            let id = Array(String(1_000 + number).utf8)
            return Observation(
                price: price, quantity: Double.random(in: 0.001..<2, using: &random),
                side: Bool.random(using: &random) ? .buy : .sell, eventTime: time, id: id.span.bytes)
        }
    }

    static func quotes(_ count: Int, seed: UInt64) -> [Observation] {
        var random = SplitMix64(seed: seed)
        return (0..<count).compactMap { (number: Int) -> Observation? in
            let change = Double.random(in: -2..<2, using: &random)
            let volume = Double.random(in: 0..<1e8, using: &random)
            return Observation(
                quote: Double.random(in: 1..<100, using: &random), change24hPct: number % 7 == 0 ? .nan : change,
                volume24h: number % 5 == 0 ? .nan : volume, eventTime: 1_700_000_000_000 + Int64(number) * 1_000)
        }
    }

    static func ticks(for preset: Preset, _ count: Int, seed: UInt64) -> [Observation] {
        preset == .tickerTrend ? quotes(count, seed: seed) : trades(count, seed: seed)
    }
}

@Suite("Rows")
struct RowLawTests {
    private static let stream = WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0)

    private func streamed(_ ticks: [Observation], _ preset: Preset) -> RowRecorder {
        var builder = RowStream(preset, RowLawTests.stream)
        var rows = RowRecorder()
        for tick in ticks { builder.add(tick, now: 0, into: &rows) }
        return rows
    }

    @Test("are the same to the bit in training and in serving, for the same log", arguments: Preset.allCases)
    func parity(preset: Preset) throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            var ticks = RandomTicks.ticks(for: preset, 3_000, seed: seed)
            // The clock of the stream needs trades behind the last minute to close it; of history it does not.
            let served = streamed(ticks, preset).table(preset)
            // Training gets them in any order, and some twice.
            var random = SplitMix64(seed: seed)
            if preset != .tickerTrend && preset != .difference { ticks += ticks.prefix(50) }
            if preset != .tickerTrend { ticks.shuffle(using: &random) }
            let trained = RowTable.history(ticks, preset, series: "bybit:BTC-USDT")
            #expect(served.count > (preset == .horizon ? 10 : 300))
            try #require(trained.count >= served.count)
            #expect(trained.count - served.count <= (preset == .horizon ? 1 : 0))
            let common = trained.rows(Array(0..<served.count))
            #expect(common.isSameBits(as: served))
        }
    }

    @Test("are each opened once, and then decided or dropped, one at a time", arguments: Preset.allCases)
    func life(preset: Preset) {
        let rows = streamed(RandomTicks.ticks(for: preset, 3_000, seed: 9), preset)
        let ended = rows.decided.count + rows.dropped.count
        #expect(rows.opened.count - ended == 0 || rows.opened.count - ended == 1)
        #expect((rows.opened.map(\.time).sorted()) == rows.opened.map(\.time))
    }

    @Test("of repeated trades count once in the stream")
    func repeated() {
        let ticks = RandomTicks.trades(1_000, seed: 3)
        let twice = ticks.flatMap { [$0, $0] }
        #expect(streamed(twice, .direction).table(.direction) == streamed(ticks, .direction).table(.direction))
        #expect(streamed(twice, .horizon).table(.horizon) == streamed(ticks, .horizon).table(.horizon))
    }

    @Test("of direction pair a trade with the next one of its minute")
    func pairs() {
        func trade(_ price: Double, _ time: Int64, _ side: Side?, _ id: String) -> Observation? {
            let id = Array(id.utf8)
            return Observation(price: price, quantity: 1, side: side, eventTime: time, id: id.span.bytes)
        }
        let ticks = [
            trade(100, 1_000_000, .buy, "9"), trade(101, 1_000_000, .sell, "10"), trade(99, 1_000_500, nil, "11"),
            trade(101, 1_001_000, .buy, "12"), trade(105, 1_061_001, .buy, "13"), trade(106, 1_061_002, .sell, "14"),
        ]
        let rows = RowTable.history(ticks.compactMap(\.self).reversed(), .direction, series: "x:A-B")
        // Ids count as numbers, a trade without a side is none, and 60,001 ms are too long.
        #expect(rows.columns[0] == [100, 101, 105])
        #expect(rows.columns[2] == [1, 0, 1])
        #expect(rows.targets == [1, 0, 1])
        #expect(rows.isSameMillisecond == [true, false, false])
        #expect(rows.rules == [[1, -1, 1], [0, -1, -1]])
        #expect(rows.until == [1_000_001, 1_001_001, 1_061_003])
    }

    @Test(
        "of a stream with repeats and trades without a side are those of its history",
        arguments: 1...5 as ClosedRange<UInt64>)
    func hardLog(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var ticks: [Observation] = []
        for var tick in RandomTicks.trades(3_000, seed: seed) {
            // In 1024ths, so that sums are exact in any order.
            tick.quantity = (tick.quantity * 1_024).rounded(.up) / 1_024
            if Int.random(in: 0..<9, using: &random) == 0 { tick.side = nil }
            ticks.append(tick)
            // Some ids come again at once, some later, and some of a trade without a side.
            if Int.random(in: 0..<7, using: &random) == 0 { ticks.append(tick) }
            let earlier = ticks[max(0, ticks.count - 6)]
            // The stream forgets an id when its window is over.
            guard tick.eventTime - earlier.eventTime < 50_000 else { continue }
            if Int.random(in: 0..<7, using: &random) == 0 { ticks.append(earlier) }
        }
        // Direction goes by the order in which trades come first.
        let direction = streamed(ticks, .direction).table(.direction)
        let past = RowTable.history(ticks, .direction, series: "bybit:BTC-USDT")
        #expect(direction.count > 1_000 && direction.isSameBits(as: past))
        // Minutes do not care about the order, as long as nothing is late.
        func arrival(_ tick: Observation) -> Int64 { tick.eventTime + (tick.eventTime &* 2_654_435_761 >> 7) % 4_000 }
        let places = ticks.indices.sorted { (arrival(ticks[$0]), $0) < (arrival(ticks[$1]), $1) }
        let mixed = places.map { ticks[$0] }
        #expect(zip(mixed, mixed.dropFirst()).contains { $0.eventTime > $1.eventTime })
        let horizon = streamed(mixed, .horizon).table(.horizon)
        let trained = RowTable.history(mixed, .horizon, series: "bybit:BTC-USDT")
        try #require(horizon.count > 10 && trained.count >= horizon.count && trained.count <= horizon.count + 1)
        #expect(trained.rows(0..<horizon.count).isSameBits(as: horizon))
    }

    @Test("of difference and ticker-trend say of each tick what its numbers say")
    func restated() {
        let trades = RandomTicks.trades(2_000, seed: 4)
        let rises = RowTable.history(trades, .difference, series: "x:A-B")
        let differences = zip(trades.dropFirst(), trades).map { $0.price - $1.price }
        #expect(rises.columns == [differences.map { Float($0) }])
        #expect(rises.targets == differences.map { $0 > 0 ? 1 : 0 })
        #expect(rises.rules == [differences.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }])
        let known = RandomTicks.quotes(2_000, seed: 4).filter { !($0.change24hPct.isNaN || $0.volume24h.isNaN) }
        let trends = RowTable.history(known, .tickerTrend, series: "x:A-B")
        let isUp = known.map { $0.change24hPct > 0.5 || $0.volume24h > 1_000_000 * $0.price }
        #expect(isUp.contains(true) && isUp.contains(false))
        #expect(trends.targets == isUp.map { $0 ? 1 : 0 } && trends.rules == [isUp.map { $0 ? 1 : -1 }])
        #expect(trends.columns[0] == known.map { Float($0.price) })
        #expect(trends.columns[1] == known.map { Float($0.change24hPct) })
        // One threshold passed decides; one unknown and the other not passed does not.
        let quotes = [
            Observation(quote: 2, change24hPct: 0.6, eventTime: 1),
            Observation(quote: 2, volume24h: 2_000_001, eventTime: 2),
            Observation(quote: 2, change24hPct: 0.5, eventTime: 3),
            Observation(quote: 2, change24hPct: 0.5, volume24h: 2_000_000, eventTime: 4),
        ]
        let rows = RowTable.history(quotes.compactMap(\.self), .tickerTrend, series: "coingecko:A-USD")
        #expect(rows.targets == [1, 1, 0] && rows.times == [1, 2, 4])
        #expect(rows.columns[2][1] == 1_000_000.5)
    }

    @Test("of several series are merged by time, and each says its series")
    func merged() {
        let a = RowTable.history(RandomTicks.trades(300, seed: 5), .direction, series: "x:A-B")
        let b = RowTable.history(RandomTicks.trades(300, seed: 6), .direction, series: "x:C-D")
        let all = RowTable.merging([a, b])
        #expect(all.times == all.times.sorted() && all.count == a.count + b.count)
        #expect(all.rows((0..<all.count).filter { all.seriesIndex[$0] == 0 }).columns == a.columns)
        #expect(all.series == ["x:A-B", "x:C-D"])
    }

    @Test("without times stay in the order of their tables when merged")
    func mergedByOrder() {
        func table(_ prices: [Double], _ series: String) -> RowTable {
            RowTable.direction(
                prices: prices, quantities: prices, isBuy: prices.map { $0 > 2 }, targets: prices.map { _ in 1 },
                series: series)
        }
        let none = table([], "x:E-F")
        #expect(!none.hasTimes)
        let all = RowTable.merging([none, table([3, 1], "x:A-B"), table([2], "x:C-D")])
        #expect(all.columns[0] == [3, 1, 2] && all.seriesIndex == [1, 1, 2] && !all.hasTimes && all.times.isEmpty)
    }

    @Test(
        "are made of no tick outside the years that a tick can lie in",
        arguments: [Int64.min, .max, 253_402_300_800_000])
    func times(time: Int64) {
        #expect(Observation(quote: 1, eventTime: time) == nil)
        let id: [UInt8] = [49]
        #expect(Observation(price: 1, quantity: 1, side: .buy, eventTime: time, id: id.span.bytes) == nil)
        // The first and the last that there are: nothing overflows between them.
        let ends = [TickView.eventTimes.lowerBound, TickView.eventTimes.upperBound - 1]
        let ticks = ends.compactMap { Observation(price: 1, quantity: 1, side: .buy, eventTime: $0, id: id.span.bytes) }
        for preset in Preset.allCases { #expect(streamed(ticks, preset).decided.count <= 1) }
    }
}

extension RowTable {
    /// Equality that takes NaN for NaN.
    func isSameBits(as other: RowTable) -> Bool {
        func bits(_ table: RowTable) -> [[UInt32]] { table.columns.map { $0.map(\.bitPattern) } }
        return bits(self) == bits(other) && targets == other.targets && times == other.times && rules == other.rules
            && until == other.until && isSameMillisecond == other.isSameMillisecond
    }
}
