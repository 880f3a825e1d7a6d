internal import CryptoCore
internal import NetClient

/// The past prices of a venue's symbols, which come before their present ones.
struct PastPrices<Venue: PriceVenue>: BackfillSource {
    let rules: BackfillRules
    private let venue: Venue
    /// How far back. *Units*: ms.
    private let lengthMs: Int64
    /// Those whose prices are still wanted.
    private var waiting: [MissingPart]

    /// - Parameter retry: the waits after a failure.
    init(_ venue: Venue, lengthMs: Int64, retry: ReconnectPolicy, into writer: inout TickWriter, nowMs: Int64) {
        self.venue = venue
        self.lengthMs = lengthMs
        rules = BackfillRules(
            retry: retry, answerMs: .max, rateLimitedMs: 60_000, attempts: 5, isOnlyConnection: true)
        waiting = []
        guard lengthMs > 0 else { return }
        for symbol in venue.questions.joined() where venue.pastRequest(symbol, lengthMs: lengthMs) != nil {
            let id = writer.series.intern(Series(source: venue.profile.source, symbol: symbol))
            waiting.append(MissingPart(number: waiting.count, series: id, symbol: symbol, seenMs: nowMs))
        }
    }

    func missing(_ writer: borrowing TickWriter, _ now: Moment) -> [MissingPart] { waiting }

    func isDue(_ job: BackfillJob, _ openMs: Int64?, _ now: Moment) -> Bool { true }

    /// One symbol after the other.
    func rank(_ job: BackfillJob) -> Int { job.number }

    func deadlineMs(_ job: BackfillJob) -> Int64 { .max }

    mutating func request(
        _ job: inout BackfillJob, _ writer: inout TickWriter, _ openMs: Int64?, _ now: Moment
    ) -> VenueRequest {
        venue.pastRequest(job.symbol, lengthMs: lengthMs)!  // not nil: those without one are not waiting
    }

    mutating func take(
        _ response: VenueResponse, _ job: inout BackfillJob, _ writer: inout TickWriter, _ now: Moment
    ) throws(DecodeError) -> BackfillOutcome {
        let answer = try venue.decodePast(
            response, job.symbol, sinceMs: now.wall - lengthMs, receivedMs: now.wall, into: &writer)
        guard case .prices(let new, _) = answer else {
            guard case .refused(let refusal) = answer else { return .more }
            return .refused(refusal)
        }
        job.filled = Int64(new)
        // Until the first present price nobody watches; the past ones end somewhat before now.
        if new > 0 { writer.gaps.open(job.series, .start) }
        forget(job)
        return .ended(unfilled: nil)
    }

    mutating func giveUp(_ job: BackfillJob, _ writer: inout TickWriter, _ now: Moment) { forget(job) }

    private mutating func forget(_ job: BackfillJob) { waiting.removeAll { $0.number == job.number } }
}
