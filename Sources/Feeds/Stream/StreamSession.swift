package import CryptoCore

/// Both clocks at one moment. *Units*: ms; `monotonic` from an arbitrary start, `wall` since the Unix epoch.
package struct Moment: Sendable, Equatable {
    package var monotonic: Int64
    package var wall: Int64

    package init(monotonic: Int64, wall: Int64) {
        self.monotonic = monotonic
        self.wall = wall
    }
}

/// What one venue's WebSocket wants said and what its frames mean, from opening to opening; without I/O and clock.
package protocol StreamSession: Sendable {
    /// The full address to connect to.
    var address: String { get }
    /// The source of its series.
    var source: String { get }
    /// How often the other side can be expected to say something, because we ask. *Units*: ms.
    var keepaliveMs: Int64 { get }
    /// Symbols that are still wanted; without any there is no reason to be connected.
    var wantedSymbols: [String] { get }

    /// A connection stands: what to send. The wanted set is subscribed anew.
    mutating func opened(at now: Moment) -> [String]

    /// A text frame came: writes its ticks and returns what to send in answer.
    /// - Throws: it is no frame of this venue; what it would have said about a series is a gap by then.
    mutating func received(
        _ frame: RawSpan, at now: Moment, into writer: inout TickWriter, events: inout [FeedEvent]
    ) throws(DecodeError) -> [String]

    /// Time has passed: what to send.
    mutating func elapsed(at now: Moment) -> [String]

    /// Whether a subscription that should have been answered by now was not.
    func isUnanswered(at now: Moment) -> Bool
}
