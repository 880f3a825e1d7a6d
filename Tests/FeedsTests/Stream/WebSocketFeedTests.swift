import CryptoCore
import Feeds
import Foundation
import NetClient
import System
import TestSupport
import TestTraits
import Testing

@Suite("A feed against an exchange that misbehaves", .waiting)
struct WebSocketFeedTests {
    /// Short waits, so that the test need not.
    private static let limits = StreamSupervisor<Bybit>.Limits(
        silenceMs: 700, dataSilenceMs: 700, connectMs: 5_000)
    private static let policy = ReconnectPolicy(
        initialDelayMs: 2, maximumDelayMs: 20, healthyAfterMs: 60_000, minimumSpacingMs: 1)

    /// What came of polling a feed until the simulator has said everything.
    private struct Outcome {
        var ticks: [Tick] = []
        var events: [FeedEvent] = []
    }

    private func run(_ simulator: BybitSimulator, symbols: [String]) throws -> Outcome {
        let server = try LoopbackServer { try simulator.serve($0, $1) }
        defer { server.stop() }
        var writer = TickWriter(remembering: 1 << 16)
        let session = SubscriptionSession(Bybit(.spot, anySymbol: false), symbols: symbols, writer: &writer)
        for index in 0..<writer.series.count { writer.gaps.open(SeriesID(index: Int32(index)), .start) }
        var feed = WebSocketFeed(
            StreamSupervisor(session, limits: Self.limits, policy: Self.policy),
            endpoint: try Endpoint(parsing: server.url("/bybit")), clock: SystemClock())
        var outcome = Outcome()
        let deadline = Date().addingTimeInterval(60)
        var quiet = 0
        while quiet < 20, Date() < deadline {
            _ = feed.poll(waitMs: 10, into: &writer, events: &outcome.events)
            quiet = simulator.isAtEnd && writer.batch.isEmpty ? quiet + 1 : 0
            outcome.ticks += try writer.batch.ticks()
            writer.batch.removeAll()
        }
        #expect(simulator.isAtEnd)
        return outcome
    }

    @Test(
        "every trade that happened is there exactly once, or lies inside a gap",
        arguments: [
            [BybitSimulator.Ending.stay], [.cut, .stay], [.halfFrame, .stay], [.halfJSON, .stay], [.rubbish, .stay],
            [.stall, .stay], [.silent, .stay], [.refuse(status: 503), .refuse(status: 429), .stay],
            [.cut, .rubbish, .halfJSON, .stall, .refuse(status: 502), .halfFrame, .cut, .cut, .halfJSON, .stay],
        ])
    func nothingIsLostSilently(endings: [BybitSimulator.Ending]) throws {
        let simulator = BybitSimulator(symbols: ["BTCUSDT", "ETHUSDT"], endings: endings, tradesEach: 50)
        let outcome = try run(simulator, symbols: ["BTC-USDT", "ETH-USDT"])
        let trades = outcome.ticks.compactMap { tick in tick.trade.map { (tick.series, $0.tradeID) } }
        let ids = trades.map(\.1)
        #expect(Set(ids).count == ids.count)
        let known = Set(ids)
        let gaps = outcome.ticks.compactMap { tick in tick.gap.map { (tick.series, $0) } }
        for trade in simulator.happened where !known.contains(trade.id) {
            let symbol = trade.symbol == "BTCUSDT" ? "BTC-USDT" : "ETH-USDT"
            let isCovered = gaps.contains { series, gap in
                series.symbol == symbol && gap.from <= trade.time && trade.time <= gap.to
            }
            // The record of a series begins with the minute of its first trade; nothing is said of earlier ones.
            let first = outcome.ticks.first { $0.series.symbol == symbol && $0.trade != nil }?.eventTime ?? 0
            let isEarlier = trade.time < first - first % 60_000
            #expect(isCovered || isEarlier, "trade \(trade.id) of \(trade.time) is nowhere")
        }
        // Everything that the last connection sent is there: one trade before the answer, the others after it.
        #expect(known.isSuperset(of: simulator.happened.suffix(50).map(\.id)))
        #expect(simulator.connections >= endings.count)
        // All refused connections apart, each one subscribed everything anew.
        for text in simulator.subscriptions {
            #expect(text.contains("publicTrade.BTCUSDT") && text.contains("publicTrade.ETHUSDT"))
        }
    }

    @Test("gaps say why: the first one start, then disconnect, silent or malformed")
    func reasons() throws {
        for (ending, reason) in [
            (BybitSimulator.Ending.cut, "disconnect"), (.stall, "silent"), (.halfJSON, "malformed"),
        ] {
            let simulator = BybitSimulator(symbols: ["BTCUSDT"], endings: [ending, .stay], tradesEach: 10)
            let outcome = try run(simulator, symbols: ["BTC-USDT"])
            let reasons = outcome.ticks.compactMap(\.gap?.reason)
            #expect(reasons.contains(reason))
            #expect(reasons.filter { $0 == "start" }.count <= 1)
        }
    }

    @Test("the address that it says it is connected to is the one that it uses")
    func address() throws {
        let simulator = BybitSimulator(symbols: ["BTCUSDT"], endings: [.stay], tradesEach: 1)
        let events = try run(simulator, symbols: ["BTC-USDT"]).events
        let addresses = events.compactMap { if case .connected(let address) = $0 { address } else { nil } }
        #expect(addresses.count == 1)
        #expect(addresses.allSatisfy { $0.hasPrefix("ws://127.0.0.1:") && $0.hasSuffix("/bybit/v5/public/spot") })
    }
}
