import CryptoCore
import NetClient
import Testing

@testable import Feeds

@Suite("A country that is not served")
struct CountryTests {
    /// As a network in front of Bybit answers there.
    static let page =
        "<HTML><HEAD><TITLE>ERROR: The request could not be satisfied</TITLE></HEAD><BODY><H1>403 ERROR</H1>... configured to block access from your country.</BODY></HTML>"
    private static let words =
        "HTTP status 403: ERROR: The request could not be satisfied 403 ERROR ... configured to block access from your country."

    private static let listers: [any MarketLister] = [
        BybitMarkets(.spot), BinanceMarkets(.binance), CoinbaseMarkets(), KrakenMarkets(), OKXMarkets(.spot),
    ]

    @Test("its refusal is told in the page's words, at every venue", arguments: 0..<listers.count)
    func words(index: Int) throws {
        let answer = try Self.listers[index].decode(VenueResponse(status: 403, body: Array(Self.page.utf8)))
        switch answer {
        case .refused(.forbidden(let reason)), .refused(.failed(let reason)): #expect(reason == Self.words)
        default: Issue.record("\(answer)")
        }
    }

    @Test("Bybit's own 403 of too many requests stays what it is")
    func tooMany() throws {
        for body in ["403, access too frequent", "<html></html>", ""] {
            let response = VenueResponse(status: 403, retryAfterMs: 7_000, body: Array(body.utf8))
            #expect(try BybitMarkets(.spot).decode(response) == .refused(.rateLimited(waitMs: 600_000)), "\(body)")
        }
        let recent = BybitRecentTrades(.spot)
        guard
            case .refused(.rateLimited(600_000)) = try recent.decode(
                VenueResponse(status: 403, body: Array("403, access too frequent".utf8)), "BTC-USDT"),
            case .refused(.forbidden(Self.words)) = try recent.decode(
                VenueResponse(status: 403, body: Array(Self.page.utf8)), "BTC-USDT")
        else {
            Issue.record("otherwise")
            return
        }
    }

    @Test("a WebSocket that is refused so says what it may be")
    func handshake() {
        #expect(TransportError.handshake(status: 403, reason: "x").description.contains("its country is not served"))
    }
}
