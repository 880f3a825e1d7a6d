import CryptoCore
import Foundation
import NetClient
import Synchronization
import System
import TestSupport
import Testing

@testable import Feeds

@Suite("Recorded answers about prices, played again")
struct ReplayedPricesTests {
    private static let coins: Coins = {
        var coins = Coins()
        coins.add(id: "bitcoin", ticker: "BTC")
        coins.add(id: "ethereum", ticker: "ETH")
        return coins
    }()

    /// Polls a venue until it was asked so often: what it wrote, and the recording of it.
    private func live(
        _ venue: some PriceVenue, polls: Int, backfillMs: Int64 = 0,
        _ serve: @escaping @Sendable (Int, LoopbackRequest, Int64) -> ExchangeAnswer
    ) throws -> (ticks: [Tick], recording: String, Scratch) {
        let clock = PriceFeedTests.FastClock()
        let count = Atomic<Int>(0)
        let server = try LoopbackServer { request, connection in
            let (poll, _) = count.wrappingAdd(1, ordering: .relaxed)
            let answer = serve(poll, request, clock.wallMs())
            try connection.reply(answer.status, answer.body)
        }
        defer { server.stop() }
        let scratch = try Scratch()
        let path = scratch.folder.appendingPathComponent("prices.jsonl").path
        let recorder = try Recorder(path: path, wallMs: clock.wallMs())
        var writer = TickWriter()
        var options = PriceOptions(backfillMs: backfillMs, endpoint: try Endpoint(parsing: server.url()))
        options.recorder = (recorder, venue.profile.source)
        var feed = PriceFeed(venue, options, clock: clock, writer: &writer)
        var events: [FeedEvent] = []
        let deadline = Date().addingTimeInterval(60)
        while count.load(ordering: .relaxed) < polls, Date() < deadline {
            _ = feed.poll(waitMs: 50, into: &writer, events: &events)
        }
        try recorder.close()
        return (try writer.batch.ticks(), path, scratch)
    }

    private func expectSame(_ live: [Tick], _ path: String) throws {
        let (ticks, events) = try replay([path], coins: Self.coins) { $0.fromFrames = true }
        let played = ticks.filter { $0.gap == nil }.map { String(decoding: $0.encoded(), as: UTF8.self) }
        #expect(played == live.filter { $0.gap == nil }.map { String(decoding: $0.encoded(), as: UTF8.self) })
        #expect(events == [.lap(file: path, lap: 0, ticks: ticks.count)])
    }

    @Test("CoinGecko: the past and the present, unchanged prices once, refusals and pages are nothing")
    func coinGecko() throws {
        let markets = [
            CoinGecko.Market(coinID: "bitcoin", symbol: "BTC-USD"), .init(coinID: "ethereum", symbol: "ETH-USD"),
            // The question names both coins and both currencies; nobody wanted ETH-EUR.
            .init(coinID: "bitcoin", symbol: "BTC-EUR"),
        ]
        let (ticks, path, _scratch) = try live(CoinGecko(markets, demoKey: "CG-x"), polls: 14, backfillMs: 86_400_000) {
            poll, request, nowMs in
            if poll == 1 || poll == 6 { return ExchangeAnswer(429, "{}") }
            if poll == 7 { return ExchangeAnswer(200, "<html>1020</html>") }
            if request.path.hasSuffix("/market_chart") {
                return ExchangeAnswer(
                    200, String(decoding: PastPricesTests.chart(count: 280, end: nowMs - 1000).body, as: UTF8.self))
            }
            let seconds = nowMs / 1000 - (poll % 3 == 0 ? 1_000_000 : 20)
            let prices =
                #""usd":\#(60000 + poll),"eur":\#(50000 + poll),"usd_24h_change":-1.5,"last_updated_at":\#(seconds)"#
            return ExchangeAnswer(200, #"{"bitcoin":{\#(prices)},"ethereum":{\#(prices)}}"#)
        }
        let series = Set(ticks.map(\.series.symbol))
        #expect(series == ["BTC-USD", "ETH-USD", "BTC-EUR"] && ticks.count > 600)
        try expectSame(ticks, path)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(!text.contains("CG-x") && text.contains(#""symbols":["BTC-USD","BTC-EUR","ETH-USD"]"#))
        _ = _scratch
    }

    @Test(
        "Binance's tickers: of named pairs, and of those with the largest turnover",
        arguments: [BinanceTickers.Selection.symbols(["BTC-USDT", "SOL-USDT"]), .top(2, quote: "USDT")])
    func binance(selection: BinanceTickers.Selection) throws {
        let market = Market(
            symbols: ["BTC-USDT", "ETH-USDT", "SOL-USDT", "ADA-USDT"], perSecond: 100, seed: 3,
            startMs: Int64(Date().timeIntervalSince1970 * 1000) - 60_000)
        let (ticks, path, _scratch) = try live(BinanceTickers(selection), polls: 6) { poll, request, nowMs in
            if poll == 2 { return ExchangeAnswer(418, #"{"code":-1003,"msg":"x"}"#) }
            market.advance(toMs: nowMs)
            return BinanceDialect().answer(request, market, nowMs: nowMs) ?? ExchangeAnswer(404, "")
        }
        #expect(Set(ticks.map(\.series.symbol)).count == 2 && ticks.count { $0.gap == nil } >= 6)
        try expectSame(ticks, path)
        _ = _scratch
    }
}
