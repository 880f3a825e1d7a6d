import CryptoCore
import TestSupport
import Testing

@testable import Feeds

@Suite("Bybit's newest trades")
struct BybitRecentTradesTests {
    /// As documented, the newest first.
    static let body =
        #"{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"execId":"2100000000007764265","symbol":"BTCUSDT","price":"16619.5","size":"0.00013","side":"Sell","time":"1789999999800","isBlockTrade":true,"isRPITrade":false,"seq":"123457"},{"execId":"2100000000007764264","symbol":"BTCUSDT","price":"16618.49","size":"3.844E-5","side":"Sell","time":"1789999999758","isBlockTrade":false,"isRPITrade":false,"seq":"123456"},{"execId":"2100000000007764263","symbol":"BTCUSDT","price":"16618.49","size":"0.00012","side":"Buy","time":"1789999999758","isBlockTrade":false,"isRPITrade":true,"seq":"123456"}]},"retExtInfo":{},"time":1672053054358}"#
    static let first = KnownTrade(id: "2100000000007764263", timeMs: 1_789_999_999_758, price: 16618.49, side: .buy)

    private func decode(
        _ body: String, status: Int = 200, retryAfterMs: Int64? = nil
    ) throws -> (ticks: [Tick], refusal: VenueRefusal?) {
        let response = VenueResponse(status: status, retryAfterMs: retryAfterMs, body: Array(body.utf8))
        switch try BybitRecentTrades(.spot).decode(response, "BTC-USDT") {
        case .refused(let refusal): return ([], refusal)
        case .trades(let trades):
            var writer = TickWriter()
            let id = writer.series.intern(Series(source: "bybit", symbol: "BTC-USDT"))
            let bytes = response.body
            for trade in trades { _ = writer.add(trade, of: id, ingestTime: Frames.receivedMs, bytes.span.bytes) }
            return (try writer.batch.ticks(), nil)
        }
    }

    @Test("as many as the venue gives are asked for, in its own name of the market")
    func requests() {
        #expect(
            BybitRecentTrades(.spot).request("BTC-USDT").address
                == "https://api.bybit.com/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=60")
        #expect(
            BybitRecentTrades(.linear).request("BTC-USDC").address
                == "https://api.bybit.com/v5/market/recent-trade?category=linear&symbol=BTCPERP&limit=1000")
    }

    @Test("the oldest comes first, whichever does in the answer, with the taker's side, marked as back-filled")
    func values() throws {
        let ticks = try decode(Self.body).ticks
        let trades = ticks.compactMap(\.trade)
        #expect(trades.map(\.tradeID) == (3...5).map { "210000000000776426\($0)" })
        #expect(trades.map(\.side) == [.buy, .sell, .sell] && trades.map(\.isBlockTrade) == [false, false, true])
        #expect(trades.map(\.quantity) == [0.00012, 3.844e-5, 0.00013] && trades.allSatisfy(\.isBackfilled))
        #expect(ticks.map(\.eventTime) == [1_789_999_999_758, 1_789_999_999_758, 1_789_999_999_800])
        let items = Self.body.split(separator: "{").suffix(4).prefix(3).map { "{" + $0.prefix { $0 != "}" } + "}" }
        let rising = #"{"retCode":0,"result":{"list":[\#(items.reversed().joined(separator: ","))]}}"#
        #expect(try decode(rising).ticks == ticks)
        #expect(try decode(#"{"retCode":0,"result":{"list":[]}}"#).ticks.isEmpty)
    }

    @Test("a cut answer, or one about something else, is none")
    func incomplete() {
        let bytes = Array(Self.body.utf8)
        for count in bytes.indices {
            #expect(throws: DecodeError.self) {
                try BybitRecentTrades(.spot).decode(
                    VenueResponse(status: 200, body: Array(bytes[..<count])), "BTC-USDT")
            }
        }
        for (from, to) in [
            ("\"symbol\":\"BTCUSDT\"", "\"symbol\":\"ETHUSDT\""), ("\"symbol\":\"BTCUSDT\",", ""),
            ("\"execId\"", "\"id\""),
            ("\"time\":\"1789999999800\"", "\"time\":\"soon\""), ("\"price\"", "\"p\""), ("\"list\"", "\"rows\""),
            ("\"size\":\"0.00013\"", "\"size\":null"),
        ] {
            #expect(throws: DecodeError.self) { try decode(Self.body.replacing(from, with: to)) }
        }
        for body in ["", "null", "[]", "<html>", #"{"result":[]}"#, #"{"result":{"list":{}}}"#, "{}"] {
            #expect(throws: DecodeError.self) { try decode(body) }
        }
    }

    @Test(
        "its ways to refuse are told apart",
        arguments: [
            (403, "access too frequent", VenueRefusal.rateLimited(waitMs: 600_000)),
            (429, "", .rateLimited(waitMs: 60_000)), (418, "", .rateLimited(waitMs: 60_000)),
            (200, #"{"retCode":10006,"retMsg":"Too many visits!"}"#, .rateLimited(waitMs: 5_000)),
            (200, #"{"retCode":10001,"retMsg":"no"}"#, .forbidden("no, code 10001")),
            (200, #"{"retCode":10029,"retMsg":"no"}"#, .forbidden("no, code 10029")),
            (403, #"{"retCode":10009,"retMsg":"region"}"#, .forbidden("HTTP status 403: region, code 10009")),
            (200, #"{"retCode":10016,"retMsg":"ill"}"#, .failed("ill, code 10016")),
            (502, "<html>", .failed("HTTP status 502")), (404, "", .failed("HTTP status 404")),
        ])
    func refusals(status: Int, body: String, refusal: VenueRefusal) throws {
        #expect(try decode(body, status: status).refusal == refusal)
    }

    @Test("Retry-After counts, but ten minutes are ten minutes")
    func patience() throws {
        #expect(try decode("", status: 429, retryAfterMs: 3_000).refusal == .rateLimited(waitMs: 3_000))
        #expect(try decode("", status: 503, retryAfterMs: 3_000).refusal == .rateLimited(waitMs: 3_000))
        #expect(try decode("", status: 403, retryAfterMs: 3_000).refusal == .rateLimited(waitMs: 600_000))
    }
}
