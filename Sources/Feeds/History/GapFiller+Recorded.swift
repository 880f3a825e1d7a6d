internal import CryptoCore

/// Questions that a recording tells of, in place of those that the filler would ask.
extension GapFiller {
    /// This series was asked about. What was asked before and is not answered came to nothing.
    mutating func noteAsked(
        _ series: SeriesID, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        if asked != nil { failed("it was not answered", at: now, into: &writer, events: &events) }
        // After a reconnect a quiet series is asked about, though nothing shows that it lacks trades.
        if writer.missing(series) == nil { writer.askForNewest(series, nowMs: now.wall) }
        guard let missing = writer.missing(series) else { return }
        var job =
            jobs[series].flatMap { $0.isAbout(missing) ? $0 : nil }
            ?? FillJob(
                missing, symbol: writer.series[series].symbol, isRecent: isKeyless, nowMs: now.monotonic)
        let page = page(for: missing, &job)
        jobs[series] = job
        asked = (series, page)
    }
}
