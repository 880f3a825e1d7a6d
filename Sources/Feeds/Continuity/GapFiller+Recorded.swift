internal import CryptoCore

extension GapFiller: RecordedFiller {
    var askedSeries: SeriesID? { asked?.series }

    func address(of symbol: String) -> String {
        history.request(HistoryPage(symbol: symbol, first: nil, sinceMs: 0)).address
    }

    func noteTime(_ writer: borrowing TickWriter, at now: Moment) {}

    /// This series was asked about. What was asked before and is not answered came to nothing.
    mutating func noteAsked(
        _ series: SeriesID, isOpen: Bool, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        if asked != nil { failed("it was not answered", at: now, into: &writer, events: &events) }
        // After a reconnect a quiet series is asked about, though nothing shows that it lacks trades.
        if writer.missing(series) == nil { writer.askForNewest(series, nowMs: now.wall) }
        guard let missing = writer.missing(series) else { return }
        _ = ask(missing, symbol: writer.series[series].symbol, at: now)
    }
}
