/// The rules of event time that a user can choose.
public struct WindowConfiguration: Equatable, Sendable {
    /// The length of every window, ms.
    public static let windowLength: Int64 = 60_000

    /// How far a series' watermark stays behind the largest event time counted in it, ms.
    public var lateness: Int64
    /// From one sliding window to the next, and the length of a slice, ms; divides a minute.
    public var slide: Int64
    /// A series is quiet this long after a trade, ms; 0 = never.
    public var idleAfterTrade: Int64
    /// The same after a quote.
    public var idleAfterQuote: Int64

    /// - Precondition: lateness is not negative, slide divides a minute.
    public init(
        lateness: Int64 = 5_000, slide: Int64 = 10_000, idleAfterTrade: Int64 = 10_000, idleAfterQuote: Int64 = 180_000
    ) {
        precondition(lateness >= 0, "lateness is a duration")
        precondition(slide > 0 && WindowConfiguration.windowLength % slide == 0, "the slide divides a minute")
        self.lateness = lateness
        self.slide = slide
        self.idleAfterTrade = idleAfterTrade
        self.idleAfterQuote = idleAfterQuote
    }

    /// How long after a tick of this kind a series is quiet, ms; 0 = never.
    func idleTimeout(after kind: TickKind) -> Int64 { kind == .quote ? idleAfterQuote : idleAfterTrade }

    /// The shorter timeout of those that are on; nil when none is.
    var shortestIdle: Int64? { [idleAfterTrade, idleAfterQuote].filter { $0 > 0 }.min() }
}

extension Int64 {
    /// The largest multiple of `step` that is not above this time; right before 1970 too.
    func aligned(to step: Int64) -> Int64 {
        let remainder = self % step
        return self &- (remainder < 0 ? remainder &+ step : remainder)
    }
}
