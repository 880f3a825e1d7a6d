import CryptoCore
import Foundation
import ServiceKit
import ServiceRuntime
import Synchronization
import System
import TestSupport
import TestTraits
import Testing

@Suite("The producer on exchanges that misbehave", .waiting)
struct ExchangeTests {
    private func bench(_ venue: SimulatedVenue, _ url: String, symbols: [String] = ["BTC", "ETH"]) throws -> Bench {
        try Bench(
            ["--source", venue.source, "--endpoint", "\(venue.source)=\(url)", "--symbols"] + symbols)
    }

    private func exchange(_ venue: SimulatedVenue) throws -> ExchangeSimulator {
        try ExchangeSimulator(
            venue, symbols: ["BTC-\(venue.defaultQuote)", "ETH-\(venue.defaultQuote)"], perSecond: 200, seed: 7)
    }

    @Test("where nobody speaks TLS it keeps trying, and says so", arguments: SimulatedVenue.trading)
    func noTLS(venue: SimulatedVenue) throws {
        let attempts = Atomic(0)
        let server = try LoopbackServer(
            greet: { connection in
                attempts.wrappingAdd(1, ordering: .relaxed)
                try connection.reply(400, "this is no TLS")
                connection.finish()
            }, { _, _ in })
        defer { server.stop() }
        let bench = try bench(venue, "https://127.0.0.1:\(server.port)")
        bench.start()
        #expect(waitUntil(seconds: 60) { attempts.load(ordering: .relaxed) >= 3 })
        #expect(waitUntil(seconds: 60) { bench.context.health.reasons[venue.source] != nil })
        #expect(!bench.context.health.isReady && bench.isRunning)
        try bench.finish()
    }

    @Test(
        "429 with Retry-After is obeyed, and a page in the venue's place waited out", arguments: SimulatedVenue.trading)
    func atTheDoor(venue: SimulatedVenue) throws {
        let exchange = try exchange(venue)
        defer { exchange.stop() }
        exchange.strike(.refuse(status: 429, retryAfter: 2, times: 1))
        exchange.strike(.page)
        let bench = try bench(venue, exchange.url)
        bench.start()
        _ = try bench.read { $0.contains { $0.trade != nil } }
        try bench.finish()
        #expect(exchange.handshakes >= 3)
        #expect(exchange.impatient == 0)
    }

    @Test(
        "cut, half frames, wrong JSON, rubbish, repeats and lost frames: every trade once, or in a gap",
        arguments: SimulatedVenue.trading)
    func faults(venue: SimulatedVenue) throws {
        let exchange = try exchange(venue)
        defer { exchange.stop() }
        let bench = try bench(venue, exchange.url)
        bench.start()
        #expect(waitUntil(seconds: 60) { exchange.isHeardWhole })
        var faults: [ExchangeFault] = [
            .rubbish, .oldData(30), .doubled(2), .timeTravel(30_000), .cut, .halfJSON, .halfFrame,
        ]
        if venue.hasHistory { faults += [.missing(3)] }
        for fault in faults {
            let before = exchange.market.count(of: 0)
            #expect(exchange.strike(fault))
            // Until trades have come after it, on a line that stands.
            #expect(waitUntil(seconds: 60) { exchange.isHeardWhole && exchange.market.count(of: 0) > before + 20 })
        }
        let before = exchange.market.count(of: 0)
        #expect(waitUntil(seconds: 60) { exchange.market.count(of: 0) > before + 20 })
        exchange.market.setRate(perSecond: 0)
        var findings: [String] = []
        _ = try bench.read { ticks in
            var judge = FeedJudge()
            for tick in ticks {
                judge.read(key: Array(tick.series.description.utf8), value: tick.encoded().span.bytes)
            }
            let row = judge.judge(venue, exchange.market)
            findings = judge.findings
            return row.lost == 0
        }
        try bench.finish()
        #expect(findings.isEmpty)
    }

    @Test("of two endpoints one is for the socket, the other for what is asked over HTTP")
    func twoEndpoints() throws {
        let (stream, rest) = (try exchange(.kraken), try exchange(.kraken))
        defer { for exchange in [stream, rest] { exchange.stop() } }
        let bench = try Bench([
            "--source", "kraken", "--symbols", "BTC", "--endpoint", "kraken=http://127.0.0.1:\(rest.port)",
            "kraken=ws://127.0.0.1:\(stream.port)",
        ])
        bench.start()
        _ = try bench.read { $0.contains { $0.trade != nil } }
        try bench.finish()
        #expect(stream.handshakes > 0 && stream.answers == 0)
        #expect(rest.handshakes == 0 && rest.answers > 0)
    }

    @Test(
        "OKX is asked for more than its newest 500 trades: a burst while nobody listened leaves no gap",
        arguments: [SimulatedVenue.okx, .okxSwap])
    func burst(venue: SimulatedVenue) throws {
        let exchange = try exchange(venue)
        defer { exchange.stop() }
        let bench = try bench(venue, exchange.url)
        bench.start()
        #expect(waitUntil(seconds: 60) { exchange.isHeardWhole })
        _ = try bench.read { $0.contains { $0.trade != nil && $0.series.symbol == "BTC-USDT" } }
        exchange.market.setRate(perSecond: 20)
        exchange.strike(.refuse(status: 503, retryAfter: 1, times: 1))
        #expect(exchange.strike(.cut))
        #expect(waitUntil(seconds: 60) { !exchange.isHeardWhole })
        exchange.market.burst(1_500, of: 0, atMs: SystemClock().wallMs())
        #expect(waitUntil(seconds: 60) { exchange.isHeardWhole })
        exchange.market.setRate(perSecond: 0)
        let ticks = try bench.read { ticks in
            ticks.count { $0.trade != nil && $0.series.symbol == "BTC-USDT" }
                >= exchange.market.count(of: 0) - (exchange.market.heardFrom(of: 0) ?? 0)
        }
        try bench.finish()
        let told = ticks.filter { $0.series.symbol == "BTC-USDT" }.compactMap(\.trade)
        let happened = exchange.market.trades(of: 0, from: exchange.market.heardFrom(of: 0) ?? 0)
        #expect(told.map(\.tradeID).suffix(happened.count) == happened.map { "\($0.id)" }[...])
        #expect(told.count(where: \.isBackfilled) > 1_400)
    }

    @Test("where a list that came late has nothing that is wanted, the producer ends with what is wrong")
    func listedLate() throws {
        let asked = Atomic(0)
        let list =
            #"{"code":"0","msg":"","data":[{"instId":"BTC-USD-SWAP","ctMult":"1","ctVal":"100","ctValCcy":"USD","state":"live"}]}"#
        let server = try LoopbackServer { _, connection in
            let isFirst = asked.wrappingAdd(1, ordering: .relaxed).oldValue == 0
            try connection.reply(isFirst ? 503 : 200, isFirst ? "<html>" : list)
        }
        defer { server.stop() }
        let bench = try bench(.okxSwap, server.url(), symbols: ["ETHH", "BTC-USD"])
        bench.start()
        let error = #expect(throws: UsageError.self) { try bench.waitForEnd() }
        #expect(
            error?.problems == [
                "--symbols ETHH: okx-swap has no such market; see --list-symbols okx-swap",
                "--symbols BTC-USD: okx-swap BTC-USD cannot be had: its contracts are in USD, not in BTC",
            ])
    }

    @Test("a symbol that the exchange does not have ends it with its name", arguments: SimulatedVenue.trading)
    func unknownSymbol(venue: SimulatedVenue) throws {
        let exchange = try exchange(venue)
        defer { exchange.stop() }
        let bench = try bench(venue, exchange.url, symbols: ["BTC", "ETHH"])
        bench.start()
        let error = #expect(throws: UsageError.self) { try bench.waitForEnd() }
        #expect(error?.problems.contains { $0.contains("ETHH") } == true)
    }
}
