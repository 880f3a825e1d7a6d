/// Asks a venue for what a writer's series lack; it opens no connection.
package protocol TradeFiller: Sendable {
    /// What to do now.
    ///
    /// - Parameter openMs: for how long the stream has had everything that is wanted; 0 while it has not yet, nil without a
    ///   connection. *Units*: ms.
    mutating func next(
        _ writer: inout TickWriter, openMs: Int64?, at now: Moment, events: inout [FeedEvent]
    ) -> FillStep

    /// The request under way was answered.
    mutating func answered(
        _ response: VenueResponse, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent])

    /// The request under way came to nothing.
    mutating func failed(
        _ reason: String, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent])
}

/// What a filler wants to be done.
package enum FillStep: Equatable, Sendable {
    /// Nothing is missing, or an answer is awaited.
    case idle
    /// Nothing before this much time has passed. *Units*: ms.
    case wait(ms: Int64)
    /// Send this and hand in what comes of it.
    case send(VenueRequest)
}
