import CryptoCore
import Feeds
import Foundation
import NetClient
import TestSupport
import TestTraits
import Testing

/// Answers as the venues document them.
enum MarketBodies {
    static let bybitSpot =
        #"{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","innovation":"0","status":"Trading","marginTrading":"both","lotSizeFilter":{"basePrecision":"0.000001"}},{"symbol":"ETHBTC","baseCoin":"ETH","quoteCoin":"BTC","status":"Closed"}]},"retExtInfo":{},"time":1672712468011}"#
    static let bybitLinear =
        #"{"retCode":0,"retMsg":"OK","result":{"category":"linear","list":[{"symbol":"1000PEPEUSDT","contractType":"LinearPerpetual","status":"Trading","baseCoin":"1000PEPE","quoteCoin":"USDT","launchTime":"1","leverageFilter":{"minLeverage":"1"}},{"symbol":"BTCPERP","contractType":"LinearPerpetual","status":"Trading","baseCoin":"BTC","quoteCoin":"USDC"},{"symbol":"BTC-26DEC25","contractType":"LinearFutures","status":"Trading","baseCoin":"BTC","quoteCoin":"USDC"},{"symbol":"XUSDT","contractType":"LinearPerpetual","status":"PreLaunch","baseCoin":"X","quoteCoin":"USDT"}],"nextPageCursor":"first%3D1%26last%3D2"},"time":1}"#
    static let binance =
        #"{"timezone":"UTC","serverTime":1,"rateLimits":[{"rateLimitType":"REQUEST_WEIGHT"}],"exchangeFilters":[],"symbols":[{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","baseAssetPrecision":8,"quoteAsset":"BTC","filters":[{"filterType":"PRICE_FILTER"}],"permissions":[]},{"symbol":"LUNAUSDT","status":"BREAK","baseAsset":"LUNA","quoteAsset":"USDT"}]}"#
    static let coinbase =
        #"[{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","status":"online","trading_disabled":false},{"id":"X-EUR","status":"delisted","trading_disabled":true},{"id":"A-USD","status":"online","trading_disabled":true}]"#
    static let kraken =
        #"{"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","aclass_base":"currency","base":"XXBT","quote":"ZUSD","fees":[[0,0.4]],"status":"online"},"XETHXXBT":{"altname":"ETHXBT","wsname":"ETH/XBT","status":"cancel_only"},"XDGUSDT":{"altname":"XDGUSDT","wsname":"XDG/USDT","status":"online"},"ADAUSD.d":{"altname":"ADAUSD.d"}}}"#
    static let coinGecko =
        #"[{"id":"bitcoin","symbol":"btc","name":"Bitcoin"},{"id":"01coin","symbol":"zoc","name":"01coin","platforms":{}}]"#
    static let coinCap =
        #"{"timestamp":1533581088278,"data":[{"id":"bitcoin","rank":"1","symbol":"BTC","name":"Bitcoin","maxSupply":null},{"id":"ethereum","rank":"2","symbol":"ETH"}]}"#

    static let binanceLister = BinanceMarkets(.binance)
    /// Every lister with an answer of its venue.
    static let all: [(lister: any MarketLister, body: String)] = [
        (BybitMarkets(.spot), bybitSpot), (BybitMarkets(.linear), bybitLinear), (binanceLister, binance),
        (CoinbaseMarkets(), coinbase), (KrakenMarkets(), kraken), (CoinGeckoMarkets(), coinGecko),
        (CoinCapMarkets(key: "k"), coinCap),
    ]
}

@Suite("Lists of markets")
struct MarketListTests {
    private func decode(_ lister: any MarketLister, _ body: String, status: Int = 200) throws -> MarketAnswer {
        try lister.decode(
            VenueResponse(status: status, retryAfterMs: status == 429 ? 5000 : nil, body: Array(body.utf8)))
    }

    /// - Parameter names: the venue's own, the first one before the others.
    private func market(_ symbol: String, _ isTrading: Bool = true, _ names: [String] = []) -> ListedMarket {
        var market = ListedMarket(symbol, name: names.first, isTrading: isTrading)
        market.otherNames = Array(names.dropFirst())
        return market
    }

    @Test("each venue's documented answer becomes symbols as we write them, open ones and others")
    func documented() throws {
        let expected: [MarketAnswer] = [
            .page([market("BTC-USDT", true, ["BTCUSDT"]), market("ETH-BTC", false, ["ETHBTC"])], next: nil),
            .page(
                [
                    market("1000PEPE-USDT", true, ["1000PEPEUSDT"]), market("BTC-USDC", true, ["BTCPERP"]),
                    market("X-USDT", false, ["XUSDT"]),
                ], next: "first%3D1%26last%3D2"),
            .page([market("ETH-BTC", true, ["ETHBTC"]), market("LUNA-USDT", false, ["LUNAUSDT"])], next: nil),
            .page([market("BTC-USD"), market("X-EUR", false), market("A-USD", false)], next: nil),
            .page(
                [
                    market("BTC-USD", true, ["XBTUSD", "XXBTZUSD", "XBT/USD"]),
                    market("ETH-BTC", false, ["ETHXBT", "XETHXXBT", "ETH/XBT"]),
                    market("DOGE-USDT", true, ["XDGUSDT", "XDGUSDT", "XDG/USDT"]),
                ], next: nil),
            .page([market("bitcoin"), market("01coin")], next: nil),
            .page([market("bitcoin"), market("ethereum")], next: nil),
        ]
        for (entry, answer) in zip(MarketBodies.all, expected) {
            #expect(try decode(entry.lister, entry.body) == answer)
        }
    }

    @Test("requests say what the venues want to hear")
    func requests() {
        #expect(
            BybitMarkets(.linear).request(cursor: "a%3D1&b").address
                == "https://api.bybit.com/v5/market/instruments-info?category=linear&limit=1000&cursor=a%253D1%26b")
        #expect(MarketBodies.binanceLister.request(cursor: nil).bodyBytes == 64 << 20)
        #expect(CoinCapMarkets(key: "abc").request(cursor: nil).headers == ["Authorization": "Bearer abc"])
        #expect(CoinGeckoMarkets(demoKey: "x").request(cursor: nil).headers == ["x-cg-demo-api-key": "x"])
        #expect(CoinGeckoMarkets().request(cursor: nil).address == "https://api.coingecko.com/api/v3/coins/list")
    }

    @Test("an answer cut anywhere throws; rubbish, error pages and limits are told apart, for every venue")
    func broken() throws {
        for (lister, body) in MarketBodies.all {
            let bytes = Array(body.utf8)
            for count in bytes.indices {
                #expect(throws: DecodeError.self, "\(lister) \(count)") {
                    try decode(lister, String(decoding: bytes[..<count], as: UTF8.self))
                }
            }
            #expect(throws: DecodeError.self) { try decode(lister, "<html></html>") }
            guard case .refused(.rateLimited) = try decode(lister, "<html>", status: 429) else {
                Issue.record("\(lister): a limit")
                continue
            }
            guard case .refused(.failed) = try decode(lister, "<html>", status: 502) else {
                Issue.record("\(lister): an error page")
                continue
            }
        }
    }

    @Test(
        "the venues' own ways to refuse",
        arguments: [
            (0, #"{"retCode":10006,"retMsg":"Too many visits!"}"#, 200, VenueRefusal.rateLimited(waitMs: 5_000)),
            (0, #"{"retCode":10016,"retMsg":"Server error"}"#, 200, .failed("Server error, code 10016")),
            (0, "<html>", 403, .rateLimited(waitMs: 600_000)),
            (2, #"{"code":-1003,"msg":"slow"}"#, 200, .rateLimited(waitMs: nil)),
            (4, #"{"error":["EService:Unavailable"]}"#, 200, .failed("EService:Unavailable")),
            (5, #"{"status":{"error_code":429,"error_message":"x"}}"#, 200, .rateLimited(waitMs: nil)),
            (6, #"{"error":"Unauthorized"}"#, 401, .forbidden("HTTP status 401: Unauthorized")),
        ])
    func refusals(index: Int, body: String, status: Int, refusal: VenueRefusal) throws {
        #expect(try decode(MarketBodies.all[index].lister, body, status: status) == .refused(refusal))
    }

    @Test("the message of a service that was shut down is no list of coins")
    func shutDown() {
        let body = #"{"data":{"message":"We are deprecating this version"},"timestamp":1744796832910}"#
        #expect(throws: DecodeError.self) { try decode(CoinCapMarkets(key: "k"), body) }
    }
}

@Suite("Asking venues for their markets", .waiting)
struct MarketLookupTests {
    @Test("pages are followed, several venues asked at once, each list sorted")
    func pages() throws {
        let server = try LoopbackServer { request, connection in
            switch request.path {
            case "/v5/market/instruments-info" where !request.query.contains("cursor="):
                try connection.reply(200, MarketBodies.bybitLinear)
            case "/v5/market/instruments-info":
                let last = MarketBodies.bybitSpot.replacingOccurrences(of: "\"ETHBTC\"", with: "\"AAVEUSDT\"")
                    .replacingOccurrences(of: "\"ETH\",\"quoteCoin\":\"BTC\"", with: "\"AAVE\",\"quoteCoin\":\"USDT\"")
                try connection.reply(200, last)
            case "/kraken/0/public/AssetPairs": try connection.reply(200, MarketBodies.kraken)
            default: try connection.reply(404, #"{"message":"NotFound"}"#)
            }
        }
        defer { server.stop() }
        let results = MarketLookup.lists(
            [
                .init(BybitMarkets(.linear), endpoint: try Endpoint(parsing: server.url())),
                .init(KrakenMarkets(), endpoint: try Endpoint(parsing: server.url("/kraken"))),
                .init(CoinbaseMarkets(), endpoint: try Endpoint(parsing: server.url())),
            ], deadlineMs: 30_000, until: { false })
        #expect(
            try results[0].get().map(\.symbol)
                == ["1000PEPE-USDT", "AAVE-USDT", "BTC-USDC", "BTC-USDT", "X-USDT"])
        #expect(try results[1].get().map(\.symbol) == ["BTC-USD", "DOGE-USDT", "ETH-BTC"])
        #expect(throws: MarketLookup.Failure(source: "coinbase", reason: "HTTP status 404: NotFound")) {
            try results[2].get()
        }
    }

    @Test("a venue that stalls, answers rubbish, is not there or is given up costs only its own list, and says why")
    func failures() throws {
        let server = try LoopbackServer { request, connection in
            switch request.path {
            case "/products": connection.stall()
            case "/0/public/AssetPairs": try connection.reply(200, "<html>")
            default: try connection.reply(200, MarketBodies.coinGecko)
            }
        }
        defer { server.stop() }
        let here = try Endpoint(parsing: server.url())
        let nowhere = try Endpoint(parsing: "http://127.0.0.1:1")
        let questions: [MarketLookup.Question] = [
            .init(CoinbaseMarkets(), endpoint: here), .init(KrakenMarkets(), endpoint: here),
            .init(CoinGeckoMarkets(), endpoint: here), .init(BybitMarkets(.spot), endpoint: nowhere),
        ]
        let results = MarketLookup.lists(questions, deadlineMs: 1000, until: { false })
        let reasons = results.map { result in
            if case .failure(let failure) = result { failure.description } else { "" }
        }
        #expect(reasons[0] == "the markets of coinbase cannot be had: no whole answer within 1000 ms")
        #expect(reasons[1].contains("the answer is none: not JSON"))
        #expect(try results[2].get().map(\.symbol) == ["01coin", "bitcoin"])
        #expect(reasons[3].contains("cannot connect to 127.0.0.1:1"))
        let stopped = MarketLookup.lists([questions[0]], deadlineMs: 600_000, until: { true })
        #expect(throws: MarketLookup.Failure(source: "coinbase", reason: "stopped")) { try stopped[0].get() }
    }

    @Test("a venue whose pages never end is left at its hundredth")
    func endless() throws {
        let server = try LoopbackServer { _, connection in try connection.reply(200, MarketBodies.bybitLinear) }
        defer { server.stop() }
        let results = MarketLookup.lists(
            [.init(BybitMarkets(.linear), endpoint: try Endpoint(parsing: server.url()))], deadlineMs: 60_000,
            until: { false })
        #expect(try results[0].get().count == 300)
        #expect(server.requests.count == 100)
    }
}
