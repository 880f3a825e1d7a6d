package import CryptoCore
internal import NetClient

/// Missing trades and history of a venue that numbers its trades one by one: asked for by their ids, or by the time from which on
/// they are missing.
package struct BackfillByID: BackfillSource {
    /// How long trades wait for those before them. *Units*: ms.
    package static let patienceMs: Int64 = 120_000
    /// How long the venue may give nothing of history, which nobody has missed. *Units*: ms.
    package static let historyPatienceMs: Int64 = 900_000
    /// Without a new trade after a reconnect a series is asked about after this. *Units*: ms.
    static let quietMs: Int64 = 1_500
    /// A trade's time by REST and by the stream may differ by so much. *Units*: ms.
    private static let toleranceMs: Int64 = 5_000
    private static let emptyLimit = 8

    package let rules = BackfillRules(
        retry: ReconnectPolicy(initialDelayMs: 1_000, maximumDelayMs: 30_000, minimumSpacingMs: 0),
        answerMs: 30_000, rateLimitedMs: 60_000)
    private let history: any TradeHistory
    /// The venue has refused what only a key opens.
    private var isKeyless = false

    package init(_ history: any TradeHistory) { self.history = history }

    // MARK: What is asked for

    package func update(_ jobs: inout [Int: BackfillJob], _ writer: borrowing TickWriter, _ now: Moment) {
        let horizonMs = writer.continuity.policy?.horizonMs ?? 0
        // For how long nobody has looked: too long to be asked about without a trade that shows it.
        func unseenMs(_ hole: Hole) -> Int64 { now.wall - (hole.reason == .start ? hole.sinceMs : hole.seenMs) }
        update(&jobs, writer, where: { !$0.isSuspected || unseenMs($0) <= horizonMs }, now)
    }

    /// After a reconnect the next trade shows what was missed; where none comes, the venue is asked.
    package func isDue(_ job: BackfillJob, _ openMs: Int64?, _ now: Moment) -> Bool {
        job.hole?.isSuspected == false || min(openMs ?? 0, now.monotonic - job.seenMs) >= BackfillByID.quietMs
    }

    package func rank(_ job: BackfillJob) -> Int {
        job.hole?.isHistory == true ? 2 : job.hole?.isSuspected == true ? 1 : 0
    }

    /// What takes more than an answer may take longer, as long as it goes on.
    package func deadlineMs(_ job: BackfillJob) -> Int64 {
        if job.hole?.isSuspected == true { return .max }
        if job.hole?.isHistory == true { return job.progressMs + BackfillByID.historyPatienceMs }
        return (job.isLong ? max(job.seenMs, job.progressMs) : job.seenMs) + BackfillByID.patienceMs
    }

    package mutating func request(
        _ job: inout BackfillJob, _ writer: inout TickWriter, _ openMs: Int64?, _ now: Moment
    ) -> VenueRequest {
        if job.hole?.isSuspected == true {
            writer.continuity.setSuspected(false, job.series, nowMs: now.wall)
            job.hole = writer.continuity.hole(job.series)
            (job.seenMs, job.progressMs) = (now.monotonic, now.monotonic)
        }
        if isKeyless { job.pages.isRecent = true }
        job.pages.asked = page(job.hole, writer.continuity.end(of: job.series), &job)
        return history.request(job.pages.asked)
    }

    private func page(_ hole: Hole?, _ end: Int64?, _ job: inout BackfillJob) -> HistoryPage {
        let first = hole?.after.map { $0 + 1 } ?? job.pages.firstID
        var page = HistoryPage(
            symbol: job.symbol, first: first, end: end, sinceMs: hole?.sinceMs ?? 0, cursor: job.pages.cursor,
            isRecent: job.pages.isRecent)
        if page.isRecent { return page }
        if !job.pages.isCompared, let after = hole?.after {
            page.first = after  // with the one that is known, to see that it is the same there
        } else if first == nil, !history.takesTime, let hole, let before = hole.before, let beforeMs = hole.beforeMs {
            let search =
                job.pages.search
                ?? IDSearch(sinceMs: hole.sinceMs, before: (before, beforeMs), pageSize: history.pageSize)
            job.pages.search = search
            page.first = search.first
            page.end = nil
        }
        return page
    }

    // MARK: What comes

    package mutating func take(
        _ response: VenueResponse, _ job: inout BackfillJob, _ writer: inout TickWriter, _ now: Moment
    ) throws(DecodeError) -> BackfillOutcome {
        switch try history.decode(response, job.pages.asked) {
        case .refused(.forbidden) where history.hasRecent && !job.pages.isRecent:
            isKeyless = true
            return .again(afterMs: 0)
        case .refused(let refusal): return .refused(refusal)
        case .trades(let trades, let cursor):
            job.pages.cursor = cursor
            guard let hole = writer.continuity.hole(job.series) else { return .ended(unfilled: nil) }
            if !job.pages.isCompared, !job.pages.isRecent, !isSame(trades, hole) {
                return .hopeless("the venue numbers its trades otherwise here")
            }
            job.pages.isCompared = true
            if hole.after == nil, job.pages.firstID == nil, !job.pages.isRecent, !history.takesTime,
                !search(trades, hole, &job)
            {
                return job.pages.search == nil ? .hopeless("no trade of that time was found") : .more
            }
            return fill(trades, response.body.span.bytes, &job, &writer, now)
        }
    }

    /// Whether the venue means the same trades by these ids: the trade before the missing ones has the same time here and there.
    /// Where it is not in the answer, the first wanted one has to lie near.
    private func isSame(_ trades: [HistoricTrade], _ hole: Hole) -> Bool {
        guard let after = hole.after else { return true }
        if let known = trades.first(where: { $0.id == after }) {
            return abs(known.fields.eventTime - hole.sinceMs) <= BackfillByID.toleranceMs
        }
        guard let first = trades.first(where: { $0.id > after }) else { return true }
        let until = hole.beforeMs.map { max($0, hole.sinceMs) + BackfillByID.toleranceMs } ?? .max
        let since = min(hole.sinceMs, hole.beforeMs ?? .max) - BackfillByID.toleranceMs
        return (since...until).contains(first.fields.eventTime)
    }

    /// One step of the search for where history begins; true when it is known.
    private func search(_ trades: [HistoricTrade], _ hole: Hole, _ job: inout BackfillJob) -> Bool {
        guard var search = job.pages.search else { return false }
        let page = trades.first.flatMap { first in
            trades.last.map { last in
                (oldest: (first.id, first.fields.eventTime), newest: (last.id, last.fields.eventTime))
            }
        }
        switch search.note(page) {
        case .ask:
            job.pages.search = search
            return false
        case .lost:
            job.pages.search = nil
            return false
        case .found(let id): job.pages.firstID = trades.first { $0.fields.eventTime >= hole.sinceMs }?.id ?? id
        case .oldest(let id):
            job.pages.firstID = id
            job.pages.isCutShort = true
        }
        return true
    }

    /// Writes what an answer holds of its hole, and of those behind it.
    private func fill(
        _ trades: [HistoricTrade], _ body: RawSpan, _ job: inout BackfillJob, _ writer: inout TickWriter,
        _ now: Moment
    ) -> BackfillOutcome {
        var excerpt = HistoryExcerpt(
            trades: trades, firstID: job.pages.firstID, isCutShort: job.pages.isCutShort || job.pages.isRecent)
        let before = job.filled
        while true {
            job.filled += writer.continuity.fill(excerpt, of: job.series, nowMs: now.wall, body)
            guard writer.continuity.hole(job.series)?.isFilled == true else { break }
            writer.continuity.end(job.series, nowMs: now.wall)
            excerpt.firstID = nil
            guard let next = writer.continuity.hole(job.series), let after = next.after, !next.isSuspected,
                after < trades.last?.id ?? 0, isSame(trades, next)
            else { break }
        }
        if job.filled > before { job.progressMs = now.monotonic }
        job.pages.emptyAnswers = job.filled > before ? 0 : job.pages.emptyAnswers + 1
        guard let hole = writer.continuity.hole(job.series), hole.number == job.number else {
            return .ended(unfilled: nil)
        }
        return unfinished(hole, trades.count, &job, &writer, now)
    }

    /// What is to be done about a hole that an answer has not filled.
    private func unfinished(
        _ hole: Hole, _ count: Int, _ job: inout BackfillJob, _ writer: inout TickWriter, _ now: Moment
    ) -> BackfillOutcome {
        // Without an end, what is there is all there is.
        if hole.before == nil, job.pages.isRecent || count < history.pageSize || job.pages.emptyAnswers > 0 {
            guard job.askedOutages == hole.outages else {
                writer.continuity.setSuspected(true, job.series, nowMs: now.wall)
                return .more
            }
            writer.continuity.end(job.series, nowMs: now.wall)
            return .ended(unfilled: nil)
        }
        if job.pages.isRecent { return .hopeless("without a key only the newest trades can be had") }
        if job.pages.emptyAnswers >= BackfillByID.emptyLimit { return .hopeless("the venue has no more of them") }
        // What the stream has told its REST interface may know a little later.
        return job.pages.emptyAnswers == 0 ? .more : .again(afterMs: 500 << Int64(min(job.pages.emptyAnswers, 5)))
    }
}

/// Which pages of a market's past were asked for.
struct PageProgress {
    /// The page that is under way.
    var asked = HistoryPage(symbol: "", first: nil, sinceMs: 0)
    /// The first id that is wanted, where a search has found it.
    var firstID: Int64?
    var cursor: String?
    var isRecent = false
    /// The venue keeps nothing as old as what was asked for.
    var isCutShort = false
    /// Whether the trade before the missing ones was compared with the venue's.
    var isCompared = false
    var search: IDSearch?
    var emptyAnswers = 0
}
