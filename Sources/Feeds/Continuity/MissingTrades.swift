/// Trades of one series that happened and did not come: what lies between two trades that did.
package struct MissingTrades: Sendable, Equatable {
    package var series: SeriesID
    /// The last id that came before; nil where the series has none yet and only a time is known.
    package var after: Int64?
    /// Event time of that trade, or from when on trades are wanted. *Units*: ms since the epoch.
    package var sinceMs: Int64
    /// The first id that came behind; nil: none did so far.
    package var before: Int64?
    /// Event time of that trade. *Units*: ms since the epoch.
    package var beforeMs: Int64?
    package var reason: GapReason
    /// Whether it is what was before the first trade, which nobody has missed.
    package var isHistory = false

    /// How many ids are missing; nil where one end is not known.
    package var count: Int64? {
        guard let after, let before else { return nil }
        return before - after - 1
    }
}
