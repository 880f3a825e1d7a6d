internal import CryptoCore

/// A filler whose questions a recording tells, in place of those that it would ask.
protocol RecordedFiller: TradeFiller {
    /// What the question under way is about.
    var askedSeries: SeriesID? { get }

    /// The address that a market is asked about at; only the market in it matters.
    func address(of symbol: String) -> String

    /// Time has passed.
    mutating func noteTime(_ writer: borrowing TickWriter, at now: Moment)

    /// This series was asked about, with or without a connection of the stream.
    mutating func noteAsked(
        _ series: SeriesID, isOpen: Bool, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent])
}
