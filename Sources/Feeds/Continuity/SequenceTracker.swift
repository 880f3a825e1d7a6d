/// Follows the ids of one series whose venue numbers its trades one by one.
struct SequenceTracker: Sendable {
    /// How a trade stands to those that came before it.
    enum Position: Equatable, Sendable {
        /// The first of its series.
        case first
        /// The one that was expected.
        case next
        /// It came before.
        case repeated
        /// It was given up as missing, and comes after all.
        case straggler
        /// Others should have come before it.
        case ahead
        /// The venue has begun to count anew: what lies between cannot be told by ids.
        case renumbered
    }

    /// The largest id that came, and its event time. *Units*: ms since the epoch.
    private(set) var last: (id: Int64, timeMs: Int64)?
    /// Ids that were given up, oldest first.
    private var givenUp: [Range<Int64>] = []
    /// Whether the last one began a new count, which may have been a mistake: smaller ids are no repeats until one follows it.
    private var wasRenumbered = false

    /// More ranges than this are not remembered: a trade of the oldest that still comes is taken for a repeat.
    private static let givenUpLimit = 64
    /// No market trades more often than this. *Units*: trades a second.
    private static let largestRate: Int64 = 20_000

    init(after last: (id: Int64, timeMs: Int64)? = nil) { self.last = last }

    /// How the trade of this id stands to those that came. *Units*: ms since the epoch.
    @inline(__always)
    func position(of id: Int64, timeMs: Int64) -> Position {
        guard let last else { return .first }
        if id == last.id &+ 1 { return .next }
        return id > last.id ? above(id, timeMs, last) : below(id, timeMs, last)
    }

    private func above(_ id: Int64, _ timeMs: Int64, _ last: (id: Int64, timeMs: Int64)) -> Position {
        let seconds = max(0, timeMs - last.timeMs) / 1000
        let (most, overflow) = seconds.multipliedReportingOverflow(by: SequenceTracker.largestRate)
        return overflow || id - last.id <= max(1_000_000, most) ? .ahead : .renumbered
    }

    private func below(_ id: Int64, _ timeMs: Int64, _ last: (id: Int64, timeMs: Int64)) -> Position {
        if givenUp.contains(where: { $0.contains(id) }) { return .straggler }
        let isNewer = timeMs > last.timeMs + 60_000
        return id < last.id / 2 && (isNewer || wasRenumbered) ? .renumbered : .repeated
    }

    /// Takes a trade that `position` found to be the first, next or ahead.
    @inline(__always)
    mutating func accept(_ id: Int64, timeMs: Int64) {
        last = (id, timeMs)
        wasRenumbered = false
    }

    /// Counts anew from this trade on.
    mutating func restart(_ id: Int64, timeMs: Int64) {
        self = SequenceTracker(after: (id, timeMs))
        wasRenumbered = true
    }

    /// These ids will not be filled; should one come all the same, it is no repeat.
    mutating func giveUp(_ ids: Range<Int64>) {
        guard !ids.isEmpty else { return }
        givenUp.append(ids)
        if givenUp.count > SequenceTracker.givenUpLimit { givenUp.removeFirst() }
    }

    /// An id that was given up has come.
    mutating func fill(_ id: Int64) {
        guard let index = givenUp.firstIndex(where: { $0.contains(id) }) else { return }
        let range = givenUp[index]
        givenUp.replaceSubrange(
            index...index, with: [range.lowerBound..<id, (id + 1)..<range.upperBound].filter { !$0.isEmpty })
    }
}
