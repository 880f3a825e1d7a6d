internal import CryptoCore

/// Decides when CoinGecko is asked for what, and what its answers mean; it reads no clock and opens no connection.
///
/// Each request is sent once an interval, all of them spread over it, and never more of them in a minute than the plan
/// allows. A failed request is tried again with growing waits; a price that was due and not had becomes a gap.
package struct CoinGeckoPoller: Sendable {
    /// How often the venue may be asked. *Units*: requests a minute.
    package enum Plan: Int64, Sendable {
        /// Shared by everybody behind the same address; measured: about 8, then refusals.
        case keyless = 5
        case demoKey = 30
    }

    /// What to do now.
    package enum Step: Equatable, Sendable {
        /// Nothing before this much time has passed. *Units*: ms.
        case wait(ms: Int64)
        /// Send this request and hand in what comes of it.
        case send(path: String)
    }

    private struct Request: Sendable {
        let markets: [CoinGecko.Market]
        let path: String
        var dueMs: Int64
        /// When it was answered last, or first sent.
        var answeredMs: Int64?
        var policy: ReconnectPolicy
    }

    /// How far apart the polls of one market are. *Units*: ms.
    package let intervalMs: Int64
    private let spacingMs: Int64
    private let freshPolicy: ReconnectPolicy
    private var requests: [Request]
    private var current: Int?
    private var lastSentMs: Int64?
    private var pausedUntilMs: Int64 = .min
    private var missing: Set<CoinGecko.Market> = []
    private var random: SyntheticRandom

    /// Starts polling at `nowMs`; `seed` decides the jitter of retries.
    package init(
        _ markets: [CoinGecko.Market], intervalMs: Int64, plan: Plan, nowMs: Int64, seed: UInt64
    ) {
        let cut = CoinGecko.requests(markets)
        spacingMs = 60_000 / plan.rawValue
        let policy = ReconnectPolicy(
            initialDelayMs: max(5000, spacingMs), maximumDelayMs: 120_000, minimumSpacingMs: spacingMs)
        freshPolicy = policy
        self.intervalMs = max(intervalMs, spacingMs * Int64(cut.count))
        let step = self.intervalMs / Int64(max(1, cut.count))
        requests = cut.enumerated().map { index, markets in
            Request(
                markets: markets, path: CoinGecko.path(for: markets), dueMs: nowMs + Int64(index) * step,
                policy: policy)
        }
        random = SyntheticRandom(seed: seed)
    }

    /// All markets that are polled.
    package var markets: [CoinGecko.Market] { requests.flatMap(\.markets) }

    /// What to do at `nowMs`, with no request under way.
    package mutating func next(nowMs: Int64) -> Step {
        guard let index = requests.indices.min(by: { requests[$0].dueMs < requests[$1].dueMs }) else {
            return .wait(ms: intervalMs)
        }
        let earliest = max(requests[index].dueMs, pausedUntilMs, lastSentMs.map { $0 + spacingMs } ?? .min)
        if earliest > nowMs { return .wait(ms: earliest - nowMs) }
        current = index
        lastSentMs = nowMs
        requests[index].policy.noteAttempt(now: nowMs)
        if requests[index].answeredMs == nil { requests[index].answeredMs = nowMs }
        return .send(path: requests[index].path)
    }

    /// The request under way was answered. *Units*: `nowMs` as given to `next`, `wallMs` since the epoch.
    package mutating func answered(
        _ response: CoinGecko.Response, nowMs: Int64, wallMs: Int64, into writer: inout TickWriter,
        events: inout [FeedEvent]
    ) {
        guard let index = current else { return }
        do throws(DecodeError) {
            let answer = try CoinGecko.decode(
                response, for: requests[index].markets, receivedMs: wallMs, into: &writer)
            switch answer {
            case .prices(_, let absent): succeed(index, absent, nowMs, &events)
            case .refused(.rateLimited(let waitMs)):
                // Without a wish of the venue a minute, the length of its counting, and more when that did not help.
                let askedMs = waitMs ?? 60_000 << Int64(min(requests[index].policy.failures, 3))
                let retryMs = fail(index, .rateLimited, askedMs, Moment(monotonic: nowMs, wall: wallMs), &writer)
                pausedUntilMs = nowMs + retryMs
                events.append(.rateLimited(waitMs: retryMs))
            case .refused(.failed(let reason)):
                failed(reason, nowMs: nowMs, wallMs: wallMs, into: &writer, events: &events)
            }
        } catch {
            let excerpt = String(decoding: response.body.prefix(80), as: UTF8.self)
            events.append(.badFrame(reason: error.label, excerpt: excerpt))
            _ = fail(index, .malformed, nil, Moment(monotonic: nowMs, wall: wallMs), &writer)
        }
    }

    /// The request under way came to nothing.
    package mutating func failed(
        _ reason: String, nowMs: Int64, wallMs: Int64, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        guard let index = current else { return }
        let retryMs = fail(index, .disconnect, nil, Moment(monotonic: nowMs, wall: wallMs), &writer)
        events.append(.disconnected(reason: reason, retryMs: retryMs))
    }

    // MARK: Parts

    private mutating func succeed(
        _ index: Int, _ absent: [CoinGecko.Market], _ nowMs: Int64, _ events: inout [FeedEvent]
    ) {
        current = nil
        // From the plan, not from now: polls do not drift. What was missed is not made up for.
        let dueMs = requests[index].dueMs
        requests[index].dueMs = dueMs + max(1, (nowMs - dueMs + intervalMs - 1) / intervalMs) * intervalMs
        requests[index].answeredMs = nowMs
        requests[index].policy = freshPolicy
        let absent = Set(absent)
        for market in requests[index].markets {
            if absent.contains(market) {
                if missing.insert(market).inserted { events.append(.missing(symbol: market.symbol)) }
            } else if missing.remove(market) != nil {
                events.append(.found(symbol: market.symbol))
            }
        }
    }

    /// Plans the next try and opens a gap once a poll was missed; how long the next try is away.
    private mutating func fail(
        _ index: Int, _ reason: GapReason, _ askedMs: Int64?, _ now: Moment, _ writer: inout TickWriter
    ) -> Int64 {
        current = nil
        let waitMs = requests[index].policy.noteFailure(
            now: now.monotonic, retryAfterSeconds: askedMs.map { Int(($0 + 999) / 1000) }, using: &random)
        requests[index].dueMs = now.monotonic + waitMs
        let silentMs = now.monotonic + waitMs - (requests[index].answeredMs ?? now.monotonic)
        guard silentMs > intervalMs + intervalMs / 2 else { return waitMs }
        for market in requests[index].markets {
            let id = writer.series.intern(Series(source: CoinGecko.source, symbol: market.symbol))
            writer.openGap(id, reason, nowMs: now.wall)
        }
        return waitMs
    }
}
