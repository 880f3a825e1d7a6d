import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import Feeds

/// Only words about the market are a verdict; whatever is wanted and does not stand is a gap.
@Suite("Subscriptions that are not taken")
struct RefusedSubscriptionTests {
    private static let wall: Int64 = 1_790_000_012_000

    private func at(_ ms: Int64) -> Moment { Moment(monotonic: ms, wall: Self.wall + ms) }

    /// A session with what it has said so far, second by second.
    private struct Bench<Venue: StreamVenue> {
        var writer = TickWriter(remembering: 100)
        var events: [FeedEvent] = []
        var session: SubscriptionSession<Venue>
        var nowMs: Int64 = 0

        init(_ venue: Venue, _ symbols: [String]) {
            session = SubscriptionSession(venue, symbols: symbols, writer: &writer)
        }

        private var now: Moment { Moment(monotonic: nowMs, wall: RefusedSubscriptionTests.wall + nowMs) }

        mutating func open() -> [String] { session.opened(at: now) }

        mutating func receive(_ frame: String) throws -> [String] {
            try session.received(Array(frame.utf8).span.bytes, at: now, into: &writer, events: &events)
        }

        /// What is sent until `ms`, and when.
        mutating func pass(until ms: Int64) -> [(ms: Int64, text: String)] {
            var sent: [(Int64, String)] = []
            while nowMs < ms {
                nowMs += 100
                sent += session.elapsed(at: now, into: &writer, events: &events).map { (nowMs, $0) }
            }
            return sent.filter { !$0.1.contains("ping") }
        }

        var gaps: [Tick.Gap] { (try? writer.batch.ticks().compactMap(\.gap)) ?? [] }
    }

    private func bybit(_ words: String, to request: String) -> String {
        let id = request.firstMatch(of: /"req_id":"(\d+)"/)?.1 ?? ""
        return #"{"success":false,"ret_msg":"\#(words)","conn_id":"x","req_id":"\#(id)","op":"subscribe"}"#
    }

    @Test(
        "a venue that is busy is asked again after 1, 2, 4 … seconds, and the market is a gap from the first refusal on"
    )
    func busy() throws {
        var bench = Bench(Bybit(.spot, anySymbol: false), ["AAA-USDT"])
        var request = bench.open()[0]
        var waits: [Int64] = []
        for _ in 0..<12 {
            _ = try bench.receive(bybit("System busy, please try again later", to: request))
            let before = bench.nowMs
            var sent: [(ms: Int64, text: String)] = []
            while sent.isEmpty { sent = bench.pass(until: bench.nowMs + 100) }
            waits.append(sent[0].ms - before)
            request = sent[0].text
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300].map { $0 * 1_000 })
        #expect(bench.session.wantedSymbols == ["AAA-USDT"])
        let minute = Self.wall - Self.wall % 60_000
        #expect(bench.gaps.first == Tick.Gap(from: minute, to: Self.wall, reason: "refused"))
        #expect(bench.gaps.last?.to ?? 0 >= Self.wall + 500_000, "it is told anew with each refusal")
        #expect(Set(bench.gaps.map(\.from)) == [minute])
    }

    @Test("a subscription that stands already is a yes; the others of its request are asked for alone")
    func standing() throws {
        var alone = Bench(Bybit(.spot, anySymbol: false), ["AAA-USDT"])
        let first = alone.open()[0]
        _ = try alone.receive(bybit("error:already subscribed,topic:publicTrade.AAAUSDT", to: first))
        #expect(alone.events == [.subscribed(symbols: ["AAA-USDT"])] && alone.gaps.isEmpty)
        #expect(alone.session.isSubscribed)
        // Bybit refuses a whole request for one topic that stands.
        var both = Bench(Bybit(.spot, anySymbol: false), ["AAA-USDT", "BBB-USDT"])
        let request = both.open()[0]
        let singles = try both.receive(bybit("error:already subscribed,topic:publicTrade.AAAUSDT", to: request))
        #expect(singles.count == 2 && singles[1].contains("BBBUSDT") && !singles[1].contains("AAAUSDT"))
    }

    @Test("a verdict on the market drops it for an hour, and it is a gap from that moment on")
    func verdict() throws {
        var bench = Bench(Bybit(.spot, anySymbol: false), ["AAA-USDT"])
        let request = bench.open()[0]
        _ = try bench.receive(bybit("Invalid symbol :[publicTrade.AAAUSDT]", to: request))
        #expect(bench.session.wantedSymbols.isEmpty)
        #expect(bench.gaps.map(\.reason) == ["refused"])
        #expect(bench.pass(until: 3_599_900).isEmpty)
        #expect(bench.pass(until: 3_600_200).count == 1)
    }

    @Test(
        "words that are not about the market are never a verdict",
        arguments: [
            "Exceeded msg rate", "Internal error", "EService:Unavailable", "", "Subscription depth not available",
        ])
    func kraken(words: String) throws {
        var bench = Bench(Kraken(anySymbol: false), ["BTC-USD", "ETH-USD"])
        _ = bench.open()
        for symbol in ["BTC/USD", "ETH/USD"] {
            _ = try bench.receive(kraken(words, symbol))
        }
        #expect(bench.session.wantedSymbols == ["BTC-USD", "ETH-USD"])
        let sent = bench.pass(until: 2_000).map(\.text).joined()
        #expect(sent.contains("BTC/USD") && sent.contains("ETH/USD"))
    }

    @Test("a market that is never acknowledged is asked for alone, ever more seldom; the others are left in peace")
    func unanswered() throws {
        var bench = Bench(Coinbase(anySymbol: false), ["BAD-USD", "ETH-USD"])
        _ = bench.open()
        _ = try bench.receive(
            #"{"channel":"subscriptions","client_id":"","timestamp":"2026-09-21T14:13:32Z","sequence_num":0,"events":[{"subscriptions":{"market_trades":["ETH-USD"]}}]}"#
        )
        #expect(!bench.session.isUnanswered(at: at(60_000)))
        let sent = bench.pass(until: 120_000).filter { $0.ms > 1_000 && $0.text.contains("BAD-USD") }
        #expect(sent.allSatisfy { !$0.text.contains("ETH-USD") })
        // Ten seconds for the answer, then 1, 2, 4 … s.
        #expect(sent.count == 5)
        for (sent, wanted) in zip(sent, [11, 23, 37, 55, 81]) { #expect(abs(sent.ms - Int64(wanted) * 1_000) <= 1_000) }
        #expect(bench.gaps.allSatisfy { $0.reason == "silent" } && !bench.gaps.isEmpty)
        #expect(bench.session.ending == nil)
    }

    @Test("data of a market says that its subscription stands, whatever was answered")
    func data() throws {
        var bench = Bench(Bybit(.spot, anySymbol: false), ["ETH-USDT"])
        _ = bench.open()
        _ = try bench.receive(BybitTests.spotFrame)
        #expect(bench.events == [.subscribed(symbols: ["ETH-USDT"])])
        #expect(bench.session.isSubscribed && bench.pass(until: 60_000).isEmpty)
    }

    private func kraken(_ words: String, _ symbol: String) -> String {
        #"{"error":"\#(words)","method":"subscribe","success":false,"symbol":"\#(symbol)","req_id":1}"#
    }

    private func trade(_ symbol: String, _ id: Int) -> String {
        #"{"channel":"trade","type":"update","data":[{"symbol":"\#(symbol)","side":"sell","price":1,"qty":1,"ord_type":"limit","trade_id":\#(id),"timestamp":"2026-09-21T14:13:30.000000Z"}]}"#
    }

    @Test("an answer about a market that stands says nothing of those in another request")
    func othersAnswer() throws {
        var bench = Bench(Kraken(anySymbol: false), ["BTC-USD", "NO-USD"])
        _ = bench.open()
        _ = try bench.receive(trade("BTC/USD", 1))
        for words in ["Already subscribed", "Currency pair not supported", "Exceeded msg rate"] {
            _ = try bench.receive(kraken(words, "BTC/USD"))
        }
        #expect(!bench.events.contains(.subscribed(symbols: ["NO-USD"])) && bench.gaps.isEmpty)
        #expect(bench.session.wantedSymbols == ["BTC-USD", "NO-USD"] && !bench.session.isSubscribed)
        _ = try bench.receive(kraken("Currency pair not supported", "NO/USD"))
        #expect(bench.events.last == .refused(symbol: "NO-USD", reason: "Currency pair not supported"))
        #expect(bench.gaps.map(\.reason) == ["refused"])
    }

    @Test("whatever trades while markets are renewed, none is left unsubscribed", arguments: UInt64(0)..<5)
    func renewal(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let names = (0..<150).map { "C\($0)/USD" }
        var bench = Bench(Kraken(anySymbol: false), names.map { $0.replacing("/", with: "-") })
        bench.session.dataSilenceMs = 5_000
        // When the venue unsubscribed each, as it does at once.
        var unsubscribedMs = Dictionary(uniqueKeysWithValues: names.map { ($0, Int64(0)) })
        var requests = bench.open()
        var renewals = 0
        for step in 1...1_000 {
            var sent: [String] = []
            for request in requests {
                for name in request.matches(of: /C\d+\/USD/).map({ String($0.0) }) {
                    let isSubscribe = request.contains("\"subscribe\"")
                    unsubscribedMs[name] = isSubscribe ? nil : bench.nowMs
                    renewals += isSubscribe ? 0 : 1
                    guard isSubscribe else { continue }
                    sent += try bench.receive(
                        #"{"method":"subscribe","result":{"channel":"trade","symbol":"\#(name)"},"success":true,"req_id":1}"#
                    )
                }
            }
            #expect(unsubscribedMs.values.allSatisfy { bench.nowMs - $0 <= 1_000 }, "at \(bench.nowMs) ms")
            requests = sent + bench.pass(until: bench.nowMs + 100).map(\.text)
            // What was on its way when the venue was told to unsubscribe comes all the same.
            let name = names.randomElement(using: &generator)!  // there are 150
            if unsubscribedMs[name] == nil { requests += try bench.receive(trade(name, step)) }
        }
        #expect(renewals > 300)
    }

    /// A policy that asks for what is missing, with room in memory.
    private var policy: BackfillPolicy { BackfillPolicy(quota: DiskQuota(bytes: 0, folder: "/")) }

    @Test("an answer of the venue's other interface does not end the outage of a market that is not subscribed")
    func outageLasts() throws {
        var bench = Bench(Bybit(.spot, anySymbol: false), ["ETH-USDT"])
        let id = try #require(bench.writer.series.id(of: Series(source: "bybit", symbol: "ETH-USDT")))
        bench.writer.continuity.policy = policy
        let known = KnownTrade(id: "1", timeMs: Self.wall - 1_000, price: 1, side: .buy)
        let isFollowed = bench.writer.continuity.followNewest(id, after: known, nowMs: Self.wall)
        #expect(isFollowed)
        let request = bench.open()[0]
        _ = try bench.receive(bybit("System busy, please try again later", to: request))
        // As when the newest trades hold the last one that came.
        bench.writer.continuity.end(id, nowMs: Self.wall)
        #expect(bench.writer.continuity.hole(id) == nil)
        _ = bench.pass(until: 3_000)
        #expect(bench.writer.continuity.hole(id) != nil)
        _ = try bench.receive(
            BybitTests.spotFrame.replacingOccurrences(of: "1786310821917", with: "\(Self.wall + 3_000)"))
        #expect(bench.writer.continuity.pendingTrades == 1, "it waits for those before it")
        _ = bench.pass(until: 4_000)
        #expect(bench.writer.continuity.hole(id)?.endsWithTrade == true, "from here on the outage is over")
    }

    @Test("where trades are numbered a gap says so, too, from the first moment")
    func numberedGap() throws {
        var bench = Bench(Kraken(anySymbol: false), ["BTC-USD"])
        let id = try #require(bench.writer.series.id(of: Series(source: "kraken", symbol: "BTC-USD")))
        bench.writer.continuity.policy = policy
        bench.writer.continuity.follow(id, after: (id: 5, timeMs: Self.wall - 1_000), nowMs: Self.wall)
        _ = bench.open()
        _ = try bench.receive(kraken("Exceeded msg rate", "BTC/USD"))
        #expect(bench.gaps.map(\.reason) == ["refused"])
        #expect(bench.gaps.map(\.from) == [Self.wall - 1_000])
    }

    @Test("history ends with the first trade that is watched: a number that is skipped later is a hole of its own")
    func historyEnds() throws {
        var bench = Bench(Kraken(anySymbol: false), ["BTC-USD"])
        let id = try #require(bench.writer.series.id(of: Series(source: "kraken", symbol: "BTC-USD")))
        bench.writer.continuity.policy = policy
        let longAgo = Self.wall - 7_200_000
        bench.writer.continuity.follow(
            id, after: (id: 100, timeMs: longAgo), historyFromMs: Self.wall - 600_000, nowMs: Self.wall)
        _ = bench.open()
        for number in [101, 103] {
            _ = try bench.receive(
                #"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":1,"qty":1,"ord_type":"limit","trade_id":\#(number),"timestamp":"2026-09-21T14:13:3\#(number % 10).000000Z"}]}"#
            )
        }
        let hole = try #require(bench.writer.continuity.hole(id))
        #expect(!hole.isHistory && hole.after == 101 && hole.before == 103)
        #expect(bench.gaps.isEmpty)
    }
}
