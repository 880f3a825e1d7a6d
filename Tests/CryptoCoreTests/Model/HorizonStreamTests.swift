import TestSupport
import Testing

@testable import CryptoCore

/// What `horizon` and the processor make of the same stream.
@Suite("Minutes of horizon follow the processor's rules")
struct HorizonStreamTests {
    private static let series = Series(source: "bybit", symbol: "BTC-USDT")

    /// Trades, some late, with the clock at which they are read; long silences in between.
    private func stream(seed: UInt64) -> [(tick: Tick, now: Int64)] {
        var random = SplitMix64(seed: seed)
        var time: Int64 = 1_700_000_000_000
        var now = time + 500
        return (0..<4_000).map { number in
            let isQuiet = Int.random(in: 0..<500, using: &random) == 0
            let step = isQuiet ? 45_000 : Int64.random(in: 0...1_500, using: &random)
            time += step
            now += step
            let late = Int.random(in: 0..<10, using: &random) == 0 ? Int64.random(in: 0...70_000, using: &random) : 0
            let trade = Tick.Trade(
                tradeID: "\(number)", price: Double(Int.random(in: 90...110, using: &random)), quantity: 1,
                side: Bool.random(using: &random) ? .buy : .sell)
            let series = HorizonStreamTests.series
            return (Tick(series: series, kind: .trade(trade), eventTime: time - late, ingestTime: now), now)
        }
    }

    @Test(
        "rows have the counts, averages and balances of the final windows, closed by data and by the clock",
        arguments: 1...8)
    func windows(seed: UInt64) throws {
        var random = SplitMix64(seed: seed &+ 100)
        var partition = PartitionWindows(topic: "crypto.ticks", partition: 0)
        var output = OutputBatch()
        var builder = RowStream(.horizon, WindowConfiguration())
        var rows = RowRecorder()
        let key = Array(HorizonStreamTests.series.description.utf8)
        var confirmed: Int64 = 0
        var wrong: Int64 = 0
        var late = 0
        for (offset, (tick, time)) in stream(seed: seed).enumerated() {
            // The clock is put an hour forward or back now and then, and both are told.
            if Int.random(in: 0..<300, using: &random) == 0 {
                let step: Int64 = wrong == 0 ? 3_600_000 : -3_600_000
                (wrong, confirmed) = (wrong + step, confirmed + step)
                partition.clockStepped(byMs: step)
                builder.clockStepped(byMs: step)
            }
            let now = time + wrong
            if now - confirmed > 30_000 || Int.random(in: 0..<40, using: &random) == 0 {
                confirmed = now - 1
                partition.partitionEnded(confirmedAt: confirmed, into: &output)
                builder.advanceClock(confirmedAt: confirmed, into: &rows)
            }
            let json = tick.encoded()
            partition.add(
                key: key.span.bytes, value: json.span.bytes, offset: Int64(offset), now: now, into: &output)
            if builder.add(try #require(Observation(tick)), now: now, into: &rows) == .late { late += 1 }
        }
        let final = try Outputs(output).tumbling
        #expect(late == Int(partition.counts.late) && late > 20)
        let byEnd = Dictionary(uniqueKeysWithValues: final.map { ($0.windowEnd, $0) })
        func has(_ end: Int64) -> Bool { byEnd[end] != nil }
        let expected = final.map(\.windowEnd).filter { end in (0...6).allSatisfy { has(end - $0 * 60_000) } }
        #expect(rows.opened.map(\.time) == expected)
        #expect(expected.count > 10)
        for row in rows.opened {
            let window = try #require(byEnd[row.time])
            let before = try #require(byEnd[row.time - 60_000])
            #expect(row.feature(9) == Float(window.count))
            #expect(abs(Double(row.feature(0)) - Elementary.log(window.averagePrice / before.averagePrice)) < 1e-7)
            #expect(row.feature(7) == Float((window.buyVolume - window.sellVolume) / window.volume))
        }
    }
}
