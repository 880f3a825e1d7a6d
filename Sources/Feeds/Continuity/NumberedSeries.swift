/// A series whose venue numbers its trades one by one, and what of it waits for trades that are missing before it.
struct NumberedSeries {
    /// What is missing, and the trades behind it that wait until it has come or is given up.
    struct Part {
        var missing: MissingTrades
        let trades: DiskBuffer
        /// When that was noticed. *Units*: ms since the epoch.
        let openedMs: Int64
        /// Nothing is waited for any more: the trades go out.
        var isOver = false

        init(missing: MissingTrades, _ rules: BackfillPolicy, openedMs: Int64) {
            self.missing = missing
            self.openedMs = openedMs
            trades = DiskBuffer(rules.quota, memoryBytes: rules.memoryBytes)
        }
    }

    var numbers: SequenceTracker
    /// Oldest first; only the first one is being filled.
    var parts: [Part] = []
    /// Since when trades may be missing without anybody knowing, and why. *Units*: ms since the epoch.
    var suspect: (sinceMs: Int64, reason: GapReason)?
    /// Whether a gap record about what is open has been written.
    var isAnnounced = false
    /// The first trade is to be preceded by the history from here on. *Units*: ms since the epoch.
    var historyFromMs: Int64?

    /// Whether the writer has it among the series that are looked after.
    var isUnsettled = false

    var isHeld: Bool { !parts.isEmpty }
    /// Whether nothing is missing, nor suspected to be.
    var isWhole: Bool { parts.isEmpty && suspect == nil }
}

/// What is done about trades that are missing.
package struct BackfillPolicy: Sendable {
    /// Where trades wait that came behind missing ones.
    package var quota: DiskQuota
    /// What is missing for longer than this is not asked for, but for a few trades. *Units*: ms.
    package var horizonMs: Int64
    /// Nor is more than this. *Units*: trades.
    package var limit: Int64
    /// So many are asked for however long ago they happened: a page. *Units*: trades.
    package var few: Int64 = 1000
    /// So much waits in memory behind each hole, before the disk.
    package var memoryBytes = 1 << 18
    /// What is missing for so long is announced as a gap, whether or not it comes later. *Units*: ms.
    package var announceMs: Int64

    package init(
        quota: DiskQuota, horizonMs: Int64 = 3_600_000, limit: Int64 = 5_000_000, announceMs: Int64 = 3_000
    ) {
        self.quota = quota
        self.horizonMs = horizonMs
        self.limit = limit
        self.announceMs = announceMs
    }
}
