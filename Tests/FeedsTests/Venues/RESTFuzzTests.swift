import CryptoCore
import TestSupport
import Testing

@testable import Feeds

@Suite("Answers nobody sent")
struct RESTFuzzTests {
    private static let histories: [(history: any TradeHistory, body: [UInt8])] = [
        (BinanceHistory(key: nil), Array(HistoryTests.binanceBody.utf8)),
        (CoinbaseHistory(), Array(HistoryTests.coinbaseBody.utf8)),
        (KrakenHistory(), Array(HistoryTests.krakenBody.utf8)),
    ]
    private static let statuses = [200, 200, 200, 200, 400, 403, 418, 429, 500, 503]

    @Test("an error is read from the body and its status, and from nothing deeper", arguments: [0, 1, 2, 1_000])
    func nesting(depth: Int) {
        let body =
            String(repeating: #"{"status":"#, count: depth) + #"{"error_code":429,"error_message":"slowly"}"#
            + String(repeating: "}", count: depth)
        let problem = VenueResponse(status: 400, body: Array(body.utf8)).problem
        #expect(problem == (depth < 2 ? .init(code: 429, text: "slowly") : nil))
    }

    @Test("changed and random bytes never trap, and every tick that comes of them is well-formed")
    func fuzz() throws {
        var rng = SplitMix64(seed: 11)
        var writer = TickWriter()
        writer.encoder.keepsIngestPlausible = true
        var venues = PriceVenues()
        let page = HistoryPage(symbol: "BTC-USDT", first: 5, sinceMs: 0)
        for round in 0..<FrameFuzzTests.rounds {
            let status = Self.statuses[Int.random(in: 0..<Self.statuses.count, using: &rng)]
            switch round % 4 {
            case 0:
                let (history, body) = Self.histories[round / 4 % Self.histories.count]
                let response = VenueResponse(status: status, body: Mutation.of(body, &rng))
                Self.write(try? history.decode(response, page), response, into: &writer)
            case 1:
                let (lister, body) = MarketBodies.all[round / 4 % MarketBodies.all.count]
                _ = try? lister.decode(VenueResponse(status: status, body: Mutation.of(Array(body.utf8), &rng)))
            case 2: try Self.recall(status, Mutation.of(Array(BybitRecentTradesTests.body.utf8), &rng))
            default: venues.decode(status, &rng, into: &writer)
            }
            for entry in writer.batch.entries { #expect(throws: Never.self) { try writer.batch.tick(entry) } }
            writer.batch.removeAll()
        }
    }

    /// Writes what was decoded, as a feed would.
    private static func write(_ answer: HistoryAnswer?, _ response: VenueResponse, into writer: inout TickWriter) {
        guard case .trades(let trades, _)? = answer else { return }
        #expect(zip(trades, trades.dropFirst()).allSatisfy { $0.id < $1.id })
        let id = writer.series.intern(Series(source: "fuzz", symbol: "BTC-USDT"))
        let body = response.body
        for trade in trades { _ = writer.add(trade.fields, of: id, ingestTime: Frames.receivedMs, body.span.bytes) }
    }

    /// Hands an answer to a filler that waits for it.
    private static func recall(_ status: Int, _ body: [UInt8]) throws {
        var recaller = Recaller(BybitBook(.spot), after: BybitRecentTradesTests.first)
        recaller.open()
        recaller.clockMs += 1_500
        #expect(try recaller.step() != nil)
        recaller.answer(VenueResponse(status: status, body: body))
        try recaller.send()
        #expect(recaller.ids.count <= 3)
    }

    /// The venues that give prices, with good answers.
    private struct PriceVenues {
        private var tickers = BinanceTickers(.top(3, quote: "USDT"))
        private var coinGecko = CoinGecko([CoinGeckoTests.bitcoin])

        mutating func decode(_ status: Int, _ rng: inout SplitMix64, into writer: inout TickWriter) {
            let time = Int64.random(in: 1...1_700_000_000_000, using: &rng)
            switch UInt8.random(in: 0..<3, using: &rng) {
            case 0:
                let body = PastPricesTests.chart(count: 4, end: time).body
                _ = try? coinGecko.decodePast(
                    VenueResponse(status: status, body: Mutation.of(body, &rng)), "BTC-USD", sinceMs: 0,
                    receivedMs: Frames.receivedMs, into: &writer)
            case 1:
                let body = "[\(BinanceTickersTests.ticker("BTCUSDT", time: time))]"
                _ = try? tickers.decode(
                    VenueResponse(status: status, body: Mutation.of(Array(body.utf8), &rng)), [],
                    receivedMs: Frames.receivedMs, into: &writer)
            default:
                let body = #"{"bitcoin":{"usd":49357,"usd_24h_vol":1.5e9,"last_updated_at":\#(time / 1000)}}"#
                _ = try? coinGecko.decode(
                    VenueResponse(status: status, body: Mutation.of(Array(body.utf8), &rng)), ["BTC-USD"],
                    receivedMs: Frames.receivedMs, into: &writer)
            }
        }
    }
}

/// Bytes that were damaged on their way.
enum Mutation {
    /// `bytes` with a few of them changed, dropped, doubled or replaced, cut off, or something else entirely.
    static func of(_ bytes: [UInt8], _ rng: inout SplitMix64) -> [UInt8] {
        if UInt8.random(in: 0..<20, using: &rng) == 0 {
            return (0..<Int.random(in: 0..<80, using: &rng)).map { _ in UInt8.random(in: .min ... .max, using: &rng) }
        }
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &rng) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &rng)
            switch UInt8.random(in: 0..<6, using: &rng) {
            case 0: bytes[at] = UInt8.random(in: .min ... .max, using: &rng)
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &rng)], at: at)
            case 3: bytes.insert(contentsOf: Array("99999999999999999999".utf8), at: at)
            case 4: if UInt8.random(in: 0..<8, using: &rng) == 0 { bytes.removeSubrange(at...) }
            default: bytes[at] = Array("0123456789\"{}[]:,\\-.eTZ".utf8).randomElement(using: &rng)!  // not empty
            }
        }
        return bytes
    }
}
