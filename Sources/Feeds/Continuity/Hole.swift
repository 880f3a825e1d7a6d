internal import CryptoCore

/// Trades of one series that are missing, or may be: those behind the last trade that came, up to the first one that came after
/// them.
///
///                    the next number comes, or the venue has no more
///     suspected ────────────────────────────────────────────────────▶ gone
///         │
///         │ a number is skipped, or the venue is asked
///         ▼
///       open ── all there is has come, or a gap was written ──▶ over ── what waited is out ──▶ gone
///
/// An outage of a series whose trades are numbered begins as suspected: the next trade shows whether it is a hole. Where they are
/// not numbered it is open at once. Behind an open hole the trades of its series wait, so that they go out in order.
package struct Hole {
    /// Tells the holes of one writer apart.
    package let number: Int
    package let series: SeriesID
    package var reason: GapReason
    /// When it was seen; later, when an answer has moved its beginning. *Units*: ms since the epoch.
    package var seenMs: Int64

    /// The id of the last trade before it, where trades are numbered; nil where only a time is known.
    package var after: Int64?
    /// The last trade before it, where trades are not numbered.
    package var known: KnownTrade?
    /// Event time of the last trade before it, or from when on trades are wanted. *Units*: ms since the epoch.
    package var sinceMs: Int64
    /// The id of the first trade behind it, where trades are numbered; nil: none came so far.
    package var before: Int64?
    /// Event time of that trade. *Units*: ms since the epoch.
    package var beforeMs: Int64?

    /// Whether it is what was before the first trade, which nobody has missed.
    package var isHistory = false
    /// Nothing shows yet that trades are missing, and none wait.
    package var isSuspected = false
    /// How often sight was lost since it was seen: an answer that was asked for before the last time does not end it.
    package var outages = 1

    /// The trades behind it that wait, up to the next hole.
    let pending: DiskBuffer
    /// When the first of them began to wait. *Units*: ms since the epoch.
    package var waitingSinceMs: Int64?
    /// The JSON of the newest of them, where trades are not numbered.
    var newestPending: [UInt8] = []
    /// Its event time; before it came that of the last trade before the hole. *Units*: ms since the epoch.
    var newestMs: Int64
    /// How often sight had been lost when that one came.
    var newestOutages = 0
    /// Whether sight was lost while trades waited: more may be missing among them.
    var isInterrupted = false
    /// Whether a gap record has said that trades are missing here.
    var isAnnounced = false
    /// Nothing is waited for any more: what waits goes out.
    var isOver = false
    /// There was no room: what comes is dropped until all that waits is out, and a gap says so then.
    var isOverflown = false

    init(number: Int, series: SeriesID, reason: GapReason, sinceMs: Int64, seenMs: Int64, _ policy: BackfillPolicy) {
        self.number = number
        self.series = series
        self.reason = reason
        (self.sinceMs, newestMs, self.seenMs) = (sinceMs, sinceMs, seenMs)
        pending = DiskBuffer(policy.quota, memoryBytes: policy.memoryBytes)
    }

    /// How many trades are missing; nil where one end is not known.
    package var count: Int64? {
        guard let after, let before else { return nil }
        return before - after - 1
    }

    /// Whether every number between its ends has come.
    package var isFilled: Bool {
        guard let after, let before else { return false }
        return after + 1 >= before
    }

    /// The newest trade that waits for it, where trades are not numbered.
    var newestKnown: KnownTrade? { isHolding ? KnownTrade(json: newestPending.span.bytes) : nil }

    /// Whether a trade that waits has come since sight was lost last: behind it nothing is missing.
    var endsWithTrade: Bool { isHolding && newestOutages == outages }

    /// Whether trades wait for it.
    package var isHolding: Bool { !pending.isEmpty }
}

/// What is done about trades that are missing.
package struct BackfillPolicy: Sendable {
    /// Where trades wait that came behind missing ones.
    package var quota: DiskQuota
    /// Trades that are missing for longer than this are not asked for, unless they are few. *Units*: ms.
    package var horizonMs: Int64
    /// More missing trades than this are not asked for. *Units*: trades.
    package var limit: Int64
    /// Up to this many missing trades are asked for whatever their age: a page. *Units*: trades.
    package var few: Int64 = 1000
    /// What may wait in memory behind each hole, before the disk. *Units*: bytes.
    package var memoryBytes = 1 << 18
    /// A hole of this age is announced as a gap, whether or not the trades come later. *Units*: ms.
    package var announceMs: Int64

    package init(
        quota: DiskQuota, horizonMs: Int64 = 3_600_000, limit: Int64 = 5_000_000, announceMs: Int64 = 3_000
    ) {
        self.quota = quota
        self.horizonMs = horizonMs
        self.limit = limit
        self.announceMs = announceMs
    }

    /// Whether the venue is to be asked: for a few trades whenever they happened, for many when it was not long ago.
    func wants(_ hole: Hole) -> Bool {
        guard hole.sinceMs != .max else { return false }
        if let count = hole.count, count <= few { return true }
        if let beforeMs = hole.beforeMs, beforeMs - hole.sinceMs > horizonMs { return false }
        return hole.count ?? 0 <= limit
    }
}
