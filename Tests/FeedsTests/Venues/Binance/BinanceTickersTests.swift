import CryptoCore
import Feeds
import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("24 h tickers of Binance", .waiting)
struct BinanceTickersTests {
    static let start: Int64 = 1_790_000_000_000

    /// A ticker as the venue writes it.
    static func ticker(_ name: String, price: String = "2.5", volume: String = "10", time: Int64, count: Int = 7)
        -> String
    {
        #"{"symbol":"\#(name)","priceChangePercent":"-2.427","lastPrice":"\#(price)","bidPrice":"2.4","askPrice":"0.00000000","volume":"1","quoteVolume":"\#(volume)","openTime":1,"closeTime":\#(time),"firstId":1,"lastId":2,"count":\#(count)}"#
    }

    private func decode(
        _ venue: inout BinanceTickers, _ body: String, _ question: [String], status: Int = 200,
        into writer: inout TickWriter
    ) throws -> PriceAnswer {
        try venue.decode(
            VenueResponse(status: status, body: Array(body.utf8)), question, receivedMs: Self.start, into: &writer)
    }

    @Test("a ticker becomes a quote: last price, bid, ask, change in percent, turnover, at its closing time")
    func quote() throws {
        var venue = BinanceTickers(.symbols(["BTC-USDT"]))
        var writer = TickWriter()
        let body = Self.ticker("BTCUSDT", time: Self.start - 500)
        for body in [body, "[\(body)]"] {
            writer = TickWriter()
            #expect(try decode(&venue, body, ["BTC-USDT"], into: &writer) == .prices(new: 1, missing: []))
            let quote = Tick.Quote(price: 2.5, bid: 2.4, change24hPct: -2.427, volume24h: 10)
            #expect(
                try writer.batch.ticks() == [
                    Tick(
                        series: Series(source: "binance-24h", symbol: "BTC-USDT"), kind: .quote(quote),
                        eventTime: Self.start - 500, ingestTime: Self.start)
                ])
        }
        // The same again is not new.
        #expect(try decode(&venue, body, ["BTC-USDT"], into: &writer) == .prices(new: 0, missing: []))
    }

    @Test("symbols without a ticker, without trades, without a price or of the far future are missing")
    func missing() throws {
        var venue = BinanceTickers(.symbols(["A-USDT", "B-USDT", "C-USDT", "D-USDT", "E-USDT"]))
        var writer = TickWriter()
        let body = [
            Self.ticker("AUSDT", time: Self.start), Self.ticker("BUSDT", time: Self.start, count: 0),
            Self.ticker("CUSDT", price: "0.00000000", time: Self.start),
            Self.ticker("DUSDT", time: Self.start + 61_000),
        ].joined(separator: ",")
        let question = ["A-USDT", "B-USDT", "C-USDT", "D-USDT", "E-USDT"]
        #expect(
            try decode(&venue, "[\(body)]", question, into: &writer)
                == .prices(new: 1, missing: ["B-USDT", "C-USDT", "D-USDT", "E-USDT"]))
    }

    @Test(
        "the pairs with the largest turnover are those that sorting finds, and stay once they were",
        arguments: UInt64(0)..<20)
    func top(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        var venue = BinanceTickers(.top(50, quote: "USDT"))
        #expect(venue.questions == [[]] && venue.symbols(of: []) == [])
        var followed: Set<String> = []
        for round in 1...4 {
            var rows: [(name: String, volume: Double, count: Int)] = []
            for n in 0..<300 {
                let quote = ["USDT", "USDC", "BTC"].randomElement(using: &rng) ?? ""
                let volume = Double(Int.random(in: 0..<1_000_000, using: &rng))
                rows.append(("C\(n)\(n % 3 == 0 ? "USDT" : quote)", volume, Int.random(in: 0..<5, using: &rng)))
            }
            let body = rows.map {
                Self.ticker($0.name, volume: "\($0.volume)", time: Self.start + Int64(round), count: $0.count)
            }
            .joined(separator: ",")
            var writer = TickWriter()
            _ = try decode(&venue, "[\(body)]", [], into: &writer)
            let alive = rows.filter { $0.count > 0 && $0.name.hasSuffix("USDT") }
            let best = alive.sorted { $0.volume > $1.volume }.prefix(50).map { "\($0.name.dropLast(4))-USDT" }
            followed.formUnion(best)
            let now = Set(alive.map { "\($0.name.dropLast(4))-USDT" })
            let all = try writer.batch.ticks()
            let ticks = all.filter { $0.gap == nil }
            // The minute in which a pair is first seen is not whole.
            #expect(all.compactMap(\.gap).allSatisfy { $0.reason == "start" } && all.count > ticks.count)
            #expect(ticks.count == followed.intersection(now).count)
            #expect(Set(ticks.map(\.series.symbol)) == followed.intersection(now))
            if round == 1 { #expect(ticks.map(\.series.symbol) == Array(best)) }
            #expect(Set(venue.symbols(of: [])) == followed)
        }
    }

    @Test("named pairs are asked for 20 at a time, which costs 2; all of them without a name")
    func requests() {
        let symbols = (0..<45).map { "C\($0)-USDT" }
        let venue = BinanceTickers(.symbols(symbols))
        #expect(venue.questions.map(\.count) == [20, 20, 5] && venue.questions.flatMap { $0 } == symbols)
        #expect(
            venue.request(["BTC-USDT", "ETH-BTC"]).address
                == "https://api.binance.com/api/v3/ticker/24hr?symbols=%5B%22BTCUSDT%22%2C%22ETHBTC%22%5D")
        #expect(
            BinanceTickers(.top(50, quote: "USDT")).request([]).address
                == "https://api.binance.com/api/v3/ticker/24hr")
    }

    @Test("the weight of any minute, with past trades being filled beside it, stays below what the venue takes")
    func weight() {
        let history = (60_000 / BinanceHistory(key: nil).spacingMs + 1) * 25
        for (selection, cost) in [(BinanceTickers.Selection.top(50, quote: "USDT"), Int64(80)), (.symbols(["A-B"]), 2)]
        {
            #expect((60_000 / BinanceTickers(selection).spacingMs + 1) * cost + history <= 6000)
        }
    }

    @Test(
        "a symbol that the venue refuses is found among the others, which go on; it is asked for again each hour",
        arguments: UInt64(0)..<20)
    func refusedSymbol(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let symbols = (0..<30).map { "C\($0)-USDT" }
        let bad = Set(symbols.shuffled(using: &rng).prefix(Int.random(in: 1...3, using: &rng)))
        var poller = PricePoller(BinanceTickers(.symbols(symbols)), seed: seed)
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var now: Int64 = 0
        var answered: [String: Int] = [:]
        var badAsked = 0
        while now < 2 * 3_600_000 {
            switch poller.next(nowMs: now) {
            case .wait(let ms): now += ms
            case .idle: Issue.record("nothing is to be done")
            case .send(let request):
                let asked = symbols.filter { request.address.contains("%22\($0.replacing("-", with: ""))%22") }
                if asked.contains(where: bad.contains) {
                    if asked.count == 1 { badAsked += 1 }
                    let body = Array(#"{"code":-1121,"msg":"Invalid symbol."}"#.utf8)
                    poller.answered(
                        VenueResponse(status: 400, body: body), at: Moment(monotonic: now, wall: Self.start + now),
                        into: &writer,
                        events: &events)
                } else {
                    for symbol in asked { answered[symbol, default: 0] += 1 }
                    let body = asked.map { Self.ticker($0.replacing("-", with: ""), time: Self.start + now) }
                    poller.answered(
                        VenueResponse(status: 200, body: Array("[\(body.joined(separator: ","))]".utf8)),
                        at: Moment(monotonic: now, wall: Self.start + now), into: &writer, events: &events)
                }
            }
        }
        let refused = events.compactMap { if case .refused(let symbol, _) = $0 { symbol } else { nil } }
        #expect(Set(refused) == bad && refused.count == bad.count)
        #expect(badAsked == 2 * bad.count)
        #expect(Set(answered.keys) == Set(symbols).subtracting(bad))
        #expect(answered.values.allSatisfy { $0 >= 118 })
    }

    @Test("what is refused for another reason than a symbol is tried again whole")
    func otherRefusals() throws {
        var venue = BinanceTickers(.symbols(["A-USDT", "B-USDT"]))
        var writer = TickWriter()
        let question = ["A-USDT", "B-USDT"]
        for (status, body) in [(403, "<html>"), (451, #"{"code":0,"msg":"restricted location"}"#), (500, "")] {
            guard case .refused(.failed) = try decode(&venue, body, question, status: status, into: &writer) else {
                Issue.record("\(status)")
                continue
            }
        }
        #expect(
            try decode(&venue, "", question, status: 418, into: &writer) == .refused(.rateLimited(waitMs: nil)))
        #expect(throws: DecodeError.self) { try decode(&venue, "<html>", question, into: &writer) }
        #expect(throws: DecodeError.self) { try decode(&venue, "[{}]", question, into: &writer) }
        #expect(writer.batch.isEmpty)
    }

    @Test(
        "recorded answers decode as their own numbers say",
        .enabled(if: SharedData.isPresent, "skipped: the recordings are not there (CRYPTO_SHARED)"))
    func recorded() throws {
        let answers = try RecordedREST.binance().filter { $0.path == "/api/v3/ticker/24hr" }
        #expect(answers.count == 5)
        for answer in answers {
            let rows = answer.object as? [[String: Any]] ?? [answer.object as? [String: Any] ?? [:]]
            let names = rows.compactMap { $0["symbol"] as? String }
            let symbols = names.map { NameSplitter().split($0).symbol ?? $0 }
            var venue = BinanceTickers(.symbols(symbols))
            var writer = TickWriter()
            let result = try venue.decode(
                VenueResponse(status: 200, body: answer.body), symbols, receivedMs: Self.start, into: &writer)
            let idle = rows.filter { $0["count"] as? Int == 0 || Double($0["lastPrice"] as? String ?? "") == 0 }
            guard case .prices(let new, let missing) = result else {
                Issue.record("\(result)")
                continue
            }
            #expect(new == rows.count - idle.count && missing.count == idle.count)
            for tick in try writer.batch.ticks() {
                let row = try #require(rows.first { $0["symbol"] as? String == tick.series.base + tick.series.quote })
                guard case .quote(let quote) = tick.kind else { continue }
                #expect(tick.eventTime == row["closeTime"] as? Int64)
                #expect(quote.price == Double(row["lastPrice"] as? String ?? ""))
                #expect(quote.change24hPct == Double(row["priceChangePercent"] as? String ?? ""))
                #expect(quote.volume24h == Double(row["quoteVolume"] as? String ?? ""))
            }
        }
    }
}
