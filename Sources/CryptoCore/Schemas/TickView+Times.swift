/// Which times a tick can have: milliseconds of the years 1 to 9999, and none that is ahead of the clocks that saw it later.
extension TickView {
    /// An event time may lie this far (ms) ahead of the ingest time, and of the broker's.
    public static let maximumLead: Int64 = 60_000
    /// Event times outside the years 1 to 9999 are refused.
    public static let eventTimes: Range<Int64> = -62_135_596_800_000..<253_402_300_800_000

    // A clock of the years 2001 to 2286, in other units. As milliseconds the first would be days between January and April
    // of 1970, on which nothing was traded that anybody recorded; the others lie beyond the year 9999.
    private static let seconds: Range<Int64> = 1_000_000_000..<10_000_000_000
    private static let microseconds: Range<Int64> = 1_000_000_000_000_000..<10_000_000_000_000_000
    private static let nanoseconds: ClosedRange<Int64> = 1_000_000_000_000_000_000...(.max)

    /// Whether `time` can stand in a tick: milliseconds since 1970.
    public static func isTime(_ time: Int64) -> Bool { eventTimes.contains(time) && !seconds.contains(time) }

    /// What a field must be that holds `time`; nil when `time` is milliseconds since 1970.
    package static func wanted(insteadOf time: Int64) -> StaticText? {
        if seconds.contains(time) { return "milliseconds since 1970, this looks like seconds" }
        if eventTimes.contains(time) { return nil }
        if microseconds.contains(time) { return "milliseconds since 1970, this looks like microseconds" }
        if nanoseconds.contains(time) { return "milliseconds since 1970, this looks like nanoseconds" }
        return "within the years 1 to 9999"
    }

    /// Whether the event time is more than a minute ahead of `appendTime`, the time (ms) at which the broker wrote the record to
    /// its log; nil where the record's time is not the broker's.
    ///
    /// Source and producer may share a clock that is wrong; the broker's is another. Such a tick would make those behind it late.
    @inlinable @inline(__always)
    public func isAhead(ofAppendTime appendTime: Int64?) -> Bool {
        guard let appendTime else { return false }
        return eventTime &- appendTime > TickView.maximumLead
    }

    /// Holds the event time against the broker's clock.
    /// - Throws: what is wrong with it; such a record is a dead letter.
    public func check(appendTime: Int64?) throws(DecodeError) {
        if isAhead(ofAppendTime: appendTime) {
            throw DecodeError(.badField("event_time", "at most a minute after the record's LogAppendTime"), at: 0)
        }
    }
}
