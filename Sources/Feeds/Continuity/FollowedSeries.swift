/// A series that is followed: how it is seen that its trades are missing, and what is missing now.
struct FollowedSeries {
    /// Where the venue numbers its trades one by one.
    var sequence: SequenceTracker?
    /// Where it tells its newest trades only, by ids that cannot be counted.
    var newest: NewestTrade?
    /// What is missing, the oldest first; only the first is being filled.
    var holes: [Hole] = []
    /// The first trade is to be preceded by the history from here on. *Units*: ms since the epoch.
    var historyFromMs: Int64?

    /// The newest hole; there is one.
    var last: Hole {
        get { holes[holes.count - 1] }
        _modify { yield &holes[holes.count - 1] }
    }

    /// Takes the newest trade of a batch, where the venue tells its newest only.
    mutating func noteNewest(_ entry: TickBatch.Entry, of batch: TickBatch) {
        if newest != nil { batch.copy(entry, to: &newest!.json) }  // just compared with nil
    }
}

/// The newest trade of a series that was written.
struct NewestTrade {
    /// Its JSON; empty before the first.
    var json: [UInt8] = []
    /// The newest trade of an earlier run.
    var recorded: KnownTrade?

    /// The newest trade on record.
    var known: KnownTrade? { json.isEmpty ? recorded : KnownTrade(json: json.span.bytes) }
}
