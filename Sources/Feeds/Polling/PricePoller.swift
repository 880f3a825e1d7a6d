internal import CryptoCore
internal import NetClient

/// Decides when a venue is asked for which prices, and what its answers mean; it reads no clock and opens no connection.
///
/// Past prices, where they are wanted, are asked for first. Then each question is asked once an interval, all of them spread over
/// it, and never more of them in a minute than the venue allows. A failed request is tried again with growing waits; a price that
/// was due and not had becomes a gap. A symbol that the venue refuses is found by halving the question it stands in, and asked for
/// again once an hour.
package struct PricePoller<Venue: PriceVenue> {
    private struct Request {
        let question: [String]
        var dueMs: Int64
        /// When it was answered last, or first sent.
        var answeredMs: Int64?
        var policy: ReconnectPolicy
    }

    /// How far apart the polls of one market are. *Units*: ms.
    package let intervalMs: Int64
    package private(set) var venue: Venue
    private let freshPolicy: ReconnectPolicy
    private var requests: [Request]
    /// The request under way; nil: it is about past prices.
    private var current: Int?
    private var past: Backfill
    private let pace: RequestPace
    private var missing: Set<String> = []
    private var random: SeededRandom

    /// Starts polling at `nowMs`.
    /// - Parameters:
    ///   - options: its gate keeps all requests of the process to the venue apart.
    ///   - seed: decides the jitter of retries.
    package init(
        _ venue: Venue, _ options: PriceOptions, nowMs: Int64, seed: UInt64, into writer: inout TickWriter
    ) {
        self.venue = venue
        let questions = venue.questions
        let spacingMs = venue.spacingMs
        pace = RequestPace(
            options.gate, spacingMs: spacingMs, hostSpacingMs: min(spacingMs, RateLimiter.commonSpacingMs))
        let policy = ReconnectPolicy(
            initialDelayMs: max(5000, spacingMs), maximumDelayMs: max(120_000, spacingMs), minimumSpacingMs: spacingMs)
        freshPolicy = policy
        intervalMs = max(options.intervalMs, spacingMs * Int64(questions.count))
        let step = intervalMs / Int64(max(1, questions.count))
        requests = questions.enumerated().map { index, question in
            Request(question: question, dueMs: nowMs + Int64(index) * step, policy: policy)
        }
        random = SeededRandom(seed: seed)
        let prices = PastPrices(venue, lengthMs: options.backfillMs, retry: policy, into: &writer)
        past = Backfill(prices, pace: pace, seed: seed)
        for symbol in questions.joined() {
            _ = writer.series.intern(Series(source: venue.profile.source, symbol: symbol))
        }
    }

    /// What to do now, with no request under way.
    package mutating func next(
        _ writer: inout TickWriter, at now: Moment, events: inout [FeedEvent]
    ) -> BackfillStep {
        current = nil
        let step = past.next(&writer, openMs: nil, at: now, events: &events)
        guard step == .idle else { return step }
        let nowMs = now.monotonic
        guard let index = requests.indices.min(by: { requests[$0].dueMs < requests[$1].dueMs }) else {
            return .wait(ms: intervalMs)
        }
        if requests[index].dueMs > nowMs { return .wait(ms: requests[index].dueMs - nowMs) }
        let waitMs = pace.acquire(nowMs: nowMs, sinceMs: requests[index].dueMs)
        if waitMs > 0 { return .wait(ms: waitMs) }
        current = index
        requests[index].policy.noteAttempt(now: nowMs)
        if requests[index].answeredMs == nil { requests[index].answeredMs = nowMs }
        return .send(venue.request(requests[index].question))
    }

    /// The request under way was answered.
    package mutating func answered(
        _ response: VenueResponse, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        guard let index = current else {
            return past.answered(response, at: now, into: &writer, events: &events)
        }
        do throws(DecodeError) {
            switch try venue.decode(response, requests[index].question, receivedMs: now.wall, into: &writer) {
            case .prices(_, let absent): succeed(index, absent, now, &writer, &events)
            case .refused(.rateLimited(let waitMs)):
                // Without a wish of the venue a minute, the length of its counting, and more when that did not help.
                let askedMs = waitMs ?? 60_000 << Int64(min(requests[index].policy.failures, 3))
                let retryMs = fail(index, .rateLimited, askedMs, now, &writer)
                pace.pause(untilMs: now.monotonic + retryMs)
                events.append(.rateLimited(waitMs: retryMs))
            case .refused(.forbidden(let reason)) where !requests[index].question.isEmpty:
                refuse(index, reason, now, &writer, &events)
            case .refused(.failed(let reason)), .refused(.forbidden(let reason)):
                failed(reason, at: now, into: &writer, events: &events)
            }
        } catch {
            events.append(.badFrame(error, response.body))
            _ = fail(index, .malformed, nil, now, &writer)
        }
    }

    /// The request under way came to nothing.
    package mutating func failed(
        _ reason: String, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        guard let index = current else { return past.failed(reason, at: now, into: &writer, events: &events) }
        let retryMs = fail(index, .disconnect, nil, now, &writer)
        events.append(.disconnected(reason: reason, retryMs: retryMs))
    }

    // MARK: Parts

    private mutating func succeed(
        _ index: Int, _ absent: [String], _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        let nowMs = now.monotonic
        // From the plan, not from now: polls do not drift. What was missed is not made up for.
        let dueMs = requests[index].dueMs
        requests[index].dueMs = dueMs + max(1, (nowMs - dueMs + intervalMs - 1) / intervalMs) * intervalMs
        requests[index].answeredMs = nowMs
        requests[index].policy = freshPolicy
        let absent = Set(absent)
        for symbol in venue.symbols(of: requests[index].question) {
            if absent.contains(symbol) {
                guard missing.insert(symbol).inserted else { continue }
                events.append(.missing(symbol: symbol))
                openGaps([symbol], .silent, now, &writer)
            } else if missing.remove(symbol) != nil {
                events.append(.found(symbol: symbol))
            }
        }
    }

    /// One of the question's symbols is refused: which one shows when they are asked for in halves.
    private mutating func refuse(
        _ index: Int, _ reason: String, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        let old = requests[index]
        guard old.question.count > 1 else {
            requests[index].dueMs = now.monotonic + max(intervalMs, 3_600_000)
            let symbol = old.question[0]
            if missing.insert(symbol).inserted { events.append(.refused(symbol: symbol, reason: reason)) }
            openGaps([symbol], .silent, now, &writer)
            return
        }
        requests.remove(at: index)
        let half = old.question.count / 2
        for part in [old.question[..<half], old.question[half...]] {
            requests.append(
                Request(
                    question: Array(part), dueMs: now.monotonic, answeredMs: old.answeredMs, policy: freshPolicy))
        }
    }

    /// Plans the next try and opens a gap once a poll was missed; how long the next try is away.
    private mutating func fail(
        _ index: Int, _ reason: GapReason, _ askedMs: Int64?, _ now: Moment, _ writer: inout TickWriter
    ) -> Int64 {
        let waitMs = requests[index].policy.noteFailure(now: now.monotonic, retryAfterMs: askedMs, using: &random)
        requests[index].dueMs = now.monotonic + waitMs
        let silentMs = now.monotonic + waitMs - (requests[index].answeredMs ?? now.monotonic)
        guard silentMs > intervalMs + intervalMs / 2 else { return waitMs }
        openGaps(venue.symbols(of: requests[index].question), reason, now, &writer)
        return waitMs
    }

    private func openGaps(_ symbols: [String], _ reason: GapReason, _ now: Moment, _ writer: inout TickWriter) {
        for symbol in symbols {
            let id = writer.series.intern(Series(source: venue.profile.source, symbol: symbol))
            writer.beginOutage(id, reason, nowMs: now.wall)
        }
    }
}
