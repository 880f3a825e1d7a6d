/// A series' event time by the processor's rules: the watermark follows the largest event time at the distance of the lateness, and goes
/// on at the clock's pace while the series is quiet.
///
/// Whoever reads the clock tells when it was put right (`stepped`), as to the processor.
struct SeriesClock: Sendable {
    private static let never = Int64.min

    private let time: WindowConfiguration
    /// Minutes that end at or before this are final.
    private(set) var watermark = SeriesClock.never
    /// The largest event time, and the clock when that tick was read.
    private(set) var newest = SeriesClock.never
    private var newestReadAt: Int64 = 0
    /// The last tick that was not late: the clock when it was read, and its kind.
    private(set) var lastReadAt: Int64 = 0
    private var lastKind = TickKind.trade

    init(_ time: WindowConfiguration) { self.time = time }

    var slide: Int64 { time.slide }
    /// Where the watermark would be had the clock never moved it.
    var watermarkOfTicks: Int64 { newest == SeriesClock.never ? newest : newest - time.lateness }

    /// Whether all windows of a slice that starts there are final.
    func isLate(slice start: Int64) -> Bool { start + WindowConfiguration.windowLength <= watermark }

    /// Takes a tick that is not late.
    @inline(__always)
    mutating func meet(_ tick: Observation, now: Int64) {
        lastReadAt = now
        lastKind = tick.kind
        guard tick.eventTime > newest else { return }
        newest = tick.eventTime
        newestReadAt = now
        watermark = max(watermark, newest - time.lateness)
    }

    /// Lets the watermark of a quiet series go on; whether it moved.
    /// - Parameter confirmedAt: the clock (ms) when a broker that answers last said that there is nothing more.
    mutating func advance(confirmedAt: Int64) -> Bool {
        let timeout = time.idleTimeout(after: lastKind)
        guard newest != SeriesClock.never, timeout > 0, confirmedAt - lastReadAt >= timeout else { return false }
        let quietTime = newest + (confirmedAt - newestReadAt) - time.lateness
        guard quietTime > watermark else { return false }
        watermark = quietTime
        return true
    }

    /// What the clock shows when the watermark reaches `end`, should no tick come; `.max`: never.
    func reaching(_ end: Int64) -> Int64 {
        let timeout = time.idleTimeout(after: lastKind)
        guard timeout > 0, newest != SeriesClock.never else { return .max }
        return max(lastReadAt &+ timeout, newestReadAt &+ (end &- newest &+ time.lateness))
    }

    /// Tells that the clock was put forward (or back, where negative) by so many ms between two readings: nothing closes by it.
    mutating func stepped(byMs step: Int64) {
        guard newest != SeriesClock.never else { return }
        newestReadAt &+= step
        lastReadAt &+= step
    }

    // MARK: State

    func encode(into writer: inout ChangelogWriter) {
        for time in [watermark, newest, newestReadAt, lastReadAt, Int64(lastKind.rawValue)] { writer.put(time) }
    }

    mutating func restore(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        watermark = try reader.timeOrNever()
        newest = try reader.timeOrNever()
        newestReadAt = try reader.time()
        lastReadAt = try reader.time()
        guard let kind = TickKind(rawValue: UInt8(truncatingIfNeeded: try reader.integer())) else {
            throw ChangelogReader.Malformed()
        }
        lastKind = kind
    }

    /// Holds restored read times against the clock of who restores them, as the processor does (`SeriesWindows.boundReadTimes`).
    mutating func boundReadTimes(now: Int64) {
        let longest = max(time.idleTimeout(after: lastKind), WindowConfiguration.windowLength &+ time.lateness)
        newestReadAt = min(max(newestReadAt, now &- longest), now)
        lastReadAt = min(max(lastReadAt, now &- longest), now)
    }
}
