import CryptoCore
import Testing

@testable import ProcessorService

@Suite("The console's tables")
struct MinuteTableTests {
    @Test("each final minute is one table, a line a series, with the trend's arrow where there is one")
    func tables() throws {
        var table = MinuteTable()
        table.add(try batch())
        #expect(
            table.render() == """
                minute to 2025-11-21 10:01 UTC
                series          ticks  amount  volume  average price  RSI  MACD histogram  trend
                bybit:BTC-USDT      2     205       2          102.5                            
                bybit:ETH-USDT      1   10.25     0.5           20.5                            

                minute to 2025-11-21 10:02 UTC
                series          ticks  amount  volume  average price  RSI  MACD histogram  trend 
                bybit:BTC-USDT      1     103       1            103                       ▲ up  
                bybit:ETH-USDT      1    20.5       1           20.5                       ▬ flat


                """)
        #expect(table.render() == "")
    }

    @Test("RSI and MACD's histogram are there from the bar on that defines them")
    func indicators() throws {
        var windows = PartitionWindows(topic: "crypto.ticks", partition: 0)
        var output = OutputBatch()
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        for minute in 0..<36 {
            let price = minute % 3 == 0 ? 100.0 : 101
            let trade = Tick.Trade(tradeID: "\(minute)", price: price, quantity: 1, side: nil)
            let time = 1_763_719_200_000 + Int64(minute) * 60_000
            let tick = Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time)
            windows.add(
                key: Array(series.description.utf8).span.bytes, value: tick.encoded().span.bytes,
                offset: Int64(minute), now: 0, into: &output)
        }
        var table = MinuteTable()
        table.add(output)
        let rows = table.render().split(separator: "\n").filter { $0.hasPrefix("bybit") }
            .map { $0.split(separator: " ").map(String.init) }
        // Series, ticks, amount, volume and average price come first.
        try #require(rows.count == 34)
        #expect(rows[13].count == 7 && rows[14].count == 8 && rows[33].count == 9)
        let newest = try #require(windows.newestIndicators(ofSeries: 0))
        #expect(rows[33][5] == MinuteTable.text(try #require(newest.rsi14).rounded()))
        #expect(rows[33][6] == MinuteTable.text(try #require(newest.macdHistogram)))
    }

    @Test(
        "numbers show cents, or six digits where they are small",
        arguments: [
            (100.0, "100"), (65_012.345, "65012.35"), (0.000_012_345_678, "1.235e-05"), (1.5, "1.5"), (0, "0"),
            (12.345_678, "12.3457"),
        ])
    func numbers(value: Double, text: String) {
        #expect(MinuteTable.text(value) == text)
    }

    /// Three ticks of one minute in two series, one each that closes it, and one that closes theirs.
    private func batch() throws -> OutputBatch {
        var windows = PartitionWindows(topic: "crypto.ticks", partition: 0)
        var output = OutputBatch()
        var offset: Int64 = 0
        let minute: Int64 = 1_763_719_200_000
        for (symbol, time, price, quantity) in [
            ("BTC-USDT", minute, 100.0, 1.0), ("BTC-USDT", minute + 1, 105, 1), ("ETH-USDT", minute + 2, 20.5, 0.5),
            ("BTC-USDT", minute + 65_000, 103, 1), ("ETH-USDT", minute + 65_000, 20.5, 1),
            ("BTC-USDT", minute + 125_000, 1, 1), ("ETH-USDT", minute + 125_000, 1, 1),
        ] {
            let series = Series(source: "bybit", symbol: symbol)
            let tick = Tick(
                series: series,
                kind: .trade(Tick.Trade(tradeID: "\(offset)", price: price, quantity: quantity, side: nil)),
                eventTime: time, ingestTime: time)
            windows.add(
                key: Array(series.description.utf8).span.bytes, value: tick.encoded().span.bytes, offset: offset,
                now: 0, into: &output)
            offset += 1
        }
        return output
    }
}
