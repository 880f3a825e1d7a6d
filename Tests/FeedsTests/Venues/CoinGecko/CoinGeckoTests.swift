import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

@Suite("CoinGecko answers")
struct CoinGeckoTests {
    static let bitcoin = CoinGecko.Market(coinID: "bitcoin", symbol: "BTC-USD")
    static let ethereum = CoinGecko.Market(coinID: "ethereum", symbol: "ETH-USD")

    private func decode(
        _ body: String, status: Int = 200, _ markets: [CoinGecko.Market] = [bitcoin],
        into writer: inout TickWriter
    ) throws -> CoinGecko.Answer {
        try CoinGecko.decode(
            VenueResponse(status: status, body: Array(body.utf8)), for: markets, receivedMs: 1_790_000_000_000,
            into: &writer)
    }

    private func refusal(_ body: String, status: Int = 200) throws -> VenueRefusal? {
        var writer = TickWriter()
        if case .refused(let refusal) = try decode(body, status: status, into: &writer) { return refusal }
        return nil
    }

    @Test("a recorded answer with everything becomes quotes in both currencies")
    func everything() throws {
        let body =
            #"{"solana":{"usd":30.98,"usd_market_cap":8474612022.806003,"usd_24h_vol":476280865.7456335,"usd_24h_change":7.567819671750593,"cny":200.35,"cny_market_cap":54811248179.902336,"cny_24h_vol":3080600356.9113207,"cny_24h_change":7.423874407480362,"last_updated_at":1626316083}}"#
        var writer = TickWriter()
        let markets = ["USD", "CNY"].map { CoinGecko.Market(coinID: "solana", symbol: "SOL-\($0)") }
        #expect(try decode(body, markets, into: &writer) == .prices(new: 2, missing: []))
        #expect(
            try writer.batch.ticks().first
                == Tick(
                    series: Series(source: "coingecko", symbol: "SOL-USD"),
                    kind: .quote(
                        Tick.Quote(
                            price: 30.98, change24hPct: 7.567819671750593, volume24h: 476280865.7456335,
                            marketCap: 8474612022.806003)),
                    eventTime: 1_626_316_083_000, ingestTime: 1_790_000_000_000))
        #expect(try writer.batch.ticks().last?.series.symbol == "SOL-CNY")
    }

    @Test("a price is written once: the same or an older time is dropped")
    func unchanged() throws {
        var writer = TickWriter()
        func body(_ price: Int, _ time: Int) -> String { #"{"bitcoin":{"usd":\#(price),"last_updated_at":\#(time)}}"# }
        #expect(try decode(body(100, 1_789_999_900), into: &writer) == .prices(new: 1, missing: []))
        #expect(try decode(body(101, 1_789_999_900), into: &writer) == .prices(new: 0, missing: []))
        #expect(try decode(body(102, 1_789_999_840), into: &writer) == .prices(new: 0, missing: []))
        #expect(try decode(body(103, 1_789_999_960), into: &writer) == .prices(new: 1, missing: []))
        #expect(writer.batch.count == 2)
    }

    @Test(
        "ids without an answer, without a price or with a price of the far future are missing",
        arguments: [
            "{}", #"{"ethereum":{"usd":1}}"#, #"{"bitcoin":{}}"#, #"{"bitcoin":{"usd":null}}"#,
            #"{"bitcoin":{"usd":0}}"#,
            #"{"bitcoin":{"eur":5,"last_updated_at":1789999900}}"#, #"{"bitcoin":null}"#, #"{"bitcoin":{"usd":1e999}}"#,
            #"{"bitcoin":{"usd":5,"last_updated_at":9789999900}}"#, #"{"bitcoin":{"usd":5,"last_updated_at":-1}}"#,
        ])
    func missing(body: String) throws {
        var writer = TickWriter()
        #expect(try decode(body, into: &writer) == .prices(new: 0, missing: [Self.bitcoin]))
        #expect(writer.batch.isEmpty)
    }

    @Test("nulls beside a price are unknown; a coin may be called status")
    func nulls() throws {
        var writer = TickWriter()
        let body =
            #"{"status":{"usd":2,"usd_market_cap":null,"usd_24h_vol":7,"usd_24h_change":null,"last_updated_at":1789999900}}"#
        let status = CoinGecko.Market(coinID: "status", symbol: "SNT-USD")
        #expect(try decode(body, [status], into: &writer) == .prices(new: 1, missing: []))
        guard case .quote(let quote)? = try writer.batch.ticks().first?.kind else {
            Issue.record("no quote")
            return
        }
        #expect(quote == Tick.Quote(price: 2, volume24h: 7))
    }

    @Test("a rate limit is seen in the status and in a body that came with status 200")
    func rateLimits() throws {
        let body =
            #"{"status":{"error_code":429,"error_message":"You've exceeded the Rate Limit. Please visit https://www.coingecko.com/en/api/pricing to subscribe to our API plans for higher rate limits."}}"#
        #expect(try refusal(body, status: 429) == .rateLimited(waitMs: nil))
        #expect(try refusal(body) == .rateLimited(waitMs: nil))
        #expect(try refusal("<html>", status: 429) == .rateLimited(waitMs: nil))
    }

    @Test(
        "errors are told apart from prices",
        arguments: [
            (#"{"error":"Missing parameter vs_currency"}"#, 422), (#"{"error":"coin not found"}"#, 200),
            (#"{"status":{"error_code":10002,"error_message":"Missing key"}}"#, 401), ("<html>1020</html>", 403),
            ("", 500), (#"{"error_code":10010}"#, 400),
        ])
    func errors(body: String, status: Int) throws {
        guard case .failed? = try refusal(body, status: status) else {
            Issue.record("\(body) was taken for prices")
            return
        }
    }

    @Test("a body that is no JSON object throws, cut anywhere too")
    func rubbish() {
        let body = Array(#"{"bitcoin":{"usd":49357,"last_updated_at":1626316083}}"#.utf8)
        var writer = TickWriter()
        for count in body.indices {
            #expect(throws: DecodeError.self) {
                try CoinGecko.decode(
                    .init(status: 200, body: Array(body[..<count])), for: [Self.bitcoin], receivedMs: 1, into: &writer)
            }
        }
        for text in ["[]", "\"x\"", "<html></html>", "null"] {
            #expect(throws: DecodeError.self) { try decode(text, into: &writer) }
        }
        #expect(writer.batch.isEmpty)
    }

    @Test("requests have no spaces in their lists, escape what must be, and name at most 200 coins each")
    func requests() {
        let path = CoinGecko.path(for: [Self.bitcoin, Self.ethereum, .init(coinID: "a b", symbol: "X-EUR")])
        #expect(
            path
                == "/simple/price?ids=bitcoin,ethereum,a%20b&vs_currencies=usd,eur&include_market_cap=true&include_24hr_vol=true&include_24hr_change=true&include_last_updated_at=true"
        )
        let many = (0..<450).map { CoinGecko.Market(coinID: "coin\($0)", symbol: "C\($0)-USD") }
        #expect(CoinGecko.requests(many).map(\.count) == [200, 200, 50])
        #expect(CoinGecko.requests(many).flatMap { $0 } == many)
    }

    @Test("recorded answers decode as their own numbers say", .enabled(if: SharedData.isPresent))
    func recorded() throws {
        struct Recorded: Decodable {
            let id: String
            let status: Int
            let body: String
        }
        let answers = try JSONDecoder().decode(
            [Recorded].self, from: SharedData.contents("data/coingecko/recorded-responses.json"))
        var writer = TickWriter()
        for answer in answers where answer.id.hasPrefix("simple-price") {
            let result = try decode(answer.body, status: answer.status, [Self.bitcoin, Self.ethereum], into: &writer)
            guard case .prices(_, let missing) = result else {
                Issue.record("\(answer.id): \(result)")
                continue
            }
            #expect(missing.contains(Self.ethereum))
        }
        #expect(
            try refusal(#require(answers.first { $0.status == 429 }).body, status: 429) == .rateLimited(waitMs: nil))
        #expect(try refusal(#require(answers.first { $0.status == 422 }).body, status: 422) != nil)
    }
}
