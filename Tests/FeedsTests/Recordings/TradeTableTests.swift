import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import Feeds

@Suite("Trades as venues publish them, comma-separated")
struct TradeTableTests {
    private func play(_ name: String, _ lines: [String]) throws -> (ticks: [Tick], events: [FeedEvent]) {
        try replay(lines: lines, in: name)
    }

    private static let linear =
        "timestamp,symbol,side,size,price,tickDirection,trdMatchID,grossValue,homeNotional,foreignNotional"

    @Test(
        "Bybit's linear trades: seconds with decimals, the market in a column, the venue's ids",
        arguments: ["", ",RPI"])
    func bybitLinear(more: String) throws {
        let tail = more.isEmpty ? "" : ",0"
        let (ticks, events) = try play(
            "dump.csv",
            [
                Self.linear + more,
                "1735689600.0974,BTCUSDT,Sell,0.003,93530.00,ZeroMinusTick,e807,28059000000,0.003,280.59" + tail,
                "1735689600.1446,BTCPERP,Buy,0.002,93531.00,PlusTick,e808,18706200000,0.002,187.062" + tail,
                "1735689601,1000PEPEUSDT,Buy,10,0.02,PlusTick,e809,20000000,10,0.2" + tail,
            ])
        #expect(
            ticks
                == [
                    ("BTC-USDT", "e807", 93530, 0.003, .sell, 1_735_689_600_097),
                    ("BTC-USDC", "e808", 93531, 0.002, .buy, 1_735_689_600_144),
                    ("1000PEPE-USDT", "e809", 0.02, 10, .buy, 1_735_689_601_000),
                ].map { symbol, id, price, quantity, side, time in
                    Tick(
                        series: Series(source: "bybit-linear", symbol: symbol),
                        kind: .trade(.init(tradeID: id, price: price, quantity: quantity, side: side)), eventTime: time,
                        ingestTime: time)
                })
        #expect(!events.contains { if case .badLine = $0 { true } else { false } })
    }

    @Test("inverse contracts, options and dated ones make nothing, and are counted")
    func bybitInverse() throws {
        let (ticks, events) = try play(
            "BTCUSD2025-01-01.csv",
            [
                Self.linear, "1735689600.0974,BTCUSD,Sell,100,93530.00,ZeroMinusTick,e1,1,0.001,100",
                "1735689600.0974,BTC-14MAR25,Sell,0.003,93530.00,ZeroMinusTick,e2,1,0.003,280",
            ])
        let unused = events.compactMap { if case .replayed(_, 0, let unused) = $0 { unused } else { nil } }
        #expect(ticks.isEmpty && unused == ["2 rows of bybit-linear markets that are not ours, such as inverse ones"])
    }

    @Test(
        "a day of Bybit's spot trades is what Foundation reads in it; ids are distinct and stay the same",
        .enabled(if: SharedData.isPresent))
    func bybitSpot() throws {
        let path = SharedData.file("data/bybit/spot-1INCHUSDT-20250519-trades.csv.gz").path
        let (ticks, events) = try replay([path])
        let text = try ChildProcess.run("gzip", ["-dc", path])
        let rows = text.split(separator: "\n").dropFirst().map { $0.split(separator: ",").map(String.init) }
        #expect(ticks.count == rows.count && rows.count == 6_682)
        for (tick, row) in zip(ticks, rows) {
            let trade = try #require(tick.trade)
            #expect(tick.series.description == "bybit:1INCH-USDT")
            #expect(tick.eventTime == Int64(row[1]) && tick.ingestTime == tick.eventTime)
            #expect(trade.price == Double(row[2]) && trade.quantity == Double(row[3]))
            #expect(trade.side?.description == row[4])
        }
        #expect(Set(ticks.compactMap(\.trade?.tradeID)).count == ticks.count)
        #expect(try replay([path]).ticks == ticks && !events.contains { if case .badLine = $0 { true } else { false } })
    }

    @Test(
        "Binance's trades: 13 digits and 16, with a header or without, spot and futures",
        arguments: [
            (["7,2.5,3,7.5,1735689600010,True,True"], "binance"),
            (["7,2.5,3,7.5,1735689600010866,True,True"], "binance"),
            (
                ["id,price,qty,quoteQty,time,isBuyerMaker,isBestMatch", "7,2.5,3,7.5,1735689600010866,true,true"],
                "binance"
            ),
            (["id,price,qty,quote_qty,time,is_buyer_maker", "7,2.5,3,7.5,1735689600010,true"], "binance-linear"),
            (["7,2.5,3,7.5,1735689600010,true\r"], "binance-linear"),
        ])
    func binance(lines: [String], source: String) throws {
        let (ticks, _) = try play("ETHUSDT-trades-2025-01-01.csv", lines)
        #expect(
            ticks == [
                Tick(
                    series: Series(source: source, symbol: "ETH-USDT"),
                    kind: .trade(.init(tradeID: "7", price: 2.5, quantity: 3, side: .sell)),
                    eventTime: 1_735_689_600_010, ingestTime: 1_735_689_600_010)
            ])
    }

    @Test(
        "what is no dump of trades of ours says what it is",
        arguments: [
            ("A", "7,2.5,3,1,2,1735689600010866,True,True", "rows of aggregated trades (sums of trades, not trades)"),
            ("A", "7,2.5,3,1,2,1735689600010,true", "rows of aggregated trades (sums of trades, not trades)"),
            (
                "A",
                "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n1,2,3,4,5,6,true",
                "rows of aggregated trades (sums of trades, not trades)"
            ),
            (
                "BTCUSD_PERP", "id,price,qty,base_qty,time,is_buyer_maker\n1,2,3,4,1735689600010,true",
                "rows of coin-margined trades (their quantities are contracts)"
            ),
        ])
    func others(name: String, text: String, kind: String) throws {
        let (ticks, events) = try play("\(name)-trades-2025-01-01.csv", [text])
        #expect(ticks.isEmpty)
        #expect(events.contains { if case .replayed(_, 0, "1 \(kind)") = $0 { true } else { false } })
    }

    @Test(
        "a file of contracts that end on a day is not the perpetual's", arguments: ["BTCUSDT_240628", "BTCUSD_210625"])
    func dated(name: String) throws {
        let (ticks, events) = try play("\(name)-trades-2024-06-01.csv", ["7,90000,3,270000,1717200000000,true"])
        #expect(ticks.isEmpty)
        #expect(events.contains { if case .badLine = $0 { true } else { false } })
    }

    @Test("rows that are none are reported by line, and the others are there; a file without a market says what to do")
    func broken() throws {
        let rows = [
            "7,2.5,3,7.5,1735689600010,True,True", "8,x,3,7.5,1735689600011,True,True", "9,2.5", "",
            "10,2.5,3,7.5,1735689600012,what,True", "11,2.5,3,7.5,1735689600013,False,True",
        ]
        let (ticks, events) = try play("BTCUSDT-trades.csv", rows)
        #expect(ticks.compactMap(\.trade?.tradeID) == ["7", "11"])
        #expect(events.compactMap { if case .badLine(_, let line, _) = $0 { line } else { nil } } == [2, 3, 5])
        let nameless = try play("trades.csv", rows).events
        #expect(
            nameless.contains {
                if case .badLine(_, 1, let reason) = $0 {
                    reason.contains("BTCUSDT-trades-2025-12-06.csv")
                } else {
                    false
                }
            })
    }

    @Test(
        "a table that breaks off anywhere in its last row has no other numbers than the whole one",
        arguments: [
            (Self.linear, "1735689600.0974,BTCUSDT,Sell,0.003,93530.00,ZeroMinusTick,e807,28059000000,0.003,280.59"),
            ("id,timestamp,price,volume,side,rpi", "1,1747612836878,0.2271,220.16,buy,0"),
            ("7,2.5,3,7.5,1735689600010,True,True", "8,2.5,3,7.5,1735689600010,True,True"),
        ])
    func brokenOff(first: String, row: String) throws {
        // A hash of the whole row is another one of a part of it.
        func plain(_ tick: Tick) -> String {
            let trade = tick.trade
            let id = trade?.tradeID.count == 16 ? "" : trade?.tradeID ?? ""
            return "\(id) \(trade?.price ?? 0) \(trade?.quantity ?? 0) \(tick.eventTime)"
        }
        let whole = try play("BTCUSDT-trades.csv", [first, row]).ticks.map(plain)
        for count in 0..<row.count {
            let part = try play("BTCUSDT-trades.csv", [first, String(row.prefix(count))]).ticks.map(plain)
            #expect(part == Array(whole.prefix(part.count)), "\(row.prefix(count))")
        }
    }

    @Test("days of one series, each a file, come in order whatever their order here; a zip is read like its file")
    func days() throws {
        let scratch = try Scratch()
        let dayMs: Int64 = 86_400_000
        let files = try (0..<3).map { day in
            try scratch.file(
                "BTCUSDT-trades-2025-01-0\(day + 1).csv",
                (0..<500).map { n in
                    "\(day * 500 + n),2.5,3,7.5,\(1_735_689_600_000 + Int64(day) * dayMs + Int64(n) * 100),True,True"
                }.joined(separator: "\n"))
        }
        let plain = try replay(files.reversed()).ticks
        #expect(plain.compactMap(\.trade?.tradeID) == (0..<1_500).map { "\($0)" })
        let zip = scratch.folder.appendingPathComponent("BTCUSDT-trades-2025-01-01.zip").path
        let script =
            "import sys, zipfile; zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED).write(sys.argv[2], 'BTCUSDT-trades-2025-01-01.csv')"
        _ = try ChildProcess.run("python3", ["-c", script, zip, files[0]])
        #expect(try replay([zip]).ticks == Array(plain.prefix(500)))
    }
}
