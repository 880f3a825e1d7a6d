import Feeds
import Foundation
import NetClient
import ServiceKit
import System
import TestSupport
import Testing

@testable import ProducerService

@Suite("Which sources and symbols there are")
struct SymbolListTests {
    /// A venue with these markets of Bybit, and coins of CoinGecko and CoinCap.
    private static func venue() throws -> LoopbackServer {
        try LoopbackServer { request, connection in
            switch request.path {
            case "/v5/market/instruments-info":
                let pairs = [("SOL", "USDT"), ("BTC", "USDT"), ("BTC", "USDC"), ("ETH", "BTC")]
                let rows = pairs.map {
                    #"{"symbol":"\#($0.0)\#($0.1)","baseCoin":"\#($0.0)","quoteCoin":"\#($0.1)","status":"Trading"}"#
                }
                let closed = #"{"symbol":"LUNAUSDT","baseCoin":"LUNA","quoteCoin":"USDT","status":"Closed"}"#
                try connection.reply(
                    200, #"{"retCode":0,"result":{"list":[\#((rows + [closed]).joined(separator: ","))]}}"#)
            case "/api/v3/coins/list": try connection.reply(200, #"[{"id":"bitcoin"},{"id":"ethereum"}]"#)
            case "/v3/assets": try connection.reply(401, #"{"error":"Unauthorized"}"#)
            case "/0/public/AssetPairs": try connection.reply(200, #"{"error":[],"result":{}}"#)
            default: try connection.reply(503, "<html>")
            }
        }
    }

    /// These words wanted of a venue, coins by their ids.
    private static func wanted(_ venue: Venue, _ words: [String], _ endpoint: Endpoint) -> ProducerPlan.VenueSource {
        let items = words.map { VenueOrder.Item(word: $0, market: ListedMarket($0)) }
        return .init(venue: venue, order: VenueOrder(items), endpoint: endpoint)
    }

    /// What the producer answers; nil when it would run.
    private static func answer(_ arguments: [String]) throws -> String? {
        switch CommandLineParser.parse(ProducerCommand.spec, arguments: arguments) {
        case .run: return nil
        case .answer(let answer): return try answer(StopFlag())
        case .usage(let problems): throw UsageError(problems)
        case .show(let text): throw UsageError(text)
        }
    }

    @Test("every source stands in the table with what it gives, one line each, without a broker or a network")
    func sources() throws {
        let text = try #require(try Self.answer(["--list-sources"]))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == SourceName.allCases.count + 2 && lines.last == "")
        for (line, source) in zip(lines.dropFirst(), SourceName.allCases) {
            #expect(line.hasPrefix(source.rawValue + " ") && !line.hasSuffix(" ") && line.count <= 120)
        }
        #expect(text.contains("COINGECKO_DEMO_API_KEY") && text.contains("binance-24h"))
        // A source without an address lists nothing.
        #expect(throws: UsageError.self) { try Self.answer(["--list-symbols", "replay"]) }
        #expect(try Self.answer([]) == nil)
    }

    @Test("a venue's open markets come sorted, one a line, through --endpoint, whatever --source says")
    func symbols() throws {
        let server = try Self.venue()
        defer { server.stop() }
        let arguments = ["--list-symbols", "bybit", "--endpoint", "bybit=\(server.url())"]
        #expect(try Self.answer(arguments) == "BTC-USDC\nBTC-USDT\nETH-BTC\nSOL-USDT\n")
    }

    @Test("a list that cannot be had is an error that says why")
    func unreachable() throws {
        let server = try Self.venue()
        defer { server.stop() }
        for (source, reason) in [
            ("coinbase", "HTTP status 503"), ("coincap", "it answers only to a key; set COINCAP_API_KEY"),
        ] {
            let arguments = ["--list-symbols", source, "--endpoint", "\(source)=\(server.url())"]
            #expect(throws: MarketLookup.Failure(source: source, reason: reason)) {
                try Self.answer(arguments)
            }
        }
        let nowhere = ["--list-symbols", "kraken", "--endpoint", "kraken=http://127.0.0.1:1"]
        #expect(throws: MarketLookup.Failure.self) { try Self.answer(nowhere) }
    }

    @Test("a symbol that a venue lacks is one line with what may have been meant, for every source at once")
    func check() throws {
        let server = try Self.venue()
        defer { server.stop() }
        let here = try Endpoint(parsing: server.url())
        let findings = SymbolCheck.findings(
            [
                Self.wanted(.bybit, ["BTC-USDX", "BTC-USDT", "LUNA-USDT", "QWERTY-GBP"], here),
                Self.wanted(.coingecko, ["bitconi", "ethereum"], here),
                Self.wanted(.kraken, ["BTC-USD"], here),
                Self.wanted(.binance, ["BTC-USDT"], here),
                Self.wanted(.coinbase, [], here),
            ], coins: Coins(), deadlineMs: 30_000, until: { false })
        #expect(
            findings.problems == [
                "--symbols BTC-USDX: bybit has no such market; near: BTC-USDT, BTC-USDC",
                "--symbols QWERTY-GBP: bybit has no such market; see --list-symbols bybit",
                "--symbols bitconi: coingecko has no such coin; near: bitcoin",
            ])
        #expect(
            findings.warnings == [
                "bybit does not trade LUNA-USDT now", "the list of kraken is empty",
                "the markets of binance cannot be had: HTTP status 503",
            ])
        #expect(!server.requests.contains { $0.path == "/products" })
    }

    @Test("a venue that says nothing holds the start up no longer than the deadline, and is a warning")
    func silent() throws {
        let server = try LoopbackServer { _, connection in connection.stall() }
        defer { server.stop() }
        let wanted = [Self.wanted(.bybit, ["BTC-USDT"], try Endpoint(parsing: server.url()))]
        let findings = SymbolCheck.findings(wanted, coins: Coins(), deadlineMs: 300, until: { false })
        #expect(findings.problems.isEmpty)
        #expect(findings.warnings == ["the markets of bybit cannot be had: no whole answer within 300 ms"])
        #expect(findings.orders.map(\.symbols) == [["BTC-USDT"]])
        #expect(
            SymbolCheck.findings(wanted, coins: Coins(), until: { true }).warnings
                == ["the markets of bybit cannot be had: stopped"])
    }
}
