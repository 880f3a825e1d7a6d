import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import Feeds

@Suite("OKX over HTTP")
struct OKXRESTTests {
    /// *Source*: OKX API v5, "GET / Trades", response example.
    static let trades =
        #"{"code":"0","msg":"","data":[{"instId":"BTC-USDT","side":"sell","sz":"0.00001","source":"0","px":"29963.2","tradeId":"242720720","ts":"1654161646974"},{"instId":"BTC-USDT","side":"sell","sz":"0.00001","source":"0","px":"29964.1","tradeId":"242720719","ts":"1654161641568"}]}"#
    /// *Source*: OKX API v5, "Get instruments", response example.
    static let spotList =
        #"{"code":"0","msg":"","data":[{"alias":"","auctionEndTime":"","baseCcy":"BTC","category":"1","ctMult":"","ctType":"","ctVal":"","ctValCcy":"","contTdSwTime":"1704876947000","expTime":"","futureSettlement":false,"groupId":"1","instFamily":"","instId":"BTC-USDT","instType":"SPOT","lever":"10","listTime":"1606468572000","lotSz":"0.00000001","quoteCcy":"USDT","tradeQuoteCcyList":["USDT"],"settleCcy":"","state":"live","ruleType":"normal","stk":"","tickSz":"0.1","uly":"","instIdCode":1000000000,"upcChg":[{"param":"tickSz","newValue":"0.0001","effTime":"1704876947000"}]},{"instId":"ETH-BTC","instType":"SPOT","state":"suspend","ctVal":""}]}"#
    /// *Source*: nautilus-okx 0.61.0 `test_data/ws_instruments.json` (BTC-USDT-SWAP); the others by "Get instruments": of inverse
    /// contracts `ctVal` is in USD.
    static let swapList =
        #"{"code":"0","msg":"","data":[{"alias":"","baseCcy":"","category":"1","ctMult":"1","ctType":"linear","ctVal":"0.01","ctValCcy":"BTC","expTime":"","instFamily":"BTC-USDT","instId":"BTC-USDT-SWAP","instType":"SWAP","lever":"125","listTime":"1611916828000","lotSz":"1","quoteCcy":"","settleCcy":"USDT","state":"live","tickSz":"0.1","uly":"BTC-USDT"},{"instId":"BTC-USD-SWAP","instType":"SWAP","ctMult":"1","ctType":"inverse","ctVal":"100","ctValCcy":"USD","settleCcy":"BTC","state":"live"},{"instId":"NEW-USDT-SWAP","instType":"SWAP","ctMult":"","ctType":"","ctVal":"","ctValCcy":"","state":"preopen"},{"instId":"TEN-USDT-SWAP","instType":"SWAP","ctMult":"10","ctType":"linear","ctVal":"1","ctValCcy":"TEN","state":"live"},{"instId":"BTC-USDT-240628","instType":"FUTURES","state":"live"}]}"#

    private func decode(
        _ market: OKX.Market, _ body: String, status: Int = 200, _ markets: [ListedMarket] = []
    ) throws -> RecentAnswer {
        try OKXRecentTrades(market, markets).decode(
            VenueResponse(status: status, body: Array(body.utf8)), "BTC-USDT")
    }

    @Test("markets are asked for by the venue's names")
    func requests() {
        #expect(
            OKXRecentTrades(.swap, []).request("BTC-USDT").address
                == "https://openapi.okx.com/api/v5/market/trades?instId=BTC-USDT-SWAP&limit=500")
        // *Source*: OKX API v5, "GET / Trades history": `type` 1 pages by trade ids, `after` asks for older ones, at most 100;
        // 20 requests in 2 s from one address.
        let older = OKXRecentTrades(.spot, []).request("BTC-USDT", before: "242720719")
        #expect(
            older?.address
                == "https://openapi.okx.com/api/v5/market/history-trades?instId=BTC-USDT&type=1&after=242720719&limit=100"
        )
        #expect(older?.pauseMs == 200)
        #expect(
            OKXMarkets(.swap).request(cursor: nil).address
                == "https://openapi.okx.com/api/v5/public/instruments?instType=SWAP")
    }

    @Test("the documented trades come oldest first")
    func documented() throws {
        guard case .trades(let trades) = try decode(.spot, Self.trades) else {
            Issue.record("refused")
            return
        }
        let bytes = Array(Self.trades.utf8)
        #expect(trades.map { $0.id.string(in: bytes.span.bytes) } == ["242720719", "242720720"])
        #expect(trades.map(\.eventTime) == [1_654_161_641_568, 1_654_161_646_974])
        #expect(trades.allSatisfy { $0.side == .sell && $0.isBackfilled })
    }

    @Test("without the size of a swap's contract there are no trades of it")
    func contracts() throws {
        let body = Self.trades.replacingOccurrences(of: "BTC-USDT", with: "BTC-USDT-SWAP")
        guard case .trades(let trades) = try decode(.swap, body, [OKXTests.listed]) else {
            Issue.record("refused")
            return
        }
        #expect(trades.count == 2)
        #expect(throws: DecodeError.self) { try decode(.swap, body) }
    }

    @Test(
        "an answer about another market, or with a trade that lacks something, is none",
        arguments: [
            trades.replacingOccurrences(of: "BTC-USDT", with: "ETH-USDT"),
            trades.replacingOccurrences(of: "\"side\":\"sell\",", with: ""),
            trades.replacingOccurrences(of: "\"tradeId\":\"242720719\",", with: ""), #"{"code":"0","msg":""}"#, "[]",
            "",
        ])
    func rubbish(body: String) { #expect(throws: DecodeError.self) { try decode(.spot, body) } }

    @Test(
        "its ways to refuse are told apart",
        arguments: [
            // *Source*: OKX API v5, "Error Code: REST API, Public".
            (
                200, #"{"code":"51001","msg":"Instrument ID doesn't exist.","data":[]}"#,
                VenueRefusal.forbidden("Instrument ID doesn't exist., code 51001")
            ),
            (429, #"{"code":"50011","msg":"Too Many Requests","data":[]}"#, .rateLimited(waitMs: nil)),
            (200, #"{"code":"50011","msg":"Rate limit reached."}"#, .rateLimited(waitMs: 2_000)),
            (
                503, #"{"code":"50001","msg":"Service temporarily unavailable. Please try again later."}"#,
                .failed("HTTP status 503: Service temporarily unavailable. Please try again later., code 50001")
            ),
            (502, "<html>", .failed("HTTP status 502")),
        ])
    func refusals(status: Int, body: String, refusal: VenueRefusal) throws {
        guard case .refused(let found) = try decode(.spot, body, status: status) else {
            Issue.record("an answer")
            return
        }
        #expect(found == refusal)
    }

    private func list(_ market: OKX.Market, _ body: String) throws -> [ListedMarket] {
        guard
            case .page(let markets, nil) = try OKXMarkets(market).decode(
                VenueResponse(status: 200, body: Array(body.utf8)))
        else { return [] }
        return markets
    }

    @Test("the documented instruments become markets; spot sizes are in coins")
    func spotMarkets() throws {
        #expect(
            try list(.spot, Self.spotList) == [ListedMarket("BTC-USDT"), ListedMarket("ETH-BTC", isTrading: false)])
    }

    @Test("a swap is refused whose contract is not in its base coin, or of which too little is known")
    func swapMarkets() throws {
        let markets = try list(.swap, Self.swapList)
        #expect(markets.map(\.symbol) == ["BTC-USDT", "BTC-USD", "NEW-USDT", "TEN-USDT"])
        #expect(markets[0] == OKXTests.listed)
        #expect(markets[1].refusal == "its contracts are in USD, not in BTC")
        #expect(markets[2].refusal == "its contracts are in nothing known, not in NEW" && !markets[2].isTrading)
        #expect(markets[3].refusal == "its contracts have the multiplier '10', which is not understood")
    }
}
