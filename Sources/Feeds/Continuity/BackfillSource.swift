package import CryptoCore
internal import NetClient

/// What can be asked of one host's past, and what its answers mean.
package protocol BackfillSource: Sendable {
    var rules: BackfillRules { get }

    /// What is missing now, as far as it can be asked for.
    func missing(_ writer: borrowing TickWriter, _ now: Moment) -> [MissingPart]

    /// Whether a job may be asked about now. *Units*: `openMs` as given to `Backfill.next`.
    func isDue(_ job: BackfillJob, _ openMs: Int64?, _ now: Moment) -> Bool

    /// Jobs of a lower rank are asked about first.
    func rank(_ job: BackfillJob) -> Int

    /// When a job is given up. *Units*: ms, monotonic; `Int64.max`: nobody waits for it.
    func deadlineMs(_ job: BackfillJob) -> Int64

    /// The next request about a job, which is under way from then on.
    mutating func request(
        _ job: inout BackfillJob, _ writer: inout TickWriter, _ openMs: Int64?, _ now: Moment
    ) -> VenueRequest

    /// Writes what an answer to the last request about a job holds.
    /// - Throws: the body is not what the venue sends.
    mutating func take(
        _ response: VenueResponse, _ job: inout BackfillJob, _ writer: inout TickWriter, _ now: Moment
    ) throws(DecodeError) -> BackfillOutcome

    /// What is missing cannot be had.
    mutating func giveUp(_ job: BackfillJob, _ writer: inout TickWriter, _ now: Moment)
}

extension BackfillSource {
    /// What is missing is a hole: a gap says so, and what waited behind it goes out.
    package mutating func giveUp(_ job: BackfillJob, _ writer: inout TickWriter, _ now: Moment) {
        guard writer.continuity.hole(job.series)?.number == job.number else { return }
        writer.giveUp(job.series, nowMs: now.wall)
    }
}

/// How a host is asked.
package struct BackfillRules: Sendable {
    /// The waits before it is asked again after a failure, which begin anew with each answer.
    var retry: ReconnectPolicy
    /// An answer is awaited for so long. *Units*: ms.
    var answerMs: Int64
    /// How long it is left in peace when it has had too many requests and names no time. *Units*: ms.
    var rateLimitedMs: Int64
    /// With a connection, what is due is given up where the host must not be asked for longer than this. *Units*: ms.
    var longestPauseMs = Int64.max
    /// A job is given up after so many failures.
    var attempts = Int.max
    /// Whether failures are told as a lost connection: there is no other one.
    var isOnlyConnection = false
}

/// Something of one series that is missing.
package struct MissingPart: Sendable {
    /// Tells the parts of one writer apart.
    package var number: Int
    package var series: SeriesID
    package var symbol: String
    /// *Units*: ms since the epoch.
    package var seenMs: Int64
    /// When the first trade behind it began to wait. *Units*: ms since the epoch.
    package var waitingSinceMs: Int64?
    /// How many trades are missing; nil where that is not known.
    package var count: Int64?
    package var isHistory = false
    package var isSuspected = false
    package var outages = 1
    /// Whether a trade that waits has come since sight was lost last.
    package var endsWithTrade = false

    /// The part of a hole.
    init(_ hole: Hole, symbol: String) {
        (number, series, self.symbol) = (hole.number, hole.series, symbol)
        (seenMs, waitingSinceMs, count) = (hole.seenMs, hole.waitingSinceMs, hole.count)
        (isHistory, isSuspected, outages) = (hole.isHistory, hole.isSuspected, hole.outages)
        endsWithTrade = hole.endsWithTrade
    }

    /// A part that is no hole: nothing waits for it.
    init(number: Int, series: SeriesID, symbol: String, seenMs: Int64) {
        (self.number, self.series, self.symbol, self.seenMs) = (number, series, symbol, seenMs)
    }
}

/// What has been done about a missing part. *Units*: ms, monotonic.
package struct BackfillJob: Sendable {
    let number: Int
    let series: SeriesID
    let symbol: String
    /// When it was seen to be missing.
    var seenMs: Int64
    /// Since when trades wait for it.
    var heldMs: Int64?
    let isHistory: Bool
    var isSuspected: Bool
    /// Whether more is missing than one answer holds, as far as was known at first.
    let isLong: Bool
    /// How many trades are missing still.
    var left: Int64?
    var outages: Int
    /// When sight was lost last.
    var outageMs: Int64
    /// Whether a trade that waits has come since.
    var endsWithTrade = false
    /// When it was asked about last.
    var askedMs: Int64?
    /// It is not asked about before.
    var notBeforeMs = Int64.min
    /// When something of it came last, or it was seen.
    var progressMs: Int64
    var reportedMs: Int64
    var failures = 0
    /// Trades, or prices, that came.
    var filled: Int64 = 0
    /// Which pages were asked for, where trades are numbered.
    var pages = PageProgress()
    /// What was asked, where the venue tells its newest trades.
    var recent = RecentProgress()

    init(_ part: MissingPart, _ now: Moment) {
        (number, series, symbol) = (part.number, part.series, part.symbol)
        (isHistory, isSuspected, outages, left) = (part.isHistory, part.isSuspected, part.outages, part.count)
        isLong = part.count.map { $0 > BackfillJob.pageTrades } ?? true
        seenMs = BackfillJob.monotonic(part.seenMs, now)
        (progressMs, outageMs) = (seenMs, seenMs)
        reportedMs = now.monotonic
    }

    /// Takes note of what has become of the part.
    mutating func note(_ part: MissingPart, _ now: Moment) {
        heldMs = part.waitingSinceMs.map { heldMs ?? BackfillJob.monotonic($0, now) }
        if outages != part.outages { (recent, outageMs) = (RecentProgress(), now.monotonic) }
        (isSuspected, outages, left) = (part.isSuspected, part.outages, part.count)
        endsWithTrade = part.endsWithTrade
    }

    /// Every venue's answer holds as many.
    private static let pageTrades: Int64 = 1_000
    /// Nobody waits longer, whatever was done to the wall clock meanwhile.
    private static let longestAgeMs: Int64 = 120_000

    private static func monotonic(_ wallMs: Int64, _ now: Moment) -> Int64 {
        now.monotonic - min(max(now.wall - wallMs, 0), longestAgeMs)
    }
}

/// What an answer came to.
package enum BackfillOutcome: Sendable {
    /// Nothing is missing any more; or what still is lies in a gap, for this reason.
    case ended(unfilled: String?)
    /// Something came, and there is more.
    case more
    /// Nothing came, but it may later. *Units*: ms.
    case again(afterMs: Int64)
    /// It will never be had.
    case hopeless(String)
    case refused(VenueRefusal)
}

/// What a backfill wants to be done.
package enum BackfillStep: Equatable, Sendable {
    /// Nothing is missing, or an answer is awaited.
    case idle
    /// Nothing before this much time has passed. *Units*: ms.
    case wait(ms: Int64)
    /// Send this and hand in what comes of it.
    case send(VenueRequest)
}
