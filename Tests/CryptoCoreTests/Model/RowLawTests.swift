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

/// Made-up ticks of one series.
enum RandomTicks {
    /// Trades in the order of time, several in one millisecond, with quiet minutes in between.
    static func trades(_ count: Int, seed: UInt64) -> [Observation] {
        var random = SplitMix64(seed: seed)
        var time: Int64 = 1_700_000_000_000
        var price = 30_000.0
        return (0..<count).map { (number: Int) -> Observation in
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
        return (0..<count).map { (number: Int) -> Observation in
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
        var builder = RowBuilder(preset, stream: RowLawTests.stream)
        var rows = RowRecorder()
        for tick in ticks { builder.add(tick, now: 0, into: &rows) }
        return rows
    }

    @Test("are the same to the bit in training and in serving, for the same log", arguments: Preset.allCases)
    func parity(preset: Preset) {
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
        func trade(_ price: Double, _ time: Int64, _ side: Side?, _ id: String) -> Observation {
            let id = Array(id.utf8)
            return Observation(price: price, quantity: 1, side: side, eventTime: time, id: id.span.bytes)
        }
        let ticks = [
            trade(100, 1_000_000, .buy, "9"), trade(101, 1_000_000, .sell, "10"), trade(99, 1_000_500, nil, "11"),
            trade(101, 1_001_000, .buy, "12"), trade(105, 1_061_001, .buy, "13"), trade(106, 1_061_002, .sell, "14"),
        ]
        let rows = RowTable.history(ticks.reversed(), .direction, series: "x:A-B")
        // Ids count as numbers, a trade without a side is none, and 60,001 ms are too long.
        #expect(rows.columns[0] == [100, 101, 105])
        #expect(rows.columns[2] == [1, 0, 1])
        #expect(rows.targets == [1, 0, 1])
        #expect(rows.isSameMillisecond == [true, false, false])
        #expect(rows.rules == [[1, -1, 1], [0, -1, -1]])
        #expect(rows.until == [1_000_001, 1_001_001, 1_061_003])
    }

    @Test("of difference and ticker-trend restate their rule")
    func restated() {
        for preset in [Preset.difference, .tickerTrend] {
            let rows = RowTable.history(RandomTicks.ticks(for: preset, 2_000, seed: 4), preset, series: "x:A-B")
            #expect(rows.count > 1_000)
            for i in 0..<rows.count { #expect(rows.targets[i] == (rows.rules[0][i] > 0 ? 1 : 0)) }
        }
        // One threshold passed decides; one unknown and the other not passed does not.
        let quotes = [
            Observation(quote: 2, change24hPct: 0.6, eventTime: 1),
            Observation(quote: 2, volume24h: 2_000_001, eventTime: 2),
            Observation(quote: 2, change24hPct: 0.5, eventTime: 3),
            Observation(quote: 2, change24hPct: 0.5, volume24h: 2_000_000, eventTime: 4),
        ]
        let rows = RowTable.history(quotes, .tickerTrend, series: "coingecko:A-USD")
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
}

extension RowTable {
    /// Equality that takes NaN for NaN.
    func isSameBits(as other: RowTable) -> Bool {
        func bits(_ table: RowTable) -> [[UInt32]] { table.columns.map { $0.map(\.bitPattern) } }
        return bits(self) == bits(other) && targets == other.targets && times == other.times && rules == other.rules
            && until == other.until && isSameMillisecond == other.isSameMillisecond
    }
}
