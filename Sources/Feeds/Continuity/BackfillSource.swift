package import CryptoCore
internal import NetClient

/// What can be asked of one host's past, and what its answers mean.
package protocol BackfillSource {
    var rules: BackfillRules { get }

    /// Forgets jobs, by their numbers, of which nothing is missing any more, and begins new ones.
    mutating func update(_ jobs: inout [Int: BackfillJob], _ writer: borrowing TickWriter, _ now: Moment)

    /// Whether a job may be asked about now. *Units*: `openMs` as given to `Backfill.next`.
    func isDue(_ job: BackfillJob, _ openMs: Int64?, _ now: Moment) -> Bool

    /// Jobs of a lower rank are asked about first.
    func rank(_ job: BackfillJob) -> Int

    /// When a job is given up. *Units*: ms, monotonic; `Int64.max`: nobody waits for it.
    func deadlineMs(_ job: BackfillJob) -> Int64

    /// Whether a job that is due is asked about only so much later, where its host must not be asked before; else it is given up.
    /// *Units*: ms.
    func mayWait(_ job: BackfillJob, ms: Int64, _ openMs: Int64?, _ now: Moment) -> Bool

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
    /// What is missing are the holes that `isWanted`.
    func update(
        _ jobs: inout [Int: BackfillJob], _ writer: borrowing TickWriter, where isWanted: (Hole) -> Bool, _ now: Moment
    ) {
        if jobs.isEmpty, writer.continuity.incomplete.isEmpty { return }
        let before = jobs
        jobs.removeAll(keepingCapacity: true)
        for hole in writer.continuity.holes where isWanted(hole) {
            let symbol = writer.series[hole.series].symbol
            jobs[hole.number] = (before[hole.number] ?? BackfillJob(hole, symbol: symbol, now)).noting(hole, now)
        }
    }

    /// Until its deadline.
    package func mayWait(_ job: BackfillJob, ms: Int64, _ openMs: Int64?, _ now: Moment) -> Bool { true }

    /// What is missing is a hole: a gap says so, and what waited behind it goes out.
    package mutating func giveUp(_ job: BackfillJob, _ writer: inout TickWriter, _ now: Moment) {
        guard writer.continuity.hole(job.series)?.number == job.number else { return }
        writer.continuity.giveUp(job.series, nowMs: now.wall)
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
    /// Whether failures are told as a lost connection: there is no other one.
    var isOnlyConnection = false
}

/// Something of one series that is missing, and what has been done about it. *Units*: ms, monotonic.
package struct BackfillJob {
    /// Tells the jobs of one source apart.
    let number: Int
    let series: SeriesID
    let symbol: String
    /// What is missing, as it is now; nil: it is no hole, and nothing waits for it.
    var hole: Hole?
    /// Whether more is missing than one answer holds, as far as was known at first.
    var isLong = true
    /// When it was seen to be missing.
    var seenMs: Int64
    /// Since when trades wait for it.
    var heldMs: Int64?
    /// When sight was lost last.
    var outageMs: Int64
    /// When it was asked about last.
    var askedMs: Int64?
    /// How often sight had been lost then.
    var askedOutages = 0
    /// It is not asked about before.
    var notBeforeMs = Int64.min
    /// When something of it came last, or it was seen.
    var progressMs: Int64
    var reportedMs: Int64
    /// Trades, or prices, that came.
    var filled: Int64 = 0
    /// Which pages were asked for, where trades are numbered.
    var pages = PageProgress()
    /// What was asked, where the venue tells its newest trades.
    var recent = RecentProgress()

    /// A job about something that is no hole.
    init(number: Int, series: SeriesID, symbol: String, nowMs: Int64) {
        (self.number, self.series, self.symbol) = (number, series, symbol)
        (seenMs, outageMs, progressMs, reportedMs) = (nowMs, nowMs, nowMs, nowMs)
    }

    /// A job about a hole.
    init(_ hole: Hole, symbol: String, _ now: Moment) {
        self.init(number: hole.number, series: hole.series, symbol: symbol, nowMs: now.monotonic)
        self.hole = hole
        isLong = hole.count.map { $0 > BackfillJob.pageTrades } ?? true
        seenMs = BackfillJob.monotonic(hole.seenMs, now)
        (progressMs, outageMs) = (seenMs, seenMs)
    }

    /// The job, after it has taken note of what has become of its hole.
    func noting(_ hole: Hole, _ now: Moment) -> BackfillJob {
        var job = self
        job.heldMs = hole.waitingSinceMs.map { heldMs ?? BackfillJob.monotonic($0, now) }
        if hole.outages != self.hole?.outages {
            job.outageMs = now.monotonic
            // What could not end it is as good as before.
            if recent.isFinal { job.recent = RecentProgress() }
        }
        job.hole = hole
        return job
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
package enum BackfillOutcome {
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
