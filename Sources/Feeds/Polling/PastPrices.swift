internal import CryptoCore
internal import NetClient

/// The past prices of a venue's symbols, which come before their present ones as long as they come at all: two minutes without any
/// end the wait.
struct PastPrices<Venue: PriceVenue>: BackfillSource {
    /// How long the venue may give no past prices. *Units*: ms.
    private static var patienceMs: Int64 { 120_000 }

    let rules: BackfillRules
    private let venue: Venue
    /// How far back. *Units*: ms.
    private let lengthMs: Int64
    /// Those whose prices are wanted, until their jobs begin.
    private var wanted: [(id: SeriesID, symbol: String)] = []
    /// When prices came last, or were wanted first. *Units*: ms, monotonic.
    private var progressMs = Int64.max

    /// - Parameter retry: the waits after a failure.
    init(_ venue: Venue, lengthMs: Int64, retry: ReconnectPolicy, into writer: inout TickWriter) {
        self.venue = venue
        self.lengthMs = lengthMs
        rules = BackfillRules(retry: retry, answerMs: .max, rateLimitedMs: 60_000, isOnlyConnection: true)
        guard lengthMs > 0 else { return }
        for symbol in venue.questions.joined() where venue.pastRequest(symbol, lengthMs: lengthMs) != nil {
            wanted.append((writer.series.intern(Series(source: venue.profile.source, symbol: symbol)), symbol))
        }
    }

    mutating func update(_ jobs: inout [Int: BackfillJob], _ writer: borrowing TickWriter, _ now: Moment) {
        progressMs = min(progressMs, now.monotonic)
        for (number, (id, symbol)) in wanted.enumerated() {
            jobs[number] = BackfillJob(number: number, series: id, symbol: symbol, nowMs: now.monotonic)
        }
        wanted = []
    }

    func isDue(_ job: BackfillJob, _ openMs: Int64?, _ now: Moment) -> Bool { true }

    func rank(_ job: BackfillJob) -> Int { 0 }

    func deadlineMs(_ job: BackfillJob) -> Int64 { progressMs + Self.patienceMs }

    func request(
        _ job: inout BackfillJob, _ writer: inout TickWriter, _ openMs: Int64?, _ now: Moment
    ) -> VenueRequest {
        venue.pastRequest(job.symbol, lengthMs: lengthMs)!  // not nil: those without one are not wanted
    }

    mutating func take(
        _ response: VenueResponse, _ job: inout BackfillJob, _ writer: inout TickWriter, _ now: Moment
    ) throws(DecodeError) -> BackfillOutcome {
        switch try venue.decodePast(
            response, job.symbol, sinceMs: now.wall - lengthMs, receivedMs: now.wall, into: &writer)
        {
        case .refused(let refusal): return .refused(refusal)
        case .prices(let new, _):
            job.filled = Int64(new)
            // Until the first present price nobody watches; the past ones end somewhat before now.
            if new > 0 { writer.gaps.open(job.series, .start) }
            progressMs = now.monotonic
            return .ended(unfilled: nil)
        }
    }

    /// The gap of the start says that the past prices are missing.
    func giveUp(_ job: BackfillJob, _ writer: inout TickWriter, _ now: Moment) {}
}
