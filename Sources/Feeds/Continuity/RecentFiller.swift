internal import CryptoCore
package import NetClient

/// Asks a venue that tells its newest trades only for those that a writer's series lack after a loss of sight.
///
/// While the connection is away a series is asked about now and then, so that what is missing stays short. Behind a new
/// connection it is asked about once more, as soon as the stream has given a trade that the answer must hold, or none for a
/// moment. What the venue does not tell within a few seconds is a gap.
package struct RecentFiller: TradeFiller {
    /// How long the venue may give no answer that is of use. *Units*: ms.
    package static let patienceMs: Int64 = 3_000
    /// No trade waits longer for those before it, whatever else is asked for. *Units*: ms.
    package static let queueMs: Int64 = 10_000
    /// Without a new trade a series is asked about after this time with a connection. *Units*: ms.
    package static let quietMs: Int64 = 1_500
    /// Without a connection it is asked about so often. *Units*: ms.
    static let awayMs: Int64 = 1_000
    /// What the stream has told the venue's other interface may know so much later. *Units*: ms.
    static let behindMs: Int64 = 250
    /// The waits before a venue is asked again, which begin anew with each answer.
    private static let freshPolicy = ReconnectPolicy(
        initialDelayMs: 250, maximumDelayMs: 10_000, minimumSpacingMs: 0)

    /// What was done about one loss.
    struct Job: Sendable {
        let number: Int
        let sinceMs: Int64
        /// Since when trades wait. *Units*: ms, monotonic, as all here.
        var heldMs: Int64?
        /// Since when the answer is wanted that ends it, and the newest trade that waited then, which it has to hold.
        var due: (sinceMs: Int64, newest: KnownTrade?)?
        var askedMs: Int64?
        /// It is not asked about before.
        var nextMs: Int64 = .min
        var filled: Int64 = 0
    }

    let venue: any RecentTrades
    private let gate: RateLimiter
    var jobs: [SeriesID: Job] = [:]
    /// What is asked about, as it was then; whether the answer can end it.
    var asked: (loss: SightLoss, symbol: String, isLast: Bool, sinceMs: Int64)?
    private var policy = RecentFiller.freshPolicy
    private var random: SeededRandom

    /// - Parameter gate: keeps the requests of all connections to the venue apart.
    package init(_ venue: any RecentTrades, gate: RateLimiter = RateLimiter(), seed: UInt64 = 1) {
        self.venue = venue
        self.gate = gate
        random = SeededRandom(seed: seed)
    }

    package mutating func next(
        _ writer: inout TickWriter, openMs: Int64?, at now: Moment, events: inout [FeedEvent]
    ) -> FillStep {
        let losses = writer.losses
        if losses.isEmpty, jobs.isEmpty { return .idle }
        update(losses, now)
        if let asked {
            let isWanted = jobs[asked.loss.series]?.number == asked.loss.number
            if isWanted, now.monotonic - asked.sinceMs <= RecentFiller.patienceMs { return .idle }
            self.asked = nil
            // It counts as a failure: a venue that does not answer at all is not waited for market by market.
            if isWanted { _ = policy.noteFailure(now: now.monotonic, using: &random) }
            if asked.isLast { giveUp("no answer in time", asked.loss, now, &writer, &events) }
        }
        let due = losses.filter { isDue($0, openMs, now) }.sorted { rank($0) < rank($1) }
        for loss in due {
            let waitMs = policy.waitMs(now: now.monotonic)
            if waitMs == 0, isTooLate(loss, now.monotonic) {
                giveUp("too many others were asked about before", loss, now, &writer, &events)
                continue
            }
            let gateMs = waitMs > 0 ? waitMs : gate.acquire(nowMs: now.monotonic, spacingMs: venue.spacingMs)
            if gateMs == 0, let whole = writer.loss(loss.series) {
                return send(whole, writer.series[loss.series].symbol, openMs, now)
            }
            let isHopeless = openMs != nil && gateMs > RecentFiller.patienceMs
            if !isHopeless, !isTooLate(loss, now.monotonic + gateMs) { return .wait(ms: gateMs) }
            giveUp("the venue must not be asked for so long", loss, now, &writer, &events)
        }
        return .idle
    }

    package mutating func answered(
        _ response: VenueResponse, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        guard let (loss, symbol, isLast, _) = asked else { return }
        asked = nil
        let answer: RecentAnswer
        do throws(DecodeError) {
            answer = try venue.decode(response, symbol)
        } catch {
            let excerpt = String(decoding: response.body.prefix(80), as: UTF8.self)
            events.append(.badFrame(reason: error.label, excerpt: excerpt))
            return delay("an answer that cannot be read", nil, loss, now, &writer, &events)
        }
        guard let present = writer.loss(loss.series), present.number == loss.number else { return }
        switch answer {
        case .trades(let trades):
            // A trade that has come since it was asked is as good.
            var loss = loss
            loss.newest = loss.newest ?? present.newest
            let body = response.body
            take(trades, body.span.bytes, loss, isLast: isLast || loss.newest != nil, now, &writer, &events)
        case .refused(.rateLimited(let waitMs)): delay("rate limited", waitMs ?? 10_000, loss, now, &writer, &events)
        case .refused(.failed(let reason)): delay(reason, nil, loss, now, &writer, &events)
        case .refused(.forbidden(let reason)): giveUp(reason, loss, now, &writer, &events)
        }
    }

    package mutating func failed(
        _ reason: String, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        guard let loss = asked?.loss else { return }
        asked = nil
        delay(reason, nil, loss, now, &writer, &events)
    }

    // MARK: Asking

    mutating func update(_ losses: [SightLoss], _ now: Moment) {
        if jobs.count > losses.count || jobs.isEmpty {
            let known = Dictionary(uniqueKeysWithValues: losses.map { ($0.series, $0.number) })
            jobs = jobs.filter { known[$0.key] == $0.value.number }
        }
        for loss in losses {
            var job =
                jobs[loss.series].flatMap { $0.number == loss.number ? $0 : nil }
                ?? Job(number: loss.number, sinceMs: now.monotonic)
            if loss.isHolding, job.heldMs == nil { job.heldMs = now.monotonic }
            jobs[loss.series] = job
        }
    }

    private func isDue(_ loss: SightLoss, _ openMs: Int64?, _ now: Moment) -> Bool {
        guard let job = jobs[loss.series], job.nextMs <= now.monotonic else { return false }
        if job.heldMs != nil { return true }
        if let openMs { return min(openMs, now.monotonic - job.sinceMs) >= RecentFiller.quietMs }
        return job.askedMs.map { now.monotonic - $0 >= RecentFiller.awayMs } ?? true
    }

    /// Those that hold trades back first, the oldest of them before the others.
    private func rank(_ loss: SightLoss) -> (Int, Int64) {
        guard let job = jobs[loss.series] else { return (2, 0) }
        return job.heldMs.map { (0, $0) } ?? (1, job.askedMs ?? job.sinceMs)
    }

    /// Whether waiting until then would be.
    private func isTooLate(_ loss: SightLoss, _ ms: Int64) -> Bool {
        guard let job = jobs[loss.series], job.number == loss.number else { return false }
        return job.due.map { ms - $0.sinceMs > RecentFiller.patienceMs } ?? false
            || job.heldMs.map { ms - $0 > RecentFiller.queueMs } ?? false
    }

    mutating func send(_ loss: SightLoss, _ symbol: String, _ openMs: Int64?, _ now: Moment) -> FillStep {
        let isLast = loss.newest != nil || openMs != nil
        var loss = loss
        if isLast {
            let due = jobs[loss.series]?.due
            loss.newest = due?.newest ?? loss.newest
            jobs[loss.series]?.due = (due?.sinceMs ?? now.monotonic, loss.newest)
        }
        jobs[loss.series]?.askedMs = now.monotonic
        asked = (loss, symbol, isLast, now.monotonic)
        return .send(venue.request(symbol))
    }

    // MARK: Answers

    private mutating func take(
        _ trades: [TickWriter.TradeFields], _ body: RawSpan, _ loss: SightLoss, isLast: Bool, _ now: Moment,
        _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        policy = RecentFiller.freshPolicy
        switch RecentReach(trades, for: loss, body) {
        case .whole(let place):
            let filled = writer.take(trades, from: place, of: loss.series, isOver: isLast, nowMs: now.wall, body)
            note(filled, loss, isOver: isLast, writer, &events)
        case .cut:
            let filled = writer.take(trades, from: nil, of: loss.series, isOver: true, nowMs: now.wall, body)
            note(filled, loss, isOver: true, writer, &events)
            unfilled("more is missing than the venue tells", loss, writer, &events)
        // Without a connection nothing shows what is missing in the end.
        case .behind where isLast:
            let nextMs = now.monotonic + RecentFiller.behindMs
            jobs[loss.series]?.nextMs = nextMs
            guard isTooLate(loss, nextMs) else { return }
            giveUp("the venue's newest trades are older than the stream's", loss, now, &writer, &events)
        case .useless(let reason) where isLast: giveUp(reason, loss, now, &writer, &events)
        case .behind, .useless: break
        }
    }

    private mutating func note(
        _ filled: Int, _ loss: SightLoss, isOver: Bool, _ writer: borrowing TickWriter, _ events: inout [FeedEvent]
    ) {
        jobs[loss.series]?.filled += Int64(filled)
        guard isOver, let job = jobs.removeValue(forKey: loss.series), job.filled > 0 else { return }
        events.append(.filled(symbol: writer.series[loss.series].symbol, trades: job.filled))
    }

    // MARK: Refusals

    /// Plans the next try, or gives up when it would be too late.
    private mutating func delay(
        _ reason: String, _ askedMs: Int64?, _ loss: SightLoss, _ now: Moment, _ writer: inout TickWriter,
        _ events: inout [FeedEvent]
    ) {
        let waitMs = policy.noteFailure(
            now: now.monotonic, retryAfterSeconds: askedMs.map { Int(($0 + 999) / 1000) }, using: &random)
        if askedMs != nil {
            gate.pause(untilMs: now.monotonic + waitMs)  // it means all of us
            events.append(.rateLimited(waitMs: waitMs))
        }
        if isTooLate(loss, now.monotonic + waitMs) { giveUp(reason, loss, now, &writer, &events) }
    }

    private mutating func giveUp(
        _ reason: String, _ loss: SightLoss, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        jobs[loss.series] = nil
        guard writer.loss(loss.series)?.number == loss.number else { return }
        unfilled(reason, loss, writer, &events)
        writer.giveUpRecall(loss.series, nowMs: now.wall)
    }

    private func unfilled(
        _ reason: String, _ loss: SightLoss, _ writer: borrowing TickWriter, _ events: inout [FeedEvent]
    ) {
        events.append(.unfilled(symbol: writer.series[loss.series].symbol, trades: nil, reason: reason))
    }
}
