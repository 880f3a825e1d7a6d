import CryptoCore
import Feeds
import Foundation
import NetClient
import TestSupport
import Testing

/// Some markets of a venue that numbers its trades, a stream that skips many of them, and a REST interface with a rate limit that
/// may be slow, refuse, or say nothing at all; all of it drawn.
private struct SkippingWorld {
    static let wall: Int64 = 1_790_000_000_000

    /// What is wrong with the venue's REST interface.
    struct Illness {
        var faults = 0.0
        var slowMs: Int64 = 300
        var isMute = false
    }

    private(set) var random: SplitMix64
    var writer = TickWriter()
    var backfill: Backfill
    var books: [BinanceBook] = []
    /// By market: the newest trade that has happened.
    private(set) var newest: [Int64]
    private(set) var events: [FeedEvent] = []
    private(set) var ticks: [Tick] = []
    /// When the stream told a trade, and when it went out. *Units*: ms.
    private(set) var toldMs: [[Int64: Int64]]
    private(set) var longestWaitMs: Int64 = 0
    /// How often each market was asked about, and how long it waited for that while others were.
    private(set) var asked: [Int]
    private(set) var order: [Int] = []
    private var decoder = Binance(anySymbol: false)
    private var answer: (dueMs: Int64, response: VenueResponse?)?
    private(set) var clockMs: Int64 = 0
    private let skipped: Double
    var illness: Illness

    init(
        markets: Int, skipped: Double, seed: UInt64, illness: Illness = Illness(), host: RateLimiter = RateLimiter()
    ) {
        random = SplitMix64(seed: seed)
        backfill = Backfill(BackfillByID(BinanceHistory(key: nil)), pace: RequestPace(host, spacingMs: 1_100))
        self.skipped = skipped
        self.illness = illness
        newest = Array(repeating: 1_000, count: markets)
        toldMs = Array(repeating: [:], count: markets)
        asked = Array(repeating: 0, count: markets)
        writer.continuity.policy = BackfillPolicy(quota: DiskQuota(bytes: 1 << 26, folder: NSTemporaryDirectory()))
        for market in 0..<markets {
            let symbol = "M\(market)-USDT"
            books.append(BinanceBook(symbol: symbol, ids: 0..<1_000_000, startMs: Self.wall - 100_000, stepMs: 100))
            decoder.add(symbol: symbol, to: &writer)
            let id = writer.series.intern(Series(source: "binance", symbol: symbol))
            writer.continuity.follow(id, after: (1_000, books[market].timeMs(1_000)), nowMs: Self.wall)
        }
    }

    private mutating func chance(_ part: Double) -> Bool { Double.random(in: 0..<1, using: &random) < part }

    var now: Moment { Moment(monotonic: clockMs, wall: Self.wall + clockMs) }

    /// 20 ms pass: each market's trades happen every 100 ms, and the stream tells most of them.
    mutating func step(skips: Bool = true) throws {
        clockMs += 20
        for market in books.indices where clockMs % 100 == 0 {
            newest[market] += 1
            if skips, chance(skipped) { continue }
            toldMs[market][newest[market]] = clockMs
            _ = try decoder.decode(
                books[market].frame(newest[market]).span.bytes, receivedMs: now.wall, into: &writer)
        }
        try talk()
        _ = writer.continuity.settle(nowMs: now.wall)
        try collect()
    }

    private mutating func talk() throws {
        if let (dueMs, response) = answer, dueMs <= clockMs {
            answer = nil
            if let response {
                backfill.answered(response, at: now, into: &writer, events: &events)
            } else {
                backfill.failed("cut", at: now, into: &writer, events: &events)
            }
        }
        guard case .send(let request) = backfill.next(&writer, openMs: clockMs, at: now, events: &events) else {
            return
        }
        let market = try #require(books.firstIndex { request.address.contains("symbol=\($0.symbol.dropLast(5))USDT") })
        asked[market] += 1
        order.append(market)
        if illness.isMute { return }
        let good = books[market].answer(request, untilID: newest[market] + 1)
        var response: VenueResponse? = good
        if chance(illness.faults) {
            response =
                [nil, VenueResponse(status: 503, body: []), VenueResponse(status: 429, retryAfterMs: 4_000, body: [])]
                .randomElement(using: &random) ?? nil
        }
        answer = (clockMs + Int64.random(in: 0...illness.slowMs, using: &random), response)
    }

    private mutating func collect() throws {
        for tick in try writer.batch.ticks() {
            ticks.append(tick)
            guard let id = tick.trade.flatMap({ Int64($0.tradeID) }), let market = market(of: tick) else { continue }
            if let told = toldMs[market][id] { longestWaitMs = max(longestWaitMs, clockMs - told) }
        }
        writer.batch.removeAll()
    }

    func market(of tick: Tick) -> Int? { books.firstIndex { $0.symbol == tick.series.symbol } }

    /// What of the law does not hold: each trade once, in order, or inside a gap; gaps hold nothing else.
    func findings() -> [String] {
        var found: [String] = []
        for market in books.indices {
            let mine = ticks.filter { $0.series.symbol == books[market].symbol }
            let ids = mine.compactMap { $0.trade.flatMap { Int64($0.tradeID) } }
            let gaps = mine.compactMap(\.gap)
            if ids != ids.sorted() { found.append("M\(market) is out of order") }
            if Set(ids).count != ids.count { found.append("M\(market) has doubles") }
            let known = Set(ids)
            for id in 1_001...newest[market] where !known.contains(id) {
                let time = books[market].timeMs(id)
                if !gaps.contains(where: { $0.from < time && time < $0.to }) { found.append("M\(market) lost \(id)") }
            }
        }
        return found
    }

    var gaps: [Tick.Gap] { ticks.compactMap(\.gap).filter { $0.reason == "missed" } }
    var refusals: Int { events.count { if case .unfilled = $0 { true } else { false } } }
}

@Suite("Whatever a stream skips and its venue's answers are like")
struct BackfillLawTests {
    @Test("a market that skips 40 % of its trades catches up: one answer fills every hole that it holds")
    func catchesUp() throws {
        var world = SkippingWorld(markets: 1, skipped: 0.4, seed: 1)
        for _ in 0..<9_000 { try world.step() }
        #expect(world.longestWaitMs < 5_000 && world.refusals == 0)
        for _ in 0..<500 { try world.step(skips: false) }
        #expect(world.writer.continuity.pendingTrades == 0 && world.findings() == [])
    }

    @Test("one answer fills all holes that it covers")
    func oneAnswer() throws {
        let book = BinanceBook(symbol: "M-USDT", ids: 0..<1_000, startMs: SkippingWorld.wall, stepMs: 10)
        var (writer, events) = (TickWriter(), [FeedEvent]())
        writer.continuity.policy = BackfillPolicy(quota: DiskQuota(bytes: 0, folder: "/"))
        var decoder = Binance(anySymbol: false)
        decoder.add(symbol: "M-USDT", to: &writer)
        writer.continuity.follow(SeriesID(index: 0), after: nil, nowMs: SkippingWorld.wall)
        for id in [Int64(1), 3, 5, 7, 10] {
            _ = try decoder.decode(book.frame(id).span.bytes, receivedMs: SkippingWorld.wall + 200, into: &writer)
        }
        var backfill = Backfill(BackfillByID(BinanceHistory(key: nil)), pace: RequestPace(spacingMs: 1_100))
        let now = Moment(monotonic: 0, wall: SkippingWorld.wall + 200)
        guard case .send(let request) = backfill.next(&writer, openMs: 0, at: now, events: &events) else {
            Issue.record("nothing is asked")
            return
        }
        var venue = book
        backfill.answered(venue.answer(request, untilID: 9), at: now, into: &writer, events: &events)
        // Of the last hole the venue knew a part.
        #expect(try writer.batch.ticks().compactMap { $0.trade?.tradeID } == (1...8).map { "\($0)" })
        #expect(writer.continuity.holes.map(\.count) == [1])
    }

    @Test("Kraken, asked by time: one answer holds all from there on, and fills the holes at 4 and at 6")
    func kraken() throws {
        let wall = SkippingWorld.wall
        func time(_ id: Int64) -> Int64 { wall + id * 20 }
        func frame(_ id: Int64) -> [UInt8] {
            let stamp = Date(timeIntervalSince1970: Double(time(id)) / 1000).formatted(
                .iso8601.year().month().day().timeZone(separator: .omitted).time(includingFractionalSeconds: true))
            return Array(
                #"{"channel":"trade","type":"update","data":[{"symbol":"AAA/USD","side":"buy","price":1.5,"qty":1,"ord_type":"market","trade_id":\#(id),"timestamp":"\#(stamp)"}]}"#
                    .utf8)
        }
        func answer(_ ids: ClosedRange<Int64>) -> VenueResponse {
            let trades = ids.map { #"["1.5","1",\#(Double(time($0)) / 1000),"b","m","",\#($0)]"# }.joined(
                separator: ",")
            return VenueResponse(
                status: 200,
                body: Array(
                    #"{"error":[],"result":{"AAAUSD":[\#(trades)],"last":"\#(time(ids.upperBound) * 1_000_000)"}}"#.utf8
                ))
        }
        var (writer, events) = (TickWriter(), [FeedEvent]())
        writer.continuity.policy = BackfillPolicy(quota: DiskQuota(bytes: 0, folder: "/"))
        var kraken = Kraken(anySymbol: false)
        kraken.add(symbol: "AAA-USD", to: &writer)
        writer.continuity.follow(SeriesID(index: 0), after: nil, nowMs: wall)
        func hear(_ id: Int64) throws {
            _ = try kraken.decode(frame(id).span.bytes, receivedMs: wall + 200, into: &writer)
        }
        var backfill = Backfill(BackfillByID(KrakenHistory()), pace: RequestPace(spacingMs: 1_100))
        var now = Moment(monotonic: 0, wall: wall + 200)
        try hear(1)
        try hear(3)
        // It is asked at once, before the others happened.
        #expect(backfill.next(&writer, openMs: 0, at: now, events: &events) != .idle)
        for id in [Int64(5), 7] { try hear(id) }
        backfill.answered(answer(1...3), at: now, into: &writer, events: &events)
        now = Moment(monotonic: 1_100, wall: wall + 1_300)
        #expect(backfill.next(&writer, openMs: 0, at: now, events: &events) != .idle)
        backfill.answered(answer(3...7), at: now, into: &writer, events: &events)
        #expect(try writer.batch.ticks().compactMap { $0.trade?.tradeID } == (1...7).map { "\($0)" })
        #expect(writer.continuity.holes.isEmpty && writer.continuity.pendingTrades == 0)
    }

    @Test("markets take turns: of three none is asked about more than its share", arguments: UInt64(0)..<3)
    func turns(seed: UInt64) throws {
        var world = SkippingWorld(markets: 3, skipped: 0.4, seed: seed)
        for _ in 0..<4_000 { try world.step() }
        let mean = world.asked.reduce(0, +) / 3
        #expect(mean > 20 && world.asked.allSatisfy { abs($0 - mean) <= 2 }, "\(world.asked)")
        #expect(world.longestWaitMs < 10_000 && world.refusals == 0)
    }

    @Test(
        "connections of one host take turns market by market, whichever of them asks first", arguments: [false, true])
    func hostTurns(isReversed: Bool) throws {
        let host = RateLimiter()
        var worlds = [(1, 5), (5, 6)].map { markets, seed in
            SkippingWorld(markets: markets, skipped: 0.4, seed: UInt64(seed), host: host)
        }
        for _ in 0..<8_000 { for index in isReversed ? [1, 0] : [0, 1] { try worlds[index].step() } }
        let asked = worlds.flatMap(\.asked)
        let mean = asked.reduce(0, +) / 6
        #expect(mean > 20 && asked.allSatisfy { abs($0 - mean) <= 2 }, "\(asked)")
        #expect(worlds.allSatisfy { $0.longestWaitMs < 15_000 && $0.refusals == 0 })
    }

    @Test("a market with one hole is asked about though another always lacks something")
    func oneHole() throws {
        var world = SkippingWorld(markets: 2, skipped: 0.4, seed: 9, illness: .init(slowMs: 1_000))
        for _ in 0..<1_000 { try world.step() }
        let before = world.order.count
        for _ in 0..<300 { try world.step() }
        #expect(world.order[before...].prefix(3).contains(0) && world.order[before...].prefix(3).contains(1))
    }

    @Test(
        "no trade waits longer than two minutes, none is lost, none is doubled, and order is kept",
        arguments: UInt64(0)..<6)
    func law(seed: UInt64) throws {
        var illness = SkippingWorld.Illness(
            faults: [0, 0.3, 0.9][Int(seed % 3)], slowMs: [200, 3_000][Int(seed % 2)], isMute: false)
        var world = SkippingWorld(
            markets: 2 + Int(seed) * 3, skipped: 0.1 + Double(seed) * 0.1, seed: seed, illness: illness)
        for _ in 0..<4_000 { try world.step() }
        // Nothing is answered any more: what waits goes out all the same.
        illness.isMute = true
        world.illness = illness
        for _ in 0..<9_000 { try world.step() }
        world.illness = SkippingWorld.Illness()
        for _ in 0..<12_000 where world.writer.continuity.pendingTrades > 0 || world.clockMs < 270_000 {
            try world.step(skips: false)
        }
        #expect(world.longestWaitMs <= BackfillByID.patienceMs + 100, "\(world.longestWaitMs)")
        #expect(world.longestWaitMs > 100_000 && world.refusals > 0)
        #expect(world.writer.continuity.pendingTrades == 0)
        #expect(world.findings().prefix(5) == [])
    }

    @Test("where nobody may ask for an hour, what waits goes out after two minutes")
    func forbidden() throws {
        let host = RateLimiter()
        host.pause(untilMs: 3_600_000)
        var world = SkippingWorld(markets: 3, skipped: 0.3, seed: 4, host: host)
        for _ in 0..<7_000 { try world.step() }
        #expect(world.asked == [0, 0, 0] && world.longestWaitMs <= BackfillByID.patienceMs + 100)
        #expect(!world.gaps.isEmpty)
    }
}
