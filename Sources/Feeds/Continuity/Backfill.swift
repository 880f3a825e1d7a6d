internal import CryptoCore
internal import NetClient

/// Decides when one host is asked for which part of what is missing: trades, history, past prices. It opens no connection.
///
/// One request is under way at a time. What others wait for comes first; among equals markets take turns, the one that has waited
/// longest first. A host that does not answer is asked again with growing waits. What cannot be had in time is given up, whatever
/// else is under way: a gap says so, and what waited behind it goes out. What is missing, and what answers mean, is the source's.
package struct Backfill {
    private var source: any BackfillSource
    private let pace: RequestPace
    private var jobs: [Int: BackfillJob] = [:]
    /// When a market was asked about last. *Units*: ms, monotonic.
    private var askedMs: [SeriesID: Int64] = [:]
    /// The number of the job that is asked about, and since when. *Units*: ms, monotonic.
    private var asked: (number: Int, sinceMs: Int64)?
    private var retry: ReconnectPolicy
    private var random: SeededRandom

    /// - Parameters:
    ///   - pace: keeps all requests to the host apart.
    ///   - seed: decides the jitter of retries.
    package init(_ source: some BackfillSource, pace: RequestPace, seed: UInt64 = 1) {
        self.source = source
        self.pace = pace
        retry = source.rules.retry
        random = SeededRandom(seed: seed)
    }

    /// What to do now.
    ///
    /// - Parameter openMs: for how long the stream has had everything that is wanted; 0 while it has not yet, nil without a
    ///   connection. *Units*: ms.
    package mutating func next(
        _ writer: inout TickWriter, openMs: Int64?, at now: Moment, events: inout [FeedEvent]
    ) -> BackfillStep {
        source.update(&jobs, writer, now)
        if jobs.isEmpty { return .idle }
        giveUpOverdue(until: now.monotonic, "it was not given in time", now, &writer, &events)
        guard !isAwaitingAnswer(now) else { return .idle }
        guard let job = dueJob(openMs, now) else { return .idle }
        let retryMs = retry.waitMs(now: now.monotonic)
        let turn = turn(job)
        let waitMs = retryMs > 0 ? retryMs : pace.acquire(nowMs: now.monotonic, rank: turn.0, sinceMs: turn.1)
        guard waitMs == 0 else {
            let reason = "the venue must not be asked for so long"
            giveUpOverdue(until: now.monotonic + waitMs, reason, now, &writer, &events)
            // Its deadline may begin only when it is asked about: it would stay due, and unanswered, for as long as the host says.
            if jobs[job.number] != nil, !source.mayWait(job, ms: waitMs, openMs, now) {
                giveUp(job, reason, now, &writer, &events)
            }
            return jobs.isEmpty ? .idle : .wait(ms: waitMs)
        }
        asked = (job.number, now.monotonic)
        askedMs[job.series] = now.monotonic
        jobs[job.number]?.askedMs = now.monotonic
        jobs[job.number]?.askedOutages = job.hole?.outages ?? 0
        let request = source.request(&jobs[job.number]!, &writer, openMs, now)  // not nil: just found
        if request.pauseMs > 0 { pace.pause(untilMs: now.monotonic + request.pauseMs) }
        return .send(request)
    }

    /// The request under way was answered.
    package mutating func answered(
        _ response: VenueResponse, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        guard let number = asked?.number else { return }
        asked = nil
        source.update(&jobs, writer, now)
        guard var job = jobs[number] else { return }
        let outcome: BackfillOutcome
        do throws(DecodeError) {
            outcome = try source.take(response, &job, &writer, now)
        } catch {
            events.append(.badFrame(error, response.body))
            outcome = .refused(.failed("an answer that cannot be read: \(error)"))
        }
        jobs[number] = job
        conclude(outcome, job, now, &writer, &events)
    }

    /// The request under way came to nothing.
    package mutating func failed(
        _ reason: String, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        guard let number = asked?.number else { return }
        asked = nil
        guard let job = jobs[number] else { return }
        delay(reason, nil, job, now, &writer, &events)
    }

    // MARK: Jobs

    private func dueJob(_ openMs: Int64?, _ now: Moment) -> BackfillJob? {
        jobs.values.filter { $0.notBeforeMs <= now.monotonic && source.isDue($0, openMs, now) }
            .min { turn($0) < turn($1) }
    }

    /// What others wait for before the rest; then by since when the market waits to be asked about.
    private func turn(_ job: BackfillJob) -> (Int, Int64, Int) {
        (source.rank(job), max(askedMs[job.series] ?? .min, job.heldMs ?? job.seenMs), job.number)
    }

    /// Whether an answer is on its way. One that does not come counts as a failure: a venue that does not answer at all is not
    /// waited for market by market.
    private mutating func isAwaitingAnswer(_ now: Moment) -> Bool {
        guard let asked else { return false }
        let isLate = now.monotonic - asked.sinceMs > source.rules.answerMs
        if jobs[asked.number] != nil, !isLate { return true }
        if isLate { _ = retry.noteFailure(now: now.monotonic, using: &random) }
        self.asked = nil
        return false
    }

    // MARK: What comes of it

    private mutating func conclude(
        _ outcome: BackfillOutcome, _ job: BackfillJob, _ now: Moment, _ writer: inout TickWriter,
        _ events: inout [FeedEvent]
    ) {
        switch outcome {
        case .refused(.rateLimited(let waitMs)):
            delay("too many requests", waitMs ?? source.rules.rateLimitedMs, job, now, &writer, &events)
        case .refused(.failed(let reason)): delay(reason, nil, job, now, &writer, &events)
        case .refused(.forbidden(let reason)), .hopeless(let reason): giveUp(job, reason, now, &writer, &events)
        case .more:
            retry = source.rules.retry
            report(job, now, &events)
        case .again(let waitMs):
            retry = source.rules.retry
            jobs[job.number]?.notBeforeMs = now.monotonic + waitMs
        case .ended(let reason):
            retry = source.rules.retry
            jobs[job.number] = nil
            if job.filled > 0 { events.append(.filled(symbol: job.symbol, trades: job.filled)) }
            if let reason { events.append(.unfilled(symbol: job.symbol, trades: nil, reason: reason)) }
        }
    }

    private mutating func report(_ job: BackfillJob, _ now: Moment, _ events: inout [FeedEvent]) {
        guard now.monotonic - job.reportedMs >= 5_000 else { return }
        jobs[job.number]?.reportedMs = now.monotonic
        events.append(.filling(symbol: job.symbol, trades: job.filled, left: job.hole?.count))
    }

    /// Plans the next try, and gives up what cannot wait for it.
    private mutating func delay(
        _ reason: String, _ askedMs: Int64?, _ job: BackfillJob, _ now: Moment, _ writer: inout TickWriter,
        _ events: inout [FeedEvent]
    ) {
        let waitMs = retry.noteFailure(now: now.monotonic, retryAfterMs: askedMs, using: &random)
        if askedMs != nil {
            pace.pause(untilMs: now.monotonic + waitMs)  // it means all of us
            events.append(
                source.rules.isOnlyConnection ? .rateLimited(waitMs: waitMs) : .backfillLimited(waitMs: waitMs))
        } else if source.rules.isOnlyConnection {
            events.append(.disconnected(reason: reason, retryMs: waitMs))
        }
        if source.deadlineMs(job) < now.monotonic + waitMs { giveUp(job, reason, now, &writer, &events) }
    }

    private mutating func giveUpOverdue(
        until ms: Int64, _ reason: String, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        while true {
            let overdue = jobs.values.filter { source.deadlineMs($0) < ms }
            if overdue.isEmpty { return }
            for job in overdue.sorted(by: { $0.number < $1.number }) { giveUp(job, reason, now, &writer, &events) }
            // The holes behind those may be as old.
            source.update(&jobs, writer, now)
        }
    }

    private mutating func giveUp(
        _ job: BackfillJob, _ reason: String, _ now: Moment, _ writer: inout TickWriter, _ events: inout [FeedEvent]
    ) {
        jobs[job.number] = nil
        events.append(.unfilled(symbol: job.symbol, trades: job.hole?.count, reason: reason))
        source.giveUp(job, &writer, now)
    }
}
