import CryptoCore
import Feeds
import TestSupport

/// The producer's part of the record path: a venue's frames into ticks.
enum FeedChecks {
    /// Allocations of the last ten of twenty laps, when every buffer has its size.
    private static func settled(_ lap: () throws -> Void) rethrows -> UInt64 {
        for _ in 0..<10 { try lap() }
        return try allocations { for _ in 0..<10 { try lap() } }
    }

    /// Twenty laps of a thousand frames, each with other ids: their last six digits count up.
    private static func decode(
        _ venue: some StreamVenue, _ symbol: String, _ text: String, ids: [String], trades: Int,
        isRecalled: Bool = false
    ) throws -> UInt64 {
        var venue = venue
        var writer = TickWriter(remembering: 1 << 12)
        venue.add(symbol: symbol, to: &writer)
        var frame = Array(text.utf8)
        let places = try ids.map { id in
            let range = try text.firstRange(of: id) ?? { throw Failure("\(id) is not in the frame") }()
            return text.utf8.distance(from: text.startIndex, to: range.upperBound) - 1
        }
        if isRecalled {
            _ = writer.continuity.followNewest(
                writer.series.intern(Series(source: "bybit", symbol: symbol)), after: nil, nowMs: 0)
        }
        var next = 0
        let count = try settled {
            for _ in 0..<1000 {
                for place in places {
                    next += 1
                    var rest = next
                    for digit in 0..<6 {
                        frame[place - digit] = UInt8(ascii: "0") + UInt8(rest % 10)
                        rest /= 10
                    }
                }
                _ = try venue.decode(frame.span.bytes, receivedMs: 1_800_000_000_000, into: &writer)
            }
            _ = writer.continuity.settle(nowMs: 0)
            writer.batch.removeAll()
        }
        try Check.require(writer.counters.ticks - writer.counters.gaps == 20_000 * trades, "not all trades were read")
        try Check.require(writer.counters.repeated == 0, "trades were taken twice")
        return count
    }

    /// The same through the session of a connection with many markets, of which one speaks.
    private static func listen() throws -> UInt64 {
        var writer = TickWriter()
        let symbols = (0..<200).map { "C\($0)-USDT" } + ["ETH-USDT"]
        var session = SubscriptionSession(Bybit(.spot, anySymbol: false), symbols: symbols, writer: &writer)
        var events: [FeedEvent] = []
        _ = session.opened(at: Moment(monotonic: 0, wall: 1_800_000_000_000))
        let frame = Array(bybit.utf8)
        let count = try settled {
            for ms in Int64(0)..<1000 {
                let now = Moment(monotonic: ms, wall: 1_800_000_000_000)
                _ = try session.received(frame.span.bytes, at: now, into: &writer, events: &events)
            }
            writer.batch.removeAll()
        }
        try Check.require(writer.counters.ticks == 20_000 + writer.counters.gaps, "not all trades were read")
        try Check.require(events == [.subscribed(symbols: ["ETH-USDT"])], "the market does not stand")
        return count
    }

    private static let bybit =
        #"{"topic":"publicTrade.ETHUSDT","ts":1786310821917,"type":"snapshot","data":[{"i":"2280000001739247417","T":1786310821917,"p":"1923.28","v":"0.04537","S":"Sell","seq":178477362706,"s":"ETHUSDT","BT":false,"RPI":false}]}"#
    private static let binance =
        #"{"stream":"btcusdt@trade","data":{"e":"trade","E":1680652800000,"s":"BTCUSDT","t":3071245454,"p":"28165.47000000","q":"0.00056000","b":20720542158,"a":20720542592,"T":1680652799999,"m":true,"M":true}}"#
    private static let coinbase =
        #"{"channel":"market_trades","timestamp":"2026-08-09T21:05:48.251397169Z","sequence_num":9,"events":[{"type":"update","trades":[{"product_id":"BTC-USD","trade_id":"1068572091","price":"65083.67","size":"0.01034361","time":"2026-08-09T21:05:48.167634Z","side":"SELL"}]}]}"#
    private static func coinbaseTrade(_ id: String) -> String {
        #"{"product_id":"BTC-USD","trade_id":"\#(id)","price":"1","size":"2","time":"2026-08-09T21:05:48Z","side":"BUY"}"#
    }
    private static let kraken =
        #"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":65114.20,"qty":0.00100000,"ord_type":"market","trade_id":14665906,"timestamp":"2023-09-25T07:49:37.708706Z"},{"symbol":"BTC/USD","side":"buy","price":65115.1,"qty":40.0,"ord_type":"limit","trade_id":24665907,"timestamp":"2023-09-25T07:49:37.708706Z"}]}"#
    private static let okx =
        #"{"arg":{"channel":"trades-all","instId":"BTC-USDT"},"data":[{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","source":"0","ts":"1630048897897"}]}"#
    private static let krakenOld =
        #"[993,[["354.04000000","0.28245396","1618678150.826417","s","m",""],["353.81000000","1.71754604","1618678150.827816","b","m",""]],"trade","XBT/USD"]"#

    static var all: [Check] {
        [
            Check(law: "10,000 frames of Bybit") {
                try decode(Bybit(.spot, anySymbol: false), "ETH-USDT", bybit, ids: ["2280000001739247417"], trades: 1)
            },
            Check(law: "10,000 frames through the session of a connection with 201 markets") { try listen() },
            Check(law: "10,000 frames of Bybit, where what is missing is asked for") {
                try decode(
                    Bybit(.spot, anySymbol: false), "ETH-USDT", bybit, ids: ["2280000001739247417"], trades: 1,
                    isRecalled: true)
            },
            Check(law: "10,000 frames of Binance") {
                try decode(Binance(anySymbol: false), "BTC-USDT", binance, ids: ["3071245454"], trades: 1)
            },
            Check(law: "10,000 frames of Coinbase") {
                try decode(Coinbase(anySymbol: false), "BTC-USD", coinbase, ids: ["1068572091"], trades: 1)
            },
            Check(law: "10,000 frames of Coinbase in a snapshot's order") {
                let ids = ["300000003", "200000002", "100000001"]
                let trades = ids.map(coinbaseTrade).joined(separator: ",")
                let snapshot =
                    #"{"channel":"market_trades","sequence_num":0,"events":[{"type":"snapshot","trades":[\#(trades)]}]}"#
                return try decode(Coinbase(anySymbol: true), "BTC-USD", snapshot, ids: ids, trades: 3)
            },
            Check(law: "10,000 frames of Kraken") {
                try decode(Kraken(anySymbol: false), "BTC-USD", kraken, ids: ["14665906", "24665907"], trades: 2)
            },
            Check(law: "10,000 frames of OKX") {
                try decode(OKX(.spot, []), "BTC-USDT", okx, ids: ["130639474"], trades: 1)
            },
            Check(law: "10,000 frames of OKX, whose sizes are in contracts") {
                var market = ListedMarket("1000000BABYDOGE-USDT")
                market.contractSize = "0.01"
                let swap = okx.replacing("BTC-USDT", with: "1000000BABYDOGE-USDT-SWAP")
                return try decode(OKX(.swap, [market]), market.symbol, swap, ids: ["130639474"], trades: 1)
            },
            Check(law: "10,000 frames of Kraken's first version") {
                let ids = ["1618678150.826417", "1618678150.827816"]
                return try decode(Kraken(anySymbol: true), "BTC-USD", krakenOld, ids: ids, trades: 2)
            },
        ]
    }
}
