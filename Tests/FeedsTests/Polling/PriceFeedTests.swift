import CryptoCore
import Feeds
import Foundation
import NetClient
import Synchronization
import System
import TestSupport
import Testing

@Suite("Prices over HTTP")
struct PriceFeedTests {
    /// A clock whose waits are short and count as long ones.
    final class FastClock: WaitingClock {
        private let real = SystemClock()
        private let added = Atomic<Int64>(0)

        func monotonicMs() -> Int64 { real.monotonicMs() + added.load(ordering: .relaxed) }
        func wallMs() -> Int64 { real.wallMs() + added.load(ordering: .relaxed) }
        func wait(ms: Int64) { added.wrappingAdd(ms, ordering: .relaxed) }
    }

    @Test("prices, a limit, an error page, a lost answer and prices again: each price once, gaps in between")
    func bumpyRoad() throws {
        let clock = FastClock()
        let polls = Atomic<Int>(0)
        let server = try LoopbackServer { request, connection in
            let (_, poll) = polls.wrappingAdd(1, ordering: .relaxed)
            let seconds = clock.wallMs() / 1000 - 20
            let body =
                #"{"bitcoin":{"usd":\#(60000 + poll),"usd_24h_change":-1.5,"last_updated_at":\#(seconds)},"ethereum":{"usd":3000,"last_updated_at":\#(seconds)}}"#
            switch poll {
            case 2: try connection.reply(429, "{}", headers: [("Retry-After", "34")])
            case 3:
                try connection.reply(
                    200, #"{"status":{"error_code":429,"error_message":"You've exceeded the Rate Limit."}}"#)
            case 4: try connection.reply(200, "<html>1020</html>")
            case 5, 6: connection.cut()  // libcurl tries a reused connection again by itself
            default: try connection.reply(200, body)
            }
        }
        defer { server.stop() }
        var writer = TickWriter()
        let markets = [CoinGeckoTests.bitcoin, CoinGeckoTests.ethereum]
        var feed = PriceFeed(
            CoinGecko(markets, demoKey: "CG-test"), .init(endpoint: try Endpoint(parsing: server.url("/coingecko"))),
            clock: clock, writer: &writer)
        var events: [FeedEvent] = []
        let deadline = Date().addingTimeInterval(60)
        while polls.load(ordering: .relaxed) < 9, Date() < deadline {
            _ = feed.poll(waitMs: 50, into: &writer, events: &events)
        }
        let request = try #require(server.requests.first)
        #expect(request.path == "/coingecko/api/v3/simple/price")
        #expect(request.query.contains("ids=bitcoin,ethereum&vs_currencies=usd&"))
        #expect(request.headers["x-cg-demo-api-key"] == "CG-test")
        let ticks = try writer.batch.ticks().filter { $0.series.base == "BTC" }
        let quotes = ticks.filter { $0.gap == nil }
        #expect(quotes.count >= 4)
        #expect(zip(quotes, quotes.dropFirst()).allSatisfy { $0.eventTime < $1.eventTime })
        let gap = try #require(ticks.last { $0.gap != nil }?.gap)
        #expect(gap.from == quotes[0].eventTime && gap.to == quotes[1].eventTime && gap.reason == "rate_limited")
        #expect(events.contains { if case .rateLimited(let ms) = $0 { ms >= 34_000 } else { false } })
        #expect(events.contains { if case .badFrame(_, "<html>1020</html>") = $0 { true } else { false } })
        #expect(events.contains { if case .disconnected = $0 { true } else { false } })
    }

    @Test("past prices come over HTTP before the present ones, which follow them without a repeat")
    func past() throws {
        let clock = FastClock()
        let server = try LoopbackServer { request, connection in
            let now = clock.wallMs()
            if request.path.hasSuffix("/market_chart") {
                let (body, _) = PastPricesTests.chart(count: 20, end: now - 1000)
                try connection.reply(200, bytes: body)
            } else {
                try connection.reply(200, #"{"bitcoin":{"usd":7,"last_updated_at":\#(now / 1000)}}"#)
            }
        }
        defer { server.stop() }
        var writer = TickWriter()
        var feed = PriceFeed(
            CoinGecko([CoinGeckoTests.bitcoin]),
            PriceOptions(backfillMs: 86_400_000, endpoint: try Endpoint(parsing: server.url())), clock: clock,
            writer: &writer)
        var events: [FeedEvent] = []
        let deadline = Date().addingTimeInterval(60)
        while server.requests.count < 5, Date() < deadline {
            _ = feed.poll(waitMs: 50, into: &writer, events: &events)
        }
        let paths = server.requests.map(\.path)
        #expect(paths.first == "/api/v3/coins/bitcoin/market_chart")
        #expect(paths.dropFirst().allSatisfy { $0 == "/api/v3/simple/price" })
        let times = try writer.batch.ticks().filter { $0.gap == nil }.map(\.eventTime)
        #expect(times.count > 17 && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        #expect(events.first == .filled(symbol: "BTC-USD", trades: 17))
    }
}
