import CryptoCore
import Feeds
import Foundation
import NetClient
import TestSupport
import Testing

@Suite("Past prices of CoinGecko")
struct PastPricesTests {
    static let start: Int64 = 1_790_000_000_000
    private static let day: Int64 = 86_400_000
    private static let venue = CoinGecko([CoinGeckoTests.bitcoin, CoinGeckoTests.ethereum])

    /// A chart as the venue writes it: a price each five minutes up to `end`, every seventh one null.
    static func chart(count: Int, end: Int64) -> (body: [UInt8], prices: [(time: Int64, price: Double)]) {
        var rows: [(Int64, Double?)] = []
        for n in 0..<count {
            rows.append((end - Int64(count - 1 - n) * 300_000, n % 7 == 3 ? nil : 100 + Double(n) / 4))
        }
        func list(_ scale: Double) -> String {
            rows.map { row in "[\(row.0),\(row.1.map { "\($0 * scale)" } ?? "null")]" }.joined(separator: ",")
        }
        let body = #"{"prices":[\#(list(1))],"market_caps":[\#(list(1000))],"total_volumes":[\#(list(10))]}"#
        return (Array(body.utf8), rows.compactMap { row in row.1.map { (row.0, $0) } })
    }

    private func decode(
        _ body: [UInt8], status: Int = 200, lengthMs: Int64 = day, into writer: inout TickWriter
    ) throws -> PriceAnswer {
        try Self.venue.decodePast(
            VenueResponse(status: status, body: body), "BTC-USD", sinceMs: Self.start - lengthMs,
            receivedMs: Self.start, into: &writer)
    }

    @Test("a chart becomes quotes, oldest first, with turnover and capital; nulls are left out")
    func chart() throws {
        let (body, prices) = Self.chart(count: 288, end: Self.start - 60_000)
        var writer = TickWriter()
        #expect(try decode(body, into: &writer) == .prices(new: prices.count, missing: []))
        let expected = prices.map { entry in
            Tick(
                series: Series(source: "coingecko", symbol: "BTC-USD"),
                kind: .quote(
                    Tick.Quote(price: entry.price, volume24h: entry.price * 10, marketCap: entry.price * 1000)),
                eventTime: entry.time, ingestTime: Self.start)
        }
        #expect(try writer.batch.ticks() == expected)
        // Again, nothing is new.
        #expect(try decode(body, into: &writer) == .prices(new: 0, missing: []))
    }

    @Test("only what was asked for and is not on record already is written; the start's gap ends at the first of it")
    func bounds() throws {
        let (body, prices) = Self.chart(count: 288, end: Self.start)
        var writer = TickWriter()
        #expect(
            try decode(body, lengthMs: 3_600_000, into: &writer)
                == .prices(new: prices.count { $0.time >= Self.start - 3_600_000 }, missing: []))
        var resumed = TickWriter()
        let id = resumed.series.intern(Series(source: "coingecko", symbol: "BTC-USD"))
        resumed.gaps.resume(id, after: Self.start - 1_000_000)
        resumed.gaps.open(id, .start)
        let new = prices.filter { $0.time > Self.start - 1_000_000 }
        #expect(try decode(body, into: &resumed) == .prices(new: new.count, missing: []))
        let ticks = try resumed.batch.ticks()
        #expect(ticks.first?.gap == Tick.Gap(from: Self.start - 1_000_000, to: new[0].time, reason: "start"))
        #expect(ticks.dropFirst().map(\.eventTime) == new.map(\.time))
    }

    @Test(
        "the days asked for cover the time that is wanted, at most a year",
        arguments: [
            (Int64(1), 1), (day, 1), (day + 1, 2), (90 * day, 90), (4000 * day, 365),
        ])
    func requests(lengthMs: Int64, days: Int) {
        let keyed = CoinGecko([.init(coinID: "a b", symbol: "X-EUR")], demoKey: "k")
        #expect(
            keyed.pastRequest("X-EUR", lengthMs: lengthMs)
                == VenueRequest(
                    "https://api.coingecko.com/api/v3/coins/a%20b/market_chart?vs_currency=eur&days=\(days)",
                    headers: ["x-cg-demo-api-key": "k"]))
        #expect(keyed.pastRequest("Y-EUR", lengthMs: lengthMs) == nil)
        #expect(BinanceTickers(.symbols(["X-EUR"])).pastRequest("X-EUR", lengthMs: lengthMs) == nil)
    }

    @Test("rubbish throws, cut anywhere too, and writes nothing; refusals are told apart")
    func rubbish() throws {
        let (body, _) = Self.chart(count: 9, end: Self.start)
        var writer = TickWriter()
        for count in body.indices {
            #expect(throws: DecodeError.self) { try decode(Array(body[..<count]), into: &writer) }
        }
        for text in ["{}", "[]", "null", "<html>", #"{"prices":[[1]],"prices":3}x"#, #"{"prices":[1]}"#] {
            #expect(throws: DecodeError.self) { try decode(Array(text.utf8), into: &writer) }
        }
        #expect(writer.batch.isEmpty)
        #expect(try decode([], status: 429, into: &writer) == .refused(.rateLimited(waitMs: nil)))
        let gone = Array(#"{"error":"coin not found"}"#.utf8)
        #expect(try decode(gone, status: 404, into: &writer) == .refused(.failed("HTTP status 404: coin not found")))
    }

    /// Polls prices behind those of a day, of a venue that answers as `answer` says; what was asked when.
    private func run(
        _ venue: CoinGecko, untilMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent],
        _ answer: (_ address: String, _ nowMs: Int64) -> VenueResponse
    ) -> [(address: String, ms: Int64)] {
        var poller = PricePoller(venue, PriceOptions(backfillMs: Self.day), nowMs: 0, seed: 3, into: &writer)
        var asked: [(String, Int64)] = []
        var now = Moment(monotonic: 0, wall: Self.start)
        while now.monotonic < untilMs {
            switch poller.next(&writer, at: now, events: &events) {
            case .idle: Issue.record("nothing is to be done")
            case .wait(let ms): now = Moment(monotonic: now.monotonic + ms, wall: now.wall + ms)
            case .send(let request):
                asked.append((request.address, now.monotonic))
                poller.answered(answer(request.address, now.monotonic), at: now, into: &writer, events: &events)
            }
        }
        return asked
    }

    @Test("every market's chart comes before its first present price, and all requests together keep the plan's limit")
    func order() throws {
        let markets = (0..<8).map { CoinGecko.Market(coinID: "coin\($0)", symbol: "C\($0)-USD") }
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var written = 0
        let asked = run(CoinGecko(markets), untilMs: 600_000, into: &writer, events: &events) { address, now in
            guard address.contains("market_chart") else {
                let coins = markets.map {
                    #""\#($0.coinID)":{"usd":7,"last_updated_at":\#((Self.start + now) / 1000)}"#
                }
                return VenueResponse(status: 200, body: Array("{\(coins.joined(separator: ","))}".utf8))
            }
            let (body, prices) = Self.chart(count: 100, end: Self.start)
            written += prices.count
            return VenueResponse(status: 200, body: body)
        }
        #expect(asked.prefix(8).allSatisfy { $0.address.contains("market_chart") })
        #expect(asked.dropFirst(8).allSatisfy { $0.address.contains("simple/price") })
        for (_, ms) in asked { #expect(asked.count { (ms..<ms + 60_000).contains($0.ms) } <= 5) }
        #expect(events == markets.map { .filled(symbol: $0.symbol, trades: Int64(written / 8)) })
        for market in markets {
            let ticks = try writer.batch.ticks().filter { $0.series.symbol == market.symbol }
            let times = ticks.filter { $0.gap == nil }.map(\.eventTime)
            // Nobody watched from the chart's last price to the first present one.
            #expect(ticks.compactMap(\.gap).contains { $0.from == times[written / 8 - 1] && $0.reason == "start" })
            #expect(times == times.sorted() && Set(times).count == times.count && times.count > written / 8)
        }
    }

    @Test("charts that cannot be had are given up after two minutes, with the reason, and present prices come")
    func givenUp() throws {
        for (response, reason) in [
            (VenueResponse(status: 500, body: []), "HTTP status 500"),
            (VenueResponse(status: 200, body: Array("<html>".utf8)), "an answer that cannot be read"),
            (VenueResponse(status: 429, retryAfterMs: 34_000, body: []), "too many requests"),
        ] {
            var writer = TickWriter()
            var events: [FeedEvent] = []
            let good = Array(#"{"bitcoin":{"usd":1},"ethereum":{"usd":2}}"#.utf8)
            let asked = run(Self.venue, untilMs: 3_600_000, into: &writer, events: &events) { address, _ in
                address.contains("market_chart") ? response : VenueResponse(status: 200, body: good)
            }
            let charts = asked.filter { $0.address.contains("market_chart") }
            #expect(charts.count >= 3 && asked.count > 30)
            let present = try #require(asked.first { $0.address.contains("simple/price") })
            let last = try #require(charts.last)
            #expect(last.ms < 120_000 && last.ms < present.ms, "\(present.ms)")
            // The venue's wish is obeyed, whatever was asked.
            #expect(present.ms - last.ms < (response.status == 429 ? 60_000 : 20_000), "\(present.ms)")
            if response.status == 429 {
                #expect(zip(charts, charts.dropFirst()).allSatisfy { $1.ms - $0.ms >= 34_000 })
            }
            let unfilled = events.compactMap { event -> String? in
                if case .unfilled(let symbol, nil, _) = event { symbol } else { nil }
            }
            #expect(unfilled.sorted() == ["BTC-USD", "ETH-USD"])
            #expect(events.contains { if case .unfilled(_, _, let why) = $0 { why.contains(reason) } else { false } })
            #expect(!writer.batch.isEmpty)
        }
    }

    @Test("of many charts one that cannot be had holds back no other, and present prices for two minutes at most")
    func oneBad() throws {
        let markets = (0..<8).map { CoinGecko.Market(coinID: "coin\($0)", symbol: "C\($0)-USD") }
        var (writer, events) = (TickWriter(), [FeedEvent]())
        let asked = run(CoinGecko(markets), untilMs: 900_000, into: &writer, events: &events) { address, _ in
            if address.contains("coin3/market_chart") { return VenueResponse(status: 404, body: []) }
            let isChart = address.contains("market_chart")
            return VenueResponse(
                status: 200, body: isChart ? Self.chart(count: 100, end: Self.start).body : Array("{}".utf8))
        }
        #expect(events.count { if case .filled = $0 { true } else { false } } == 7)
        #expect(events.count { if case .unfilled("C3-USD", _, _) = $0 { true } else { false } } == 1)
        let lastGood = try #require(asked.last { $0.address.contains("coin7/market_chart") })
        let present = try #require(asked.first { $0.address.contains("simple/price") })
        #expect(present.ms > lastGood.ms && present.ms - lastGood.ms <= 120_000)
    }
}
