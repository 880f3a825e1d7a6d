package import CryptoCore
internal import NetClient

/// Missing trades of a venue that tells a market's newest trades.
///
/// While the connection is away a market is asked about now and then, so that what is missing stays short. Behind a new
/// connection it is asked about once more, as soon as the stream has given a trade that the answer must hold, or none for a
/// moment. Where the venue tells older trades too, it is asked for them, page by page, until those that are known are met. What the
/// venue does not tell within a few seconds is a gap.
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

    /// So many answers are joined at most, which bounds memory.
    private static let maximumAnswers = 100

    package let rules = BackfillRules(
        retry: ReconnectPolicy(initialDelayMs: 250, maximumDelayMs: 10_000, minimumSpacingMs: 0),
        answerMs: patienceMs, rateLimitedMs: 10_000, longestPauseMs: patienceMs)
    private let venue: any RecentTrades

    package init(_ venue: any RecentTrades) { self.venue = venue }

    // MARK: What is asked for

    package func update(_ jobs: inout [Int: BackfillJob], _ writer: borrowing TickWriter, _ now: Moment) {
        update(&jobs, writer, where: { _ in true }, now)
    }

    package func isDue(_ job: BackfillJob, _ openMs: Int64?, _ now: Moment) -> Bool {
        if job.hole?.endsWithTrade == true || job.recent.older != nil { return true }
        if let openMs { return min(openMs, now.monotonic - job.outageMs) >= BackfillByNewest.quietMs }
        return job.askedMs.map { now.monotonic - $0 >= BackfillByNewest.awayMs } ?? true
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
        job.recent.isFinal = job.hole?.endsWithTrade == true || openMs != nil
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
        // A trade that has come since it was asked for is as good.
        let newest = job.recent.newest ?? hole.newestKnown
        let isFinal = hole.endsWithTrade || job.recent.isFinal && job.askedOutages == hole.outages
        let reach = RecentReach(trades, known: known, newest: newest, body)
        if isNew, reach.wantsOlder, let oldest = told.oldestID, told.count < BackfillByNewest.maximumAnswers,
            let older = venue.request(job.symbol, before: oldest)
        {
            (job.recent.told, job.recent.older) = (told, older)
            job.recent.finalMs = job.recent.finalMs.map { _ in now.monotonic }
            return .again(afterMs: 0)
        }
        switch reach {
        case .whole(let place):
            let excerpt = RecentExcerpt(trades: trades, start: place, isFinal: isFinal)
            job.filled += writer.continuity.fill(excerpt, of: job.series, nowMs: now.wall, body)
            return isFinal ? .ended(unfilled: nil) : .again(afterMs: 0)
        case .cut:
            let excerpt = RecentExcerpt(trades: trades, start: nil, isFinal: isFinal)
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

    /// What was told is of use, though it does not reach back to what is known: between them is a gap.
    package mutating func giveUp(_ job: BackfillJob, _ writer: inout TickWriter, _ now: Moment) {
        guard writer.continuity.hole(job.series)?.number == job.number else { return }
        let told = job.recent.told
        if told.trades.isEmpty { return writer.continuity.giveUp(job.series, nowMs: now.wall) }
        let excerpt = RecentExcerpt(trades: told.trades, start: nil, isFinal: true)
        let body = told.body
        _ = writer.continuity.fill(excerpt, of: job.series, nowMs: now.wall, body.span.bytes)
    }
}

/// What was asked about a market's newest trades.
struct RecentProgress {
    /// Whether the answer under way can end the hole.
    var isFinal = false
    /// Since when such an answer is wanted. *Units*: ms, monotonic.
    var finalMs: Int64?
    /// The newest trade that waited then, which the answer has to hold.
    var newest: KnownTrade?
    /// What older and older answers have told so far; empty where the next one is the first.
    var told = JoinedAnswers()
    /// What is asked for next, where older trades are wanted.
    var older: VenueRequest?
}
