import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import Feeds

/// What an answer of past trades comes to.
struct DecodedHistory {
    var ids: [Int64] = []
    var ticks: [Tick] = []
    var cursor: String?
    var refusal: VenueRefusal?

    var trades: [Tick.Trade] { ticks.compactMap(\.trade) }

    /// Decodes an answer and writes its trades, as a feed would.
    init(
        _ history: some TradeHistory, _ body: [UInt8], status: Int = 200, retryAfterMs: Int64? = nil,
        _ page: HistoryPage = HistoryPage(symbol: "BTC-USDT", first: 0, sinceMs: 0)
    ) throws {
        let response = VenueResponse(status: status, retryAfterMs: retryAfterMs, body: body)
        switch try history.decode(response, page) {
        case .refused(let refusal): self.refusal = refusal
        case .trades(let trades, let cursor):
            self.cursor = cursor
            ids = trades.map(\.id)
            var writer = TickWriter()
            let id = writer.series.intern(Series(source: "history", symbol: page.symbol))
            for trade in trades {
                _ = writer.add(trade.fields, of: id, ingestTime: Frames.receivedMs, body.span.bytes)
            }
            ticks = try writer.batch.ticks()
        }
    }

    init(_ history: some TradeHistory, _ body: String, status: Int = 200, retryAfterMs: Int64? = nil) throws {
        try self.init(history, Array(body.utf8), status: status, retryAfterMs: retryAfterMs)
    }
}

@Suite("Past trades: what every venue's answers have in common")
struct HistoryTests {
    static let binance = BinanceHistory(key: nil)
    static let binanceBody =
        #"[{"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.000012","time":1499865549590,"isBuyerMaker":true,"isBestMatch":true},{"id":28458,"price":"4.00000200","qty":"1.5","quoteQty":"6","time":1499865549591,"isBuyerMaker":false,"isBestMatch":true}]"#
    static let coinbaseBody =
        #"[{"trade_id":86326523,"side":"sell","size":"0.00698254","price":"20714.12","time":"2022-11-07T22:19:28.578544Z"},{"trade_id":86326522,"side":"buy","size":"3.844E-5","price":"20713.01","time":"2022-11-07T22:19:28Z"}]"#
    static let krakenBody =
        #"{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953]],"last":"1688669598280411234"}}"#

    private static func check(_ history: some TradeHistory, _ body: String, _ sides: [Side]) throws {
        let decoded = try DecodedHistory(history, body)
        #expect(decoded.ids.count == 2 && decoded.ids[1] == decoded.ids[0] + 1)
        #expect(decoded.trades.map(\.tradeID) == decoded.ids.map { "\($0)" })
        #expect(decoded.trades.map(\.side) == sides)
        #expect(decoded.trades.allSatisfy { $0.isBackfilled })
        // Cut anywhere it is no answer; an answer without trades is one.
        let bytes = Array(body.utf8)
        for count in bytes.indices {
            #expect(throws: DecodeError.self) { try DecodedHistory(history, Array(bytes[..<count])) }
        }
    }

    @Test("trades come by ascending id, marked as back-filled, with the taker's side; a cut answer throws")
    func common() throws {
        try Self.check(Self.binance, Self.binanceBody, [.sell, .buy])
        try Self.check(CoinbaseHistory(), Self.coinbaseBody, [.sell, .buy])
        try Self.check(KrakenHistory(), Self.krakenBody, [.buy, .sell])
        #expect(try DecodedHistory(Self.binance, "[]").ids.isEmpty)
        #expect(try DecodedHistory(CoinbaseHistory(), "[]").ids.isEmpty)
        #expect(
            try DecodedHistory(KrakenHistory(), #"{"error":[],"result":{"XXBTZUSD":[],"last":"1"}}"#).ids.isEmpty)
    }

    @Test("the values are the venue's own texts; times are cut to ms")
    func values() throws {
        let coinbase = try DecodedHistory(CoinbaseHistory(), Self.coinbaseBody)
        #expect(coinbase.ticks.map(\.eventTime) == [1_667_859_568_000, 1_667_859_568_578])
        #expect(coinbase.trades.map(\.price) == [20713.01, 20714.12])
        #expect(coinbase.trades.map(\.quantity) == [3.844e-5, 0.00698254])
        let kraken = try DecodedHistory(KrakenHistory(), Self.krakenBody)
        #expect(kraken.ticks.map(\.eventTime) == [1_688_669_597_827, 1_688_669_598_280])
        #expect(kraken.trades.map(\.quantity) == [0.34507674, 0.0037696])
        #expect(kraken.cursor == "1688669598280411234")
        #expect(
            try DecodedHistory(Self.binance, Self.binanceBody).ticks.map(\.eventTime) == [
                1_499_865_549_590, 1_499_865_549_591,
            ])
    }

    @Test(
        "a trade without id, price, quantity or time is none",
        arguments: [
            #"[{"id":1,"price":"4","qty":"12"}]"#, #"[{"price":"4","qty":"12","time":1}]"#,
            #"[{"id":1,"qty":"12","time":1}]"#, #"[{"id":1,"price":"4","time":1}]"#,
            #"[{"id":-1,"price":"4","qty":"12","time":1}]"#, #"[{"id":1.5,"price":"4","qty":"12","time":1}]"#,
            "[{}]", "[1]", "{}", "null", "", "<html></html>",
        ])
    func incomplete(body: String) {
        #expect(throws: DecodeError.self) { try DecodedHistory(Self.binance, body) }
    }

    @Test(
        "rate limits are told from what will never work and from what may work later",
        arguments: [
            (429, #"{"code":-1003,"msg":"Too many requests"}"#), (418, #"{"code":-1003,"msg":"banned"}"#),
            (429, "<html>slow down</html>"), (503, "<html>later</html>"),
        ])
    func rateLimits(status: Int, body: String) throws {
        let limit = VenueRefusal.rateLimited(waitMs: 34_000)
        #expect(try DecodedHistory(Self.binance, body, status: status, retryAfterMs: 34_000).refusal == limit)
        #expect(try DecodedHistory(CoinbaseHistory(), body, status: status, retryAfterMs: 34_000).refusal == limit)
        #expect(try DecodedHistory(KrakenHistory(), body, status: status, retryAfterMs: 34_000).refusal == limit)
    }

    @Test("an error page is a failure, whatever the venue", arguments: [500, 502, 503, 504, 520])
    func pages(status: Int) throws {
        for body in ["<html>nginx</html>", "", "upstream"] {
            for refusal in [
                try DecodedHistory(Self.binance, body, status: status).refusal,
                try DecodedHistory(CoinbaseHistory(), body, status: status).refusal,
                try DecodedHistory(KrakenHistory(), body, status: status).refusal,
            ] {
                #expect(refusal == .failed("HTTP status \(status)"))
            }
        }
    }
}
