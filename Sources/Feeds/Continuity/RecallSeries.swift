internal import CryptoCore

/// A series whose venue tells its newest trades only, by ids that cannot be counted: what it needs to go on after a loss of
/// sight without a gap.
struct RecallSeries {
    /// Trades may be missing behind one that is known; those that come meanwhile wait.
    struct Loss {
        /// Tells one loss from the next.
        var number: Int
        let reason: GapReason
        /// Up to here nothing is missing.
        var known: KnownTrade
        /// When that was found to be all that is known. *Units*: ms since the epoch.
        var sinceMs: Int64
        let trades: DiskBuffer
        /// The JSON of the newest of them.
        var newest: [UInt8] = []
        /// Whether a gap record about what is open has been written.
        var isAnnounced = false
        /// Nothing is asked for any more: what waits goes out.
        var isOver = false
        /// Trades are thrown away from now on until the others are out; then a gap for this reason says so.
        var refusal: GapReason?
    }

    /// The JSON of the newest trade that was written; empty before the first.
    var newest: [UInt8] = []
    /// The newest trade of an earlier run.
    var recorded: KnownTrade?
    var loss: Loss?
    /// In which round `newest` was taken.
    var round = 0

    /// The newest trade that is on record.
    var known: KnownTrade? { newest.isEmpty ? recorded : KnownTrade(json: newest) }
}

/// A loss of sight, as whoever asks the venue sees it.
package struct SightLoss: Sendable, Equatable {
    package var series: SeriesID
    /// Tells one loss of a writer from the next.
    package var number: Int
    /// Up to here nothing is missing.
    package var known: KnownTrade
    /// Whether trades wait.
    package var isHolding: Bool
    /// The newest of them, where it was asked for.
    package var newest: KnownTrade?
}
