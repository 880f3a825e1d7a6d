import Foundation
import TestSupport
import TestTraits
import Testing

@testable import CryptoCore

@Suite("indicators are those of the libraries for technical analysis, from the first value on", .waiting)
struct IndicatorReferenceTests {
    private static let macd = ["macd", "macd_signal", "macd_histogram"]

    @Test(
        "random walks at any price", .enabled(if: Reference.isPresent, Reference.skipped),
        arguments: [1e-8, 1, 65_000, 1e9])
    func walks(price: Double) throws {
        let bars = Bars.walk(400, from: price, seed: UInt64(price.bitPattern))
        try compare(bars.records(), bars)
    }

    @Test("a market of one bar, and of few", .enabled(if: Reference.isPresent, Reference.skipped), arguments: [40])
    func few(count: Int) throws {
        let bars = Bars.walk(count, from: 100, seed: 3)
        let records = bars.records()
        try compare(records, bars)
        #expect(records[0].values.values.allSatisfy { $0 == nil }, "one bar defines nothing")
    }

    @Test(
        "a recorded day at bitFlyer, minute by minute as the processor closes them",
        .enabled(if: Reference.isPresent, Reference.skipped), .enabled(if: SharedData.isPresent, Reference.noRecordings)
    )
    func recordedDay() throws {
        let answer = try Reference.answer([
            SharedData.file("data/bitflyer/BTC_JPY-executions-2018-01-21.csv.gz").path
        ])
        var partition = VirtualPartition()
        for tick in answer.ticks { partition.add(tick, key: try Reference.key(of: tick)) }
        let outputs = try partition.taken()
        var bars = Bars()
        for window in outputs.tumbling {
            bars.append(close: window.close, high: window.high, low: window.low, volume: window.volume)
        }
        #expect(outputs.indicators.map(\.asOf) == outputs.tumbling.map(\.windowEnd))
        #expect(bars.count > 1_000)
        try compare(outputs.indicators, bars)
    }

    /// Relative to the price, as far as a double goes; RSI and scores have a scale of their own.
    private func compare(_ records: [Indicators], _ bars: Bars) throws {
        let libraries = try bars.libraries()
        #expect(Set(libraries.keys) == ["TA-Lib", "pandas-ta-classic", "talipp", "numpy"])
        for (library, indicators) in libraries {
            for (name, theirs) in indicators {
                let begins = library == "TA-Lib" && IndicatorReferenceTests.macd.contains(name) ? 300 : 0
                #expect(theirs.count == records.count)
                for (index, record) in records.enumerated() where index >= begins {
                    let ours = record.values[name] ?? nil
                    #expect((ours == nil) == (theirs[index] == nil), "\(library) \(name) at bar \(index)")
                    guard let ours, let other = theirs[index] else { continue }
                    let scale = name == "rsi_14" ? 100 : name.hasSuffix("_z") ? max(1, abs(other)) : record.close
                    #expect(abs(ours - other) <= 1e-9 * scale, "\(library) \(name) at bar \(index)")
                }
            }
        }
        try differs(records, try #require(libraries["TA-Lib"]))
    }

    /// TA-Lib begins both averages of its MACD together, at bar 33, and is the same as ours only much later.
    private func differs(_ records: [Indicators], _ talib: [String: [Double?]]) throws {
        let theirs = try #require(talib["macd"])
        guard records.count > 40 else { return }
        #expect(theirs.prefix(33).allSatisfy { $0 == nil } && theirs[33] != nil)
        let ours = try #require(records[40].macd), other = try #require(theirs[40])
        #expect(abs(ours - other) > 1e-9 * records[40].close)
    }
}
