import CryptoCore
import Foundation
import ServiceKit
import ServiceRuntime
import TestSupport
import Testing

@Suite("A recorded day, played again")
struct ReplayedRunTests {
    /// Plays the recording and holds what comes of it against what was written live: the same bytes, series by series in order.
    private static func expectSame(_ live: [Tick], _ path: String) throws {
        let replay = try Bench(["--source", "replay", "--file", path, "--speed", "max"])
        replay.start()
        try replay.waitForEnd()
        let played = written(try replay.read(atLeast: live.count))
        let wanted = written(live)
        #expect(Set(played.keys) == Set(wanted.keys))
        for (series, wanted) in wanted {
            let played = played[series] ?? []
            #expect(played.count == wanted.count, "\(series)")
            if let index = zip(played, wanted).enumerated().first(where: { $1.0 != $1.1 })?.offset {
                Issue.record("\(series), tick \(index): \(played[index]), live \(wanted[index])")
            }
        }
    }

    private static func written(_ ticks: [Tick]) -> [String: [String]] {
        ticks.reduce(into: [:]) { written, tick in
            written[tick.series.description, default: []].append(String(decoding: tick.encoded(), as: UTF8.self))
        }
    }

    /// Runs the producer until every trade of the market is on Kafka or in a gap; `act` is what happens meanwhile.
    private func run(
        _ exchange: ExchangeSimulator, _ path: String, on earlier: Bench? = nil, _ act: () throws -> Void
    ) throws -> Bench {
        let source = exchange.venue.source
        let live = try Bench(
            [
                "--source", source, "--endpoint", "\(source)=\(exchange.url)", "--symbols", "BTC", "ETH", "--record",
                path,
            ],
            broker: earlier?.broker)
        exchange.market.setRate(perSecond: 200)
        live.start()
        #expect(waitUntil(seconds: 60) { exchange.isHeardWhole })
        try act()
        let before = exchange.market.count(of: 0)
        #expect(waitUntil(seconds: 60) { exchange.market.count(of: 0) > before + 20 })
        exchange.market.setRate(perSecond: 0)
        _ = try live.read { ticks in
            var judge = FeedJudge()
            for tick in ticks {
                judge.read(key: Array(tick.series.description.utf8), value: tick.encoded().span.bytes)
            }
            return judge.judge(exchange.venue, exchange.market).lost == 0
        }
        try live.finish()
        return live
    }

    @Test("prices of two sources and trades in one compressed recording: all of them are there again")
    func prices() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("day.jsonl.gz")
        let coins = try ExchangeSimulator(.coingecko, symbols: ["BTC-USD", "ETH-USD"], perSecond: 50, seed: 3)
        let binance = try ExchangeSimulator(.binance, symbols: ["BTC-USDT", "ETH-USDT"], perSecond: 50, seed: 4)
        defer {
            coins.stop()
            binance.stop()
        }
        let live = try Bench([
            "--source", "coingecko", "binance-24h", "binance", "--symbols", "BTC", "ETH", "--interval", "1s",
            "--backfill", "1h", "--endpoint", "coingecko=\(coins.url)", "binance-24h=\(binance.url)",
            "binance=\(binance.url)", "--record", path,
        ])
        live.start()
        _ = try live.read { all in
            let sources = Dictionary(grouping: all.filter { $0.gap == nil }) { $0.series.source }.mapValues(\.count)
            return sources["coingecko"] ?? 0 >= 10 && sources["binance-24h"] ?? 0 >= 4 && sources["binance"] ?? 0 >= 50
        }
        try live.finish()
        let ticks = try live.read(atLeast: Int(live.report.counts["ticks"] ?? 0))
        let metrics = live.context.metrics.render()
        #expect(metrics.contains("cryptostream_producer_recording 1"))
        #expect(!metrics.contains("cryptostream_producer_recorded_lines_total 0"))
        try Self.expectSame(ticks, path)
    }

    @Test("a file that is no recording is a usage error, and stays as it is")
    func notOurs() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("notes-\(UUID().uuidString)")
        try Data("mine".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let bench = try Bench([
            "--source", "bybit", "--endpoint", "bybit=ws://127.0.0.1:1", "--record", file.path,
        ])
        bench.start()
        #expect(
            throws: UsageError(
                "--record \(file.path) exists and it holds something that is no recording: name another file or remove it"
            )
        ) { try bench.waitForEnd() }
        #expect(try Data(contentsOf: file) == Data("mine".utf8))
    }

    private func strike(_ faults: [ExchangeFault], _ exchange: ExchangeSimulator) {
        for fault in faults {
            let before = exchange.market.count(of: 0)
            #expect(exchange.strike(fault))
            #expect(waitUntil(seconds: 60) { exchange.isHeardWhole && exchange.market.count(of: 0) > before + 20 })
        }
    }

    @Test(
        "faults, trades that were filled, and a second run in the same file: each series' ticks are those of the live runs",
        arguments: [SimulatedVenue.bybit, .binance, .coinbase, .kraken])
    func faults(venue: SimulatedVenue) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("day.jsonl")
        let exchange = try ExchangeSimulator(
            venue, symbols: ["BTC-\(venue.defaultQuote)", "ETH-\(venue.defaultQuote)"], perSecond: 200, seed: 7)
        defer { exchange.stop() }
        let first = try run(exchange, path) {
            let missing: [ExchangeFault] =
                venue.hasHistory ? [.missing(3), .restRefuse(status: 503, retryAfter: nil, times: 1), .missing(2)] : []
            strike([.halfJSON, .oldData(30), .timeTravel(30_000), .cut] + missing, exchange)
        }
        // What happens between the runs is asked for by the second one, where the venue has it.
        exchange.market.setRate(perSecond: 200)
        let before = exchange.market.count(of: 0)
        #expect(
            waitUntil(seconds: 60) {
                exchange.market.advance(toMs: Int64(Date().timeIntervalSince1970 * 1000))
                return exchange.market.count(of: 0) > before + 20
            })
        let second = try run(exchange, path, on: first) {}
        let count = [first, second].reduce(0) { $0 + ($1.report.counts["ticks"] ?? 0) }
        let ticks = try second.read(atLeast: Int(count))
        #expect(ticks.contains { $0.trade?.isBackfilled == true })
        try Self.expectSame(ticks, path)
    }
}

/// A folder that lives as long as the value.
final class TemporaryFolder {
    private let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("producer-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }
}
