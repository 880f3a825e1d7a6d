internal import CryptoCore

extension RecentFiller: RecordedFiller {
    var askedSeries: SeriesID? { asked?.loss.series }

    func address(of symbol: String) -> String { venue.request(symbol).address }

    mutating func noteTime(_ writer: borrowing TickWriter, at now: Moment) {
        let losses = writer.losses
        if !losses.isEmpty || !jobs.isEmpty { update(losses, now) }
    }

    /// What was asked before and is not answered was given up, if the recording says so.
    mutating func noteAsked(
        _ series: SeriesID, isOpen: Bool, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) {
        asked = nil
        noteTime(writer, at: now)
        guard let loss = writer.loss(series) else { return }
        _ = send(loss, writer.series[series].symbol, isOpen ? 0 : nil, now)
    }
}
