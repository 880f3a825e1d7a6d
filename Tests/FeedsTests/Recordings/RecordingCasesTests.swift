import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import Feeds

/// Small recordings in the shapes that users have: each as it came, and what is right.
@Suite("Recordings as other tools and venues write them")
struct RecordingCasesTests {
    private static let coins: Coins = {
        var coins = Coins()
        let path = SharedData.packageRoot.appendingPathComponent("config/coins.json")
        let table = (try? JSONSerialization.jsonObject(with: Data(contentsOf: path))) as? [String: String] ?? [:]
        for (id, ticker) in table.sorted(by: { $0.key < $1.key }) { coins.add(id: id, ticker: ticker) }
        return coins
    }()

    struct Case: CustomStringConvertible {
        var name: String
        var lines: [String]
        /// Series, trade id and event time of each trade.
        var trades: [String]
        /// What became no tick.
        var unused = ""

        var description: String { name }
    }

    private static func binance(_ name: String, _ id: Int, _ price: String, _ quantity: String, _ time: Int) -> String {
        #"{"stream":"\#(name.lowercased())@trade","data":{"e":"trade","E":\#(time + 1),"T":\#(time),"s":"\#(name)","t":\#(id),"p":"\#(price)","q":"\#(quantity)","m":true,"M":true}}"#
    }

    private static func quoted(_ frame: String) -> String {
        let text = frame.replacingOccurrences(of: "\"", with: "\\\"")
        return #"{"t":"recv","conn":"a","ts":1765000000.5,"data":"\#(text)"}"#
    }

    private static let start = 1_765_000_000_000

    static let cases: [Case] = [
        Case(
            name: "01-joined-names.txt",
            lines: ["BNBUSD", "SHIBUSD", "DOTUSD"].map { "\(start + 100) " + binance($0, 101, "2.1", "1.00", start) },
            trades: ["BNB-USD", "SHIB-USD", "DOT-USD"].map { "binance:\($0) 101 \(start)" }),
        Case(
            name: "02-quotes-not-in-the-table.txt",
            lines: ["BTCU", "USDTARS", "BTCMXN"].map { "\(start + 100) " + binance($0, 101, "90000.1", "0.1", start) },
            trades: ["BTC-U", "USDT-ARS", "BTC-MXN"].map { "binance:\($0) 101 \(start)" }),
        Case(
            name: "03-own-recording.jsonl",
            lines: [
                #"{"t":"header","ts":1765000000.000,"v":1,"by":"cryptostream"}"#,
                #"{"t":"connect","conn":"a","ts":1765000000.010,"addr":"wss://stream.binance.com:9443/stream"}"#,
                #"{"t":"series","conn":"a","ts":1765000000.010,"source":"binance","symbol":"BTC-U","gap":"start"}"#,
                #"{"t":"series","conn":"a","ts":1765000000.010,"source":"binance","symbol":"BNB-USD","gap":"start"}"#,
                quoted(binance("BTCU", 101, "90000.1", "0.1", start + 400)),
                quoted(binance("BNBUSD", 101, "890.1", "0.1", start + 500)),
            ],
            trades: ["binance:BTC-U 101 \(start + 400)", "binance:BNB-USD 101 \(start + 500)"]),
        Case(
            name: "04-bybit-inverse.jsonl",
            lines: [
                #"{"t":"connect","conn":"a","ts":1765000000.0,"addr":"wss://stream.bybit.com/v5/public/inverse"}"#,
                quoted(
                    #"{"topic":"publicTrade.BTCUSD","type":"snapshot","ts":1765000000400,"data":[{"T":1765000000399,"s":"BTCUSD","S":"Buy","v":"25000","p":"90000.00","L":"PlusTick","i":"11111111-2222-5333-8444-555555555555","BT":false,"RPI":false,"seq":1}]}"#
                ),
            ], trades: [], unused: "1 frames of stream.bybit.com/v5/public/inverse"),
        Case(
            name: "04-inverse-without-address.txt",
            lines: [
                #"1765000000500 {"topic":"publicTrade.BTCUSD","type":"snapshot","ts":1765000000400,"data":[{"T":1765000000399,"s":"BTCUSD","S":"Buy","v":"25000","p":"90000.00","L":"PlusTick","i":"1","BT":false}]}"#
            ], trades: [], unused: "1 frames of unknown origin (publicTrade)"),
        Case(
            name: "04-bybit-option.jsonl",
            lines: [
                #"{"t":"connect","conn":"a","ts":1765000000.0,"addr":"wss://stream.bybit.com/v5/public/option"}"#,
                quoted(
                    #"{"topic":"publicTrade.BTC","type":"snapshot","ts":1765000000400,"data":[{"p":"5070","v":"2","i":"2b1a3b2e-0000-0000-0000-000000000001","T":1765000000399,"BT":false,"s":"BTC-26DEC25-90000-C-USDT","S":"Buy"}]}"#
                ),
            ], trades: [], unused: "1 frames of stream.bybit.com/v5/public/option"),
        Case(
            name: "option-without-address.txt",
            lines: [
                #"1765000000500 {"topic":"publicTrade.BTC","type":"snapshot","ts":1765000000400,"data":[{"p":"5070","v":"2","i":"x1","T":1765000000399,"BT":false,"s":"BTC-26DEC25-90000-C-USDT","S":"Buy"}]}"#
            ], trades: [], unused: "1 frames of unknown origin (publicTrade)"),
        // A part of a recording of ours: its ticks stand beside the frames, as the frames' lines say.
        Case(
            name: "part-without-header.jsonl",
            lines: [
                quoted(binance("BTCUSDT", 101, "90000.1", "0.1", start)).replacingOccurrences(
                    of: #""t":"recv""#, with: #""t":"frame""#),
                #"{"source":"binance","symbol":"BTC-USDT","kind":"trade","event_time":\#(start),"ingest_time":\#(start + 100),"trade_id":"101","price":90000.1,"quantity":0.1,"side":"sell"}"#,
            ], trades: ["binance:BTC-USDT 101 \(start)"]),
        Case(
            name: "05-BTCUSDT-trades-2025-12-06.csv",
            lines: [
                "5500000001,90000.10000000,0.00100000,90.00010000,1765000000000123,True,True",
                "5500000002,90000.20000000,0.00200000,180.00040000,1765000000500456,False,True",
            ],
            trades: ["binance:BTC-USDT 5500000001 \(start)", "binance:BTC-USDT 5500000002 \(start + 500)"]),
        Case(
            name: "05-aggregated.txt",
            lines: [
                #"1765000000100 {"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1765000000001,"a":5,"s":"BTCUSDT","p":"90000.1","q":"0.01","f":100,"l":105,"T":1765000000000,"m":true}}"#
            ], trades: [], unused: "1 frames of unknown origin (aggTrade (sums of trades, not trades))"),
        Case(
            name: "05-byte-order-mark.txt",
            lines: [
                "\u{FEFF}\(start + 100) " + binance("BTCUSDT", 101, "90000.1", "0.01", start),
                "\(start + 200) " + binance("BTCUSDT", 102, "90000.2", "0.01", start + 100),
            ],
            trades: ["binance:BTC-USDT 101 \(start)", "binance:BTC-USDT 102 \(start + 100)"]),
        Case(
            name: "05-stamped-in-iso.txt",
            lines: [
                "2025-12-06T05:46:40.1000000Z " + binance("BTCUSDT", 101, "90000.1", "0.01", start),
                "2025-12-06T05:46:40.2000000Z " + binance("BTCUSDT", 102, "90000.2", "0.01", start + 100),
            ],
            trades: ["binance:BTC-USDT 101 \(start)", "binance:BTC-USDT 102 \(start + 100)"]),
        Case(
            name: "05-wrapped.ndjson",
            lines: [
                #"{"localTimestamp":"2025-12-06T05:46:40.100Z","message":"#
                    + binance("BTCUSDT", 101, "90000.1", "0.01", start) + "}"
            ], trades: ["binance:BTC-USDT 101 \(start)"]),
        Case(
            name: "06-counted-twice.txt",
            lines: [
                "\(start + 300) " + binance("PEPEUSDT", 103, "0.00000000", "5", start + 200),
                "\(start + 400) " + binance("PEPEUSDT", 104, "0.00000452", "0.00000000", start + 300),
            ], trades: [], unused: "2 lines that cannot be read"),
    ]

    private func play(_ path: String, pairs: [String] = []) throws -> (ticks: [Tick], events: [FeedEvent], Int) {
        var options = ReplayOptions(files: [path], speed: .unlimited, coins: Self.coins)
        options.pairs = pairs
        var feed = try ReplayFeed(options, clock: ManualClock())
        var writer = TickWriter()
        var events: [FeedEvent] = []
        while feed.poll(waitMs: 0, into: &writer, events: &events) == .running {}
        return (try writer.batch.ticks(), events, writer.counters.malformed)
    }

    private func text(_ trades: [Tick]) -> [String] {
        trades.compactMap { tick in tick.trade.map { "\(tick.series) \($0.tradeID) \(tick.eventTime)" } }
    }

    @Test("each gives the trades that it holds, at their times, and names what it holds beside", arguments: cases)
    func right(_ item: Case) throws {
        let scratch = try Scratch()
        let path = try scratch.file(item.name, item.lines.joined(separator: "\n") + "\n")
        let (ticks, events, malformed) = try play(path)
        #expect(text(ticks) == item.trades)
        let unused = events.compactMap { if case .replayed(_, _, let unused) = $0 { unused } else { nil } }
        #expect(unused == (item.unused.isEmpty ? [] : [item.unused]))
        // Each line that cannot be read is reported once, and counted nowhere else.
        let bad = events.count { if case .badLine = $0 { true } else { false } }
        #expect(bad == (item.name.hasPrefix("06") ? 2 : 0) && malformed == 0)
    }

    @Test("a frame that is an array is the same in a wrapper, behind a stamp and alone")
    func wrappedArray() throws {
        let scratch = try Scratch()
        let frame = #"[993,[["354.0","0.28","1765000000.123456","s","m",""]],"trade","XMR/USD"]"#
        let wrapped = try scratch.file(
            "wrapped.ndjson", #"{"localTimestamp":"2025-12-06T05:46:40.100Z","message":\#(frame)}"# + "\n")
        let stamped = try scratch.file("stamped.txt", "1765000000100 \(frame)\n")
        let ticks = try play(wrapped).ticks
        #expect(ticks.map(\.series.description) == ["kraken:XMR-USD"])
        #expect(try ticks == play(stamped).ticks)
        let alone = try play(try scratch.file("alone.txt", "\(frame)\n")).ticks
        #expect(alone.map(\.kind) == ticks.map(\.kind) && alone.map(\.eventTime) == ticks.map(\.eventTime))
    }

    @Test("a price without a time of its own needs a receive time; laps and gaps meet no impossible one")
    func timeless() throws {
        let scratch = try Scratch()
        let path = try scratch.file(
            "coincap.txt", "wss://wss.coincap.io/prices <-> 1765000000\n{\"bitcoin\":\"90000.1\"}\n")
        let (ticks, events, _) = try play(path)
        #expect(ticks.isEmpty)
        #expect(events.contains { if case .badLine(_, 2, _) = $0 { true } else { false } })
    }

    @Test("a recorded USDC market of Coinbase's keeps its series, though the socket tells the USD one")
    func coinbaseAlias() throws {
        let ticks = try replay(
            lines: [
                #"{"t":"header","ts":1765000000.000,"v":2,"by":"cryptostream"}"#,
                #"{"t":"connect","conn":"a","ts":1765000000.010,"addr":"wss://advanced-trade-ws.coinbase.com","symbols":["BTC-USDC"]}"#,
                Self.quoted(
                    #"{"channel":"market_trades","client_id":"","timestamp":"2025-12-06T05:46:40Z","sequence_num":3,"events":[{"type":"update","trades":[{"trade_id":"9","product_id":"BTC-USD","price":"90000","size":"1","side":"SELL","time":"2025-12-06T05:46:40.3Z"}]}]}"#
                ),
            ]) { $0.fromFrames = true }.ticks
        #expect(text(ticks) == ["coinbase:BTC-USDC 9 \(Self.start + 300)"])
    }

    @Test("numbers as small and as long as they come")
    func smallNumbers() throws {
        let scratch = try Scratch()
        let path = try scratch.file(
            "small.txt",
            """
            1765000000100 {"channel":"trade","type":"update","data":[{"symbol":"PEPE/USD","side":"sell","price":4.52e-06,"qty":1e-08,"ord_type":"limit","trade_id":1,"timestamp":"2025-12-06T05:46:40.000000Z"}]}
            1765000000300 {"channel":"market_trades","client_id":"","timestamp":"2025-12-06T05:46:40Z","sequence_num":3,"events":[{"type":"update","trades":[{"trade_id":"9","product_id":"00-USD","price":"0.0000000045","size":"1E-8","side":"SELL","time":"2025-12-06T05:46:40.3Z"},{"trade_id":"8","product_id":"00-USD","price":"0.0000000046","size":"2","side":"SELL","time":"2025-12-06T05:46:40.2Z"},{"trade_id":"7","product_id":"00-USD","price":"0.0000000047","size":"3","side":"BUY","time":"2025-12-06T05:46:40Z"}]}]}
            1765000000400 {"topic":"publicTrade.10000SATSUSDT","type":"snapshot","ts":1765000000399,"data":[{"T":1765000000399,"s":"10000SATSUSDT","S":"Buy","v":"1E+3","p":"1.5e-4","L":"PlusTick","i":"a1","BT":false,"RPI":true,"seq":1}]}
            1765000000500 {"stream":"pepeusdt@trade","data":{"e":"trade","E":1765000000101,"T":1765000000100000,"s":"PEPEUSDT","t":102,"p":"5.0E-7","q":"123456789012345678901234567890.12","m":true,"M":true}}
            1765000000600 {"stream":"币安人生usdt@trade","data":{"e":"trade","E":1765000000301,"T":1765000000300,"s":"币安人生USDT","t":101,"p":"0.1510","q":"10","m":true,"M":true}}

            """)
        let ticks = try play(path).ticks
        #expect(
            text(ticks) == [
                "kraken:PEPE-USD 1 1765000000000", "coinbase:00-USD 7 1765000000000", "coinbase:00-USD 8 1765000000200",
                "coinbase:00-USD 9 1765000000300", "bybit-linear:10000SATS-USDT a1 1765000000399",
                "binance:PEPE-USDT 102 1765000000100", "binance:币安人生-USDT 101 1765000000300",
            ])
        #expect(
            ticks.compactMap(\.trade?.price) == [4.52e-6, 4.7e-9, 4.6e-9, 4.5e-9, 1.5e-4, 5e-7, 0.151])
        #expect(
            ticks.compactMap(\.trade?.quantity) == [1e-8, 3, 2, 1e-8, 1_000, 123456789012345678901234567890.12, 10])
    }

    @Test("whoever names the market knows how its name is split")
    func pairs() throws {
        let scratch = try Scratch()
        let path = try scratch.file("a.txt", "\(Self.start) " + Self.binance("AAAABBB", 1, "2", "3", Self.start) + "\n")
        #expect(text(try play(path, pairs: ["AAAA-BBB"]).ticks) == ["binance:AAAA-BBB 1 \(Self.start)"])
        #expect(text(try play(path, pairs: ["AAA-ABBB"]).ticks) == ["binance:AAA-ABBB 1 \(Self.start)"])
    }

    /// Hosts of venues that are none of ours, a frame of each, and what it calls itself.
    private static let strangerFrames = [
        (
            "ws.bitstamp.net", "live_trades_btcusd",
            #"{"event":"trade","channel":"live_trades_btcusd","data":{"id":1,"price":1,"amount":1,"timestamp":"1765000000","type":0}}"#
        ),
        (
            "stream.binance.us", "aggTrade (sums of trades, not trades)",
            #"{"e":"aggTrade","s":"BTCUSDT","a":1,"p":"1","q":"1","T":1765000000000,"m":true}"#
        ),
        (
            "futures.kraken.com", "without a channel, a topic or a type",
            #"{"feed":"trade","product_id":"PI_XBTUSD","side":"sell","qty":1,"price":1,"time":1765000000000}"#
        ),
        (
            "ws-api-spot.kucoin.com", "/market/match",
            #"{"type":"message","topic":"/market/match:BTC-USDT","subject":"trade.l3match","data":{}}"#
        ),
        (
            "api.gateio.ws", "spot.trades",
            #"{"time":1765000000,"channel":"spot.trades","event":"update","result":{"id":1}}"#
        ),
        (
            "api.gemini.com", "update",
            #"{"type":"update","events":[{"type":"trade","tid":1,"price":"1","amount":"1"}]}"#
        ),
        ("api-pub.bitfinex.com", "array", "[17470,\"te\",[401597395,1574694478808,0.005,7245.3]]"),
        (
            "ws.bitget.com", "trade",
            #"{"action":"update","arg":{"instType":"sp","channel":"trade","instId":"BTCUSDT"},"data":[["1765000000000","1","1","buy"]]}"#
        ),
    ]

    @Test("frames of venues that are none of ours make nothing, and are named by their host", arguments: strangerFrames)
    func strangers(host: String, kind: String, frame: String) throws {
        let scratch = try Scratch()
        let path = try scratch.file(
            "a.jsonl",
            #"{"t":"connect","conn":"a","ts":1765000000.0,"addr":"wss://\#(host):9443/ws/v1"}"# + "\n"
                + Self.quoted(frame))
        let (ticks, events, _) = try play(path)
        #expect(ticks.isEmpty && events.contains(.replayed(files: [path], ticks: 0, unused: "1 frames of \(host)")))
    }

    @Test("where no line says whose they are, they are nobody's; no line is broken", arguments: strangerFrames)
    func nameless(host: String, kind: String, frame: String) throws {
        let scratch = try Scratch()
        let path = try scratch.file("a.txt", "\(Self.start) \(frame)\n")
        let (ticks, events, _) = try play(path)
        let found = "1 frames of unknown origin (\(kind))"
        #expect(
            ticks.isEmpty
                && events == [
                    .lap(file: path, lap: 0, ticks: 0), .replayed(files: [path], ticks: 0, unused: found),
                ])
    }

    @Test("once a frame has proved to be a venue's, one that it does not send is a line that cannot be read")
    func proven() throws {
        let scratch = try Scratch()
        let broken = Self.binance("BTCUSDT", 102, "2", "3", Self.start)
            .replacingOccurrences(of: ",\"p\":\"2\"", with: "")
        let lines = [broken, Self.binance("BTCUSDT", 101, "2", "3", Self.start), broken].map { "\(Self.start) \($0)" }
        let path = try scratch.file("a.txt", lines.joined(separator: "\n"))
        let (ticks, events, _) = try play(path)
        #expect(text(ticks) == ["binance:BTC-USDT 101 \(Self.start)"])
        let bad = events.compactMap { if case .badLine(_, let line, _) = $0 { line } else { nil } }
        let found = "1 frames of unknown origin (trade), 1 lines that cannot be read"
        #expect(bad == [3] && events.contains(.replayed(files: [path], ticks: 1, unused: found)))
    }

    @Test("answers and heartbeats are told only where there is nothing else; OKX's `pong` is one, address or not")
    func answers() throws {
        let scratch = try Scratch()
        let answer = Self.quoted(#"{"success":true,"ret_msg":"","conn_id":"d8","req_id":"","op":"subscribe"}"#)
        let connect = #"{"t":"connect","conn":"a","ts":1765000000.0,"addr":"wss://stream.bybit.com/v5/public/linear"}"#
        let pong = #"{"t":"recv","conn":"b","ts":1765000000.5,"data":"pong"}"#
        let path = try scratch.file("a.jsonl", [connect, answer, answer, pong].joined(separator: "\n"))
        #expect(try play(path).events.last == .replayed(files: [path], ticks: 0, unused: "3 answers and heartbeats"))
        let trade = "\(Self.start) " + Self.binance("BTCUSDT", 101, "2", "3", Self.start)
        let more = try scratch.file("b.jsonl", [connect, answer, pong, trade].joined(separator: "\n"))
        #expect(try play(more).events == [.lap(file: more, lap: 0, ticks: 1)])
    }
}
