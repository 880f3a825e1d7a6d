import CryptoCore
import Feeds
import NetClient
import TestSupport
import Testing

extension PricePoller {
    /// A poller of present prices that begins at time 0.
    init(_ venue: Venue, intervalMs: Int64 = 60_000, gate: RateLimiter = RateLimiter(), seed: UInt64 = 1) {
        var (writer, options) = (TickWriter(), PriceOptions(intervalMs: intervalMs))
        options.gate = gate
        self.init(venue, options, nowMs: 0, seed: seed, into: &writer)
    }

    mutating func next(nowMs: Int64) -> BackfillStep {
        var (writer, events) = (TickWriter(), [FeedEvent]())
        return next(&writer, at: Moment(monotonic: nowMs, wall: nowMs), events: &events)
    }
}

@Suite("Polling prices")
struct PricePollerTests {
    static let start: Int64 = 1_790_000_000_000

    /// A venue whose prices are 5 to 90 s old and sometimes do not change between polls.
    private struct Venue {
        var random = SplitMix64(seed: 9)
        var updated: [String: Int64] = [:]

        mutating func answer(_ ids: [String], nowMs: Int64) -> [UInt8] {
            var json = JSONWriter()
            json.beginObject()
            for id in ids {
                let age = Int64.random(in: 5_000...90_000, using: &random)
                let isUnchanged = UInt8.random(in: 0..<5, using: &random) == 0
                let time = isUnchanged ? updated[id] ?? nowMs - age : max(updated[id] ?? 0, nowMs - age)
                updated[id] = time
                json.key(id)
                json.beginObject()
                json.field("usd", Double.random(in: 1...100, using: &random))
                json.field("last_updated_at", time / 1000)
                json.endObject()
            }
            json.endObject()
            return json.bytes
        }
    }

    private static let ids = ["bitcoin", "ethereum", "dogecoin", "solana"]
    private static let markets = ids.map { CoinGecko.Market(coinID: $0, symbol: "\($0.uppercased())-USD") }

    @Test("an hour of four coins: a poll a minute, each new price once, in order, never one that was late")
    func hour() throws {
        var poller = PricePoller(CoinGecko(Self.markets, plan: .keyless))
        var venue = Venue()
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var now: Int64 = 0
        var sent: [Int64] = []
        var expected: [String: Set<Int64>] = [:]
        while now < 3_600_000 {
            switch poller.next(nowMs: now) {
            case .wait(let ms): now += ms
            case .idle: Issue.record("nothing is to be done")
            case .send(let request):
                #expect(request.address.contains("ids=bitcoin,ethereum,dogecoin,solana&"))
                sent.append(now)
                let body = venue.answer(Self.ids, nowMs: Self.start + now)
                for (id, time) in venue.updated { expected[id, default: []].insert(time / 1000 * 1000) }
                now += 300
                poller.answered(
                    .init(status: 200, body: body), at: Moment(monotonic: now, wall: Self.start + now), into: &writer,
                    events: &events
                )
            }
        }
        #expect(sent == (0..<60).map { Int64($0) * 60_000 })
        #expect(events.isEmpty)
        let ticks = try writer.batch.ticks()
        for (id, times) in expected {
            let own = ticks.filter { $0.series.base == id.uppercased() }
            #expect(own.map(\.eventTime) == times.sorted())
        }
        // Later than its series' newest price less five seconds, which is what the processor allows.
        var newest: [Series: Int64] = [:]
        for tick in ticks {
            #expect(tick.eventTime > (newest[tick.series] ?? .min))
            newest[tick.series] = tick.eventTime
        }
    }

    @Test(
        "never more requests in a minute than the plan allows, whatever the interval",
        arguments: [
            CoinGecko.Plan.keyless, .demoKey,
        ])
    func rate(plan: CoinGecko.Plan) {
        let markets = (0..<450).map { CoinGecko.Market(coinID: "coin\($0)", symbol: "C\($0)-USD") }
        var poller = PricePoller(CoinGecko(markets, plan: plan), intervalMs: 1000)
        #expect(poller.intervalMs == 60_000 / plan.rawValue * 3)
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var now: Int64 = 0
        var sent: [Int64] = []
        while now < 600_000 {
            switch poller.next(nowMs: now) {
            case .wait(let ms): now += ms
            case .idle: Issue.record("nothing is to be done")
            case .send:
                sent.append(now)
                poller.answered(
                    .init(status: 200, body: Array("{}".utf8)), at: Moment(monotonic: now, wall: Self.start + now),
                    into: &writer,
                    events: &events)
            }
        }
        for time in sent { #expect(sent.count { (time..<time + 60_000).contains($0) } <= Int(plan.rawValue)) }
        #expect(events.count == 450)
    }

    @Test("sources of one host ask in turn, and what one of them is told to wait all of them wait")
    func sharedGate() {
        let gate = RateLimiter()
        var first = PricePoller(CoinGecko(Self.markets), gate: gate)
        var second = PricePoller(CoinGecko(Self.markets), gate: gate)
        let request = first.next(nowMs: 0)
        guard case .wait(let spacingMs) = second.next(nowMs: 0) else {
            Issue.record("both asked at once")
            return
        }
        #expect(spacingMs > 0 && second.next(nowMs: spacingMs) == request)
        var writer = TickWriter()
        var events: [FeedEvent] = []
        second.answered(
            .init(status: 429, retryAfterMs: 7_200_000, body: []), at: Moment(monotonic: spacingMs, wall: Self.start),
            into: &writer,
            events: &events)
        first.failed("a cut", at: Moment(monotonic: spacingMs, wall: Self.start), into: &writer, events: &events)
        var now = spacingMs
        while case .wait(let ms) = first.next(nowMs: now) { now += ms }
        #expect(now == spacingMs + 7_200_000)
    }

    @Test("a rate limit is waited out as long as the venue says, and a missed poll leaves a gap with its reason")
    func rateLimited() throws {
        var poller = PricePoller(CoinGecko(Self.markets, plan: .keyless))
        var writer = TickWriter()
        var events: [FeedEvent] = []
        #expect(poller.next(nowMs: 0) == .send(VenueRequest(CoinGecko.address + CoinGecko.path(for: Self.markets))))
        var venue = Venue()
        poller.answered(
            .init(status: 200, body: venue.answer(Self.ids, nowMs: Self.start)),
            at: Moment(monotonic: 0, wall: Self.start),
            into: &writer, events: &events)
        let before = try writer.batch.ticks()
        writer.batch.removeAll()
        #expect(poller.next(nowMs: 60_000) != .wait(ms: 1))
        poller.answered(
            .init(status: 429, retryAfterMs: 119_000, body: Array("{}".utf8)),
            at: Moment(monotonic: 60_000, wall: Self.start + 60_000), into: &writer, events: &events)
        guard case .rateLimited(let waitMs)? = events.last else {
            Issue.record("no event")
            return
        }
        #expect((119_000...120_000).contains(waitMs))
        #expect(poller.next(nowMs: 60_001) == .wait(ms: waitMs - 1))
        #expect(
            poller.next(nowMs: 60_000 + waitMs)
                == .send(VenueRequest(CoinGecko.address + CoinGecko.path(for: Self.markets))))
        // What is known of the gap is said at once.
        let announced = try writer.batch.ticks()
        #expect(announced.compactMap(\.gap?.from).sorted() == before.map(\.eventTime).sorted())
        writer.batch.removeAll()
        let now = 60_000 + waitMs
        poller.answered(
            .init(status: 200, body: venue.answer(Self.ids, nowMs: Self.start + now + 200_000)),
            at: Moment(monotonic: now, wall: Self.start + now + 200_000), into: &writer, events: &events)
        let after = try writer.batch.ticks()
        #expect(after.count == 8)
        for (gap, quote) in zip(after.filter { $0.gap != nil }, after.filter { $0.gap == nil }) {
            #expect(gap.gap?.to == quote.eventTime && gap.gap?.reason == "rate_limited")
        }
    }

    @Test("failures are retried with growing waits and never given up")
    func failures() {
        var poller = PricePoller(CoinGecko(Self.markets, plan: .keyless))
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var now: Int64 = 0
        var attempts = 0
        while now < 3_600_000 {
            switch poller.next(nowMs: now) {
            case .wait(let ms): now += ms
            case .idle: Issue.record("nothing is to be done")
            case .send:
                attempts += 1
                poller.failed(
                    "unreachable", at: Moment(monotonic: now, wall: Self.start + now), into: &writer, events: &events)
            }
        }
        #expect((30...70).contains(attempts))
        #expect(events.count == attempts)
    }

    @Test("a coin that is not answered is named once, and once when it comes back")
    func missingCoins() {
        var poller = PricePoller(CoinGecko([CoinGeckoTests.bitcoin, CoinGeckoTests.ethereum]))
        var writer = TickWriter()
        var events: [FeedEvent] = []
        let only = Array(#"{"bitcoin":{"usd":1}}"#.utf8)
        let both = Array(#"{"bitcoin":{"usd":1},"ethereum":{"usd":2}}"#.utf8)
        for (n, body) in [only, only, both, both].enumerated() {
            let now = Int64(n) * 60_000
            _ = poller.next(nowMs: now)
            poller.answered(
                .init(status: 200, body: body), at: Moment(monotonic: now, wall: Self.start + now), into: &writer,
                events: &events)
        }
        #expect(events == [.missing(symbol: "ETH-USD"), .found(symbol: "ETH-USD")])
    }
}
