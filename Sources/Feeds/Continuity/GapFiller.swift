internal import CryptoCore
package import NetClient

/// Asks a venue for the trades that a writer's series lack, and gives up what cannot be had; it opens no connection.
///
/// One request is under way at a time. What is missing in between goes before history. A venue that does not answer is asked
/// again with growing waits as long as patience lasts; then a gap says what is missing, and the trades behind it go out.
package struct GapFiller: TradeFiller {
    /// How long a venue may give nothing of what is missing. *Units*: ms.
    package static let patienceMs: Int64 = 120_000
    /// The same for history, which nobody waits for. *Units*: ms.
    package static let historyPatienceMs: Int64 = 900_000
    /// A trade's time by REST and by the stream may differ by so much. *Units*: ms.
    static let toleranceMs: Int64 = 5_000
    private static let emptyLimit = 8
    /// The waits before a venue is asked again, which begin anew with each answer.
    private static let freshPolicy = ReconnectPolicy(
        initialDelayMs: 1_000, maximumDelayMs: 30_000, minimumSpacingMs: 0)

    let history: any TradeHistory
    private let gate: RateLimiter
    private var jobs: [SeriesID: FillJob] = [:]
    private(set) var asked: (series: SeriesID, page: HistoryPage)?
    /// The venue has refused what only a key opens.
    private var isKeyless = false
    private var policy = GapFiller.freshPolicy
    private var random: SeededRandom

    /// - Parameter gate: keeps the requests of all connections to the venue apart.
    package init(_ history: any TradeHistory, gate: RateLimiter = RateLimiter(), seed: UInt64 = 1) {
        self.history = history
        self.gate = gate
        random = SeededRandom(seed: seed)
    }

    package mutating func next(
        _ writer: inout TickWriter, openMs: Int64?, at now: Moment, events: inout [FeedEvent]
    ) -> FillStep {
        next(&writer, at: now)
    }

    /// What to do now.
    package mutating func next(_ writer: inout TickWriter, at now: Moment) -> FillStep {
        guard asked == nil else { return .idle }
        let missing = writer.missing
        if jobs.count > missing.count {
            let known = Set(missing.map(\.series))
            jobs = jobs.filter { known.contains($0.key) }
        }
        guard let chosen = missing.min(by: { rank($0) < rank($1) }) else { return .idle }
        let waitMs = policy.waitMs(now: now.monotonic)
        if waitMs > 0 { return .wait(ms: waitMs) }
        let gateMs = gate.acquire(nowMs: now.monotonic, spacingMs: history.spacingMs)
        if gateMs > 0 { return .wait(ms: gateMs) }
        return .send(ask(chosen, symbol: writer.series[chosen.series].symbol, at: now))
    }

    /// The request under way was answered.
    package mutating func answered(
        _ response: VenueResponse, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        guard let (series, page) = asked else { return }
        asked = nil
        guard var job = jobs[series], let missing = writer.missing(series), job.isAbout(missing) else { return }
        do throws(DecodeError) {
            switch try history.decode(response, page) {
            case .trades(let trades, let cursor):
                policy = GapFiller.freshPolicy
                job.cursor = cursor
                let body = response.body
                take(trades, body.span.bytes, &job, missing, now, &writer, &events)
            case .refused(let refusal): refused(refusal, &job, missing, now, &writer, &events)
            }
        } catch {
            let excerpt = String(decoding: response.body.prefix(80), as: UTF8.self)
            events.append(.badFrame(reason: error.label, excerpt: excerpt))
            delay("an answer that cannot be read", nil, job, missing, now, &writer, &events)
        }
        if jobs[series] != nil { jobs[series] = writer.missing(series) == nil ? nil : job }
    }

    /// The request under way came to nothing.
    package mutating func failed(
        _ reason: String, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        guard let (series, _) = asked else { return }
        asked = nil
        guard let job = jobs[series], let missing = writer.missing(series) else { return }
        delay(reason, nil, job, missing, now, &writer, &events)
    }

    // MARK: Asking

    /// Holes before history, and what is soon done before what takes long.
    private func rank(_ missing: MissingTrades) -> (Int, Int64) {
        let first = jobs[missing.series]?.nextID ?? missing.after.map { $0 + 1 }
        let left = first.flatMap { first in missing.before.map { $0 - first } }
        return (missing.isHistory ? 1 : 0, left ?? missing.sinceMs)
    }

    /// The next question about what is missing, which is under way from then on.
    mutating func ask(_ missing: MissingTrades, symbol: String, at now: Moment) -> VenueRequest {
        var job =
            jobs[missing.series].flatMap { $0.isAbout(missing) ? $0 : nil }
            ?? FillJob(missing, symbol: symbol, isRecent: isKeyless, nowMs: now.monotonic)
        let page = page(for: missing, &job)
        jobs[missing.series] = job
        asked = (missing.series, page)
        return history.request(page)
    }

    private func page(for missing: MissingTrades, _ job: inout FillJob) -> HistoryPage {
        var page = HistoryPage(
            symbol: job.symbol, first: job.nextID, end: missing.before, sinceMs: job.lastMs, cursor: job.cursor,
            isRecent: job.isRecent)
        if job.isRecent { return page }
        if !job.isCompared, let after = missing.after {
            page.first = after  // with the one that is known, to see that it is the same there
        } else if job.nextID == nil, !history.takesTime, let before = missing.before, let beforeMs = missing.beforeMs {
            let search =
                job.search
                ?? IDSearch(sinceMs: missing.sinceMs, before: (before, beforeMs), pageSize: history.pageSize)
            job.search = search
            page.first = search.first
            page.end = nil
        }
        return page
    }

    // MARK: Answers

    private mutating func take(
        _ trades: [HistoricTrade], _ body: RawSpan, _ job: inout FillJob, _ missing: MissingTrades, _ now: Moment,
        _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        if !job.isCompared, !job.isRecent, !isSame(trades, missing) {
            return giveUp("the venue numbers its trades otherwise here", job, missing, now, &writer, &events)
        }
        job.isCompared = true
        if job.nextID == nil, !job.isRecent, !history.takesTime, !searched(trades, &job) {
            if job.search == nil {
                giveUp("no trade of that time was found", job, missing, now, &writer, &events)
            }
            return
        }
        let before = job.filled
        add(trades, body, &job, missing, now, &writer)
        if job.filled > before {
            job.progressMs = now.monotonic
            job.emptyAnswers = 0
        } else {
            job.emptyAnswers += 1
        }
        finish(trades, &job, missing, now, &writer, &events)
    }

    /// Whether the venue means the same trades by these ids: the trade before the missing ones has the same time here and there.
    /// Where it is not in the answer, the first wanted one has to lie near.
    private func isSame(_ trades: [HistoricTrade], _ missing: MissingTrades) -> Bool {
        guard let after = missing.after else { return true }
        if let known = trades.first(where: { $0.id == after }) {
            return abs(known.fields.eventTime - missing.sinceMs) <= GapFiller.toleranceMs
        }
        guard let first = trades.first(where: { $0.id > after }) else { return true }
        let until = missing.beforeMs.map { max($0, missing.sinceMs) + GapFiller.toleranceMs } ?? .max
        let since = min(missing.sinceMs, missing.beforeMs ?? .max) - GapFiller.toleranceMs
        return (since...until).contains(first.fields.eventTime)
    }

    /// One step of the search for where history begins; true when it is known.
    private func searched(_ trades: [HistoricTrade], _ job: inout FillJob) -> Bool {
        guard var search = job.search else { return false }
        let page = trades.first.flatMap { first in
            trades.last.map { last in
                (oldest: (first.id, first.fields.eventTime), newest: (last.id, last.fields.eventTime))
            }
        }
        switch search.note(page) {
        case .ask:
            job.search = search
            return false
        case .lost:
            job.search = nil
            return false
        case .found(let id):
            let since = job.lastMs
            job.nextID = trades.first { $0.fields.eventTime >= since }?.id ?? id
            return true
        case .oldest(let id):
            job.nextID = id
            job.isCutShort = true
            return true
        }
    }

    /// Writes what is wanted of a page, and a gap for what the venue leaves out.
    private func add(
        _ trades: [HistoricTrade], _ body: RawSpan, _ job: inout FillJob, _ missing: MissingTrades, _ now: Moment,
        _ writer: inout TickWriter
    ) {
        for trade in trades {
            let timeMs = trade.fields.eventTime
            if let nextID = job.nextID, trade.id < nextID { continue }
            if let before = missing.before, trade.id >= before { continue }
            if job.nextID == nil, timeMs < missing.sinceMs { continue }
            // What would be refused as a tick is not there.
            if timeMs > now.wall + TickView.maximumLead { continue }
            if job.isHistory, job.isCutShort || job.isRecent, job.filled == 0, !writer.gaps.isOpen(job.series) {
                writer.leaveGap(
                    job.series, ids: nil, from: missing.sinceMs, to: timeMs, missing.reason, nowMs: now.wall)
            }
            if let nextID = job.nextID, trade.id > nextID {
                writer.leaveGap(
                    job.series, ids: nextID..<trade.id, from: job.lastMs, to: timeMs, missing.reason, nowMs: now.wall)
            }
            if writer.fill(trade, of: job.series, ingestTime: now.wall, body) {
                job.filled += 1
                job.nextID = trade.id + 1
                job.lastMs = timeMs
            }
        }
    }

    private mutating func finish(
        _ trades: [HistoricTrade], _ job: inout FillJob, _ missing: MissingTrades, _ now: Moment,
        _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        if let before = missing.before, let nextID = job.nextID, nextID >= before {
            return end(job, &writer, &events)
        }
        // Without an end, what is there is all there is.
        if missing.before == nil, job.isRecent || trades.count < history.pageSize || job.emptyAnswers > 0 {
            return end(job, &writer, &events)
        }
        if job.isRecent || job.emptyAnswers >= GapFiller.emptyLimit {
            let reason =
                job.isRecent ? "without a key only the newest trades can be had" : "the venue has no more of them"
            return giveUp(reason, job, missing, now, &writer, &events)
        }
        // What the stream has told its REST interface may know a little later.
        if job.emptyAnswers > 0 { _ = policy.noteFailure(now: now.monotonic, using: &random) }
        if now.monotonic - job.reportedMs >= 5_000 {
            job.reportedMs = now.monotonic
            let left = missing.before.flatMap { before in job.nextID.map { before - $0 } }
            events.append(.filling(symbol: job.symbol, trades: job.filled, left: left))
        }
    }

    private mutating func end(_ job: FillJob, _ writer: inout TickWriter, _ events: inout [FeedEvent]) {
        jobs[job.series] = nil
        writer.endFill(job.series)
        if job.filled > 0 { events.append(.filled(symbol: job.symbol, trades: job.filled)) }
    }

    // MARK: Refusals

    private mutating func refused(
        _ refusal: VenueRefusal, _ job: inout FillJob, _ missing: MissingTrades, _ now: Moment,
        _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        switch refusal {
        case .rateLimited(let waitMs):
            delay("rate limited", waitMs ?? 60_000, job, missing, now, &writer, &events)
        case .failed(let reason): delay(reason, nil, job, missing, now, &writer, &events)
        case .forbidden(let reason):
            guard history.hasRecent, !job.isRecent else {
                return giveUp(reason, job, missing, now, &writer, &events)
            }
            job.isRecent = true
            isKeyless = true
        }
    }

    /// Plans the next try, or gives up when it would be too late.
    private mutating func delay(
        _ reason: String, _ askedMs: Int64?, _ job: FillJob, _ missing: MissingTrades, _ now: Moment,
        _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        let waitMs = policy.noteFailure(
            now: now.monotonic, retryAfterSeconds: askedMs.map { Int(($0 + 999) / 1000) }, using: &random)
        if askedMs != nil {
            gate.pause(untilMs: now.monotonic + waitMs)  // it means all of us
            events.append(.rateLimited(waitMs: waitMs))
        }
        let patienceMs = job.isHistory ? GapFiller.historyPatienceMs : GapFiller.patienceMs
        if now.monotonic + waitMs - job.progressMs > patienceMs {
            giveUp(reason, job, missing, now, &writer, &events)
        }
    }

    private mutating func giveUp(
        _ reason: String, _ job: FillJob, _ missing: MissingTrades, _ now: Moment, _ writer: inout TickWriter,
        _ events: inout [FeedEvent]
    ) {
        jobs[job.series] = nil
        events.append(
            .unfilled(symbol: job.symbol, trades: writer.missing(job.series)?.count, reason: reason))
        writer.giveUpFill(job.series, nowMs: now.wall)
    }
}
