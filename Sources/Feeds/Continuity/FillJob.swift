internal import CryptoCore

/// What one series lacks, as far as it has been asked for.
struct FillJob: Sendable {
    let series: SeriesID
    let symbol: String
    /// Whether it asks for what was before the first trade, not for what is missing in between.
    let isHistory: Bool
    /// The next id that is wanted; nil until it is known.
    var nextID: Int64?
    /// Event time of the last trade before it. *Units*: ms since the epoch.
    var lastMs: Int64
    var cursor: String?
    var isRecent: Bool
    /// The venue keeps nothing as old as what was asked for.
    var isCutShort = false
    /// Whether the trade before the missing ones was compared with the venue's.
    var isCompared = false
    var search: IDSearch?
    /// Trades that came.
    var filled: Int64 = 0
    /// When something came last, or the job began. *Units*: ms, monotonic.
    var progressMs: Int64
    var reportedMs: Int64
    var emptyAnswers = 0

    init(_ missing: MissingTrades, symbol: String, isRecent: Bool, nowMs: Int64) {
        series = missing.series
        self.symbol = symbol
        self.isRecent = isRecent
        isHistory = missing.isHistory
        nextID = missing.after.map { $0 + 1 }
        lastMs = missing.sinceMs
        isCompared = missing.after == nil
        progressMs = nowMs
        reportedMs = nowMs
    }

    /// Whether this is what it has been asking for: another hole of the series may have come in its place.
    func isAbout(_ missing: MissingTrades) -> Bool {
        guard missing.isHistory == isHistory else { return false }
        return missing.after.map { nextID == $0 + 1 } ?? true
    }
}
