package import CryptoCore
internal import NetClient

/// Missing trades of a venue that tells a market's newest trades.
///
/// While the connection is away, or a market is not subscribed, it is asked about now and then, so that what is missing stays short.
/// Behind a new connection it is asked about once more, as soon as the stream has given a trade that the answer must hold, or
/// none for a moment. Where the venue tells older trades too, it is asked for them, page by page, until those that are known
/// are met. What the venue does not tell within a few seconds is a gap.
package struct BackfillByNewest: BackfillSource {
    /// How long the venue may give no answer that is of use. *Units*: ms.
    package static let patienceMs: Int64 = 3_000
    /// No trade waits longer for those before it, whatever else is asked for. *Units*: ms.
    package static let queueMs: Int64 = 10_000
    /// Without a new trade a market is asked about after this time with a connection. *Units*: ms.
    package static let quietMs: Int64 = 1_500
    /// Without a connection it is asked about so often. *Units*: ms.
    static let awayMs: Int64 = 1_000
    /// What the stream has told the venue's other interface may know so much later. *Units*: ms.
    static let behindMs: Int64 = 250

    /// So many answers about a market are joined at most.
    private static let maximumAnswers = 100
    /// So many where they cannot end its hole: it is not asked about again then until one can.
    private static let maximumEarlyAnswers = 10

    package let rules = BackfillRules(
        retry: ReconnectPolicy(initialDelayMs: 250, maximumDelayMs: 10_000, minimumSpacingMs: 0),
        answerMs: patienceMs, rateLimitedMs: 10_000)
    private let venue: any RecentTrades
    private let toldLimit: Int
    /// What answers have told of all markets that is not written yet. *Units*: trades.
    private var told = 0

    /// - Parameter toldLimit: beyond so many such trades no older ones are asked for, which bounds memory: 60 MB. *Units*: trades.
    package init(_ venue: any RecentTrades, toldLimit: Int = 200_000) {
        self.venue = venue
        self.toldLimit = toldLimit
    }

    // MARK: What is asked for

    package mutating func update(_ jobs: inout [Int: BackfillJob], _ writer: borrowing TickWriter, _ now: Moment) {
        update(&jobs, writer, where: { _ in true }, now)
        told = jobs.values.reduce(0) { $0 + $1.recent.told.trades.count }
    }

    package func isDue(_ job: BackfillJob, _ openMs: Int64?, _ now: Moment) -> Bool {
        if isSettled(job, openMs, now) || job.recent.older != nil { return true }
        if job.recent.isTooLong { return false }
        guard let openMs else { return job.askedMs.map { now.monotonic - $0 >= BackfillByNewest.awayMs } ?? true }
        // The outage of a market that is not subscribed goes on.
        return min(openMs, now.monotonic - (job.askedMs ?? job.seenMs)) >= BackfillByNewest.quietMs
    }

    /// Whether sight is back: a trade has shown it, or nothing was lost for a moment.
    private func isSettled(_ job: BackfillJob, _ openMs: Int64?, _ now: Moment) -> Bool {
        job.hole?.endsWithTrade == true || min(openMs ?? 0, now.monotonic - job.outageMs) >= BackfillByNewest.quietMs
    }

    package func mayWait(_ job: BackfillJob, ms: Int64, _ openMs: Int64?, _ now: Moment) -> Bool {
        ms <= BackfillByNewest.patienceMs || !isSettled(job, openMs, now)
    }

    package func rank(_ job: BackfillJob) -> Int { job.heldMs == nil ? 1 : 0 }

    package func deadlineMs(_ job: BackfillJob) -> Int64 {
        min(
            job.heldMs.map { $0 + BackfillByNewest.queueMs } ?? .max,
            job.recent.finalMs.map { $0 + BackfillByNewest.patienceMs } ?? .max)
    }

    package mutating func request(
        _ job: inout BackfillJob, _ writer: inout TickWriter, _ openMs: Int64?, _ now: Moment
    ) -> VenueRequest {
        if let older = job.recent.older { return older }
        job.recent.isFinal = isSettled(job, openMs, now)
        if job.recent.isFinal {
            job.recent.finalMs = job.recent.finalMs ?? now.monotonic
            job.recent.newest = job.recent.newest ?? job.hole?.newestKnown
        }
        return venue.request(job.symbol)
    }

    // MARK: What comes

    package mutating func take(
        _ response: VenueResponse, _ job: inout BackfillJob, _ writer: inout TickWriter, _ now: Moment
    ) throws(DecodeError) -> BackfillOutcome {
        let page: [TickWriter.TradeFields]
        switch try venue.decode(response, job.symbol) {
        case .refused(let refusal): return .refused(refusal)
        case .trades(let trades): page = trades
        }
        var told = job.recent.told
        (job.recent.told, job.recent.older) = (JoinedAnswers(), nil)
        let isNew = told.add(page, response.body)
        guard let hole = writer.continuity.hole(job.series), let known = hole.known else {
            return .ended(unfilled: nil)
        }
        let trades = told.trades
        let text = told.body
        let body = text.span.bytes
        let isFinal = job.canEnd(hole)
        let reach = RecentReach(trades, known: known, newest: job.newest(hole), body)
        if isNew, reach.wantsOlder, let older = older(than: told, job.symbol, isFinal: isFinal) {
            (job.recent.told, job.recent.older) = (told, older)
            job.recent.finalMs = job.recent.finalMs.map { _ in now.monotonic }
            return .again(afterMs: 0)
        }
        job.recent.isTooLong = !isFinal && told.count >= BackfillByNewest.maximumEarlyAnswers && reach.wantsOlder
        switch reach {
        case .whole(let place):
            let excerpt = RecentExcerpt(trades: trades, start: place, isFinal: isFinal)
            job.filled += writer.continuity.fill(excerpt, of: job.series, nowMs: now.wall, body)
            return isFinal ? .ended(unfilled: nil) : .again(afterMs: 0)
        case .cut(let place):
            let excerpt = RecentExcerpt(trades: Array(trades[place...]), start: nil, isFinal: isFinal)
            job.filled += writer.continuity.fill(excerpt, of: job.series, nowMs: now.wall, body)
            return isFinal ? .ended(unfilled: "more is missing than the venue tells") : .again(afterMs: 0)
        // Without a connection nothing shows what is missing in the end.
        case .behind where isFinal:
            if deadlineMs(job) < now.monotonic + BackfillByNewest.behindMs {
                return .hopeless("the venue's newest trades are older than the stream's")
            }
            return .again(afterMs: BackfillByNewest.behindMs)
        case .useless(let reason) where isFinal: return .hopeless(reason)
        case .behind, .useless: return .again(afterMs: BackfillByNewest.behindMs)
        }
    }

    /// The request for what is older than all that was told; nil where that is enough.
    private func older(than answers: JoinedAnswers, _ symbol: String, isFinal: Bool) -> VenueRequest? {
        let limit = isFinal ? BackfillByNewest.maximumAnswers : BackfillByNewest.maximumEarlyAnswers
        guard answers.count < limit, told + answers.trades.count < toldLimit, let oldest = answers.oldestID else {
            return nil
        }
        return venue.request(symbol, before: oldest)
    }

    /// What was told is written behind a gap where it reaches the newest trade that came. Whether it ends the hole is as with an
    /// answer: where sight was lost since, the hole begins behind it.
    package mutating func giveUp(_ job: BackfillJob, _ writer: inout TickWriter, _ now: Moment) {
        guard let hole = writer.continuity.hole(job.series), hole.number == job.number else { return }
        let (trades, text) = (job.recent.told.trades, job.recent.told.body)
        let body = text.span.bytes
        guard let known = hole.known,
            case .cut(let place) = RecentReach(trades, known: known, newest: job.newest(hole), body)
        else { return writer.continuity.giveUp(job.series, nowMs: now.wall) }
        let excerpt = RecentExcerpt(trades: Array(trades[place...]), start: nil, isFinal: job.canEnd(hole))
        _ = writer.continuity.fill(excerpt, of: job.series, nowMs: now.wall, body)
    }
}

extension BackfillJob {
    /// Whether the last answer can end the hole, as it is now. A trade that has come since it was asked for shows as well that
    /// sight is back.
    fileprivate func canEnd(_ hole: Hole) -> Bool {
        hole.endsWithTrade || recent.isFinal && askedOutages == hole.outages
    }

    /// The trade that an answer has to hold; nil: none has come.
    fileprivate func newest(_ hole: Hole) -> KnownTrade? { recent.newest ?? hole.newestKnown }
}

/// What was asked about a market's newest trades.
struct RecentProgress {
    /// Whether the answer under way can end the hole.
    var isFinal = false
    /// Whether more is missing than is asked for before an answer can end the hole.
    var isTooLong = false
    /// Since when such an answer is wanted. *Units*: ms, monotonic.
    var finalMs: Int64?
    /// The newest trade that waited then, which the answer has to hold.
    var newest: KnownTrade?
    /// What older and older answers have told so far; empty where the next one is the first.
    var told = JoinedAnswers()
    /// What is asked for next, where older trades are wanted.
    var older: VenueRequest?
}
