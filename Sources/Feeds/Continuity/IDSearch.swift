/// Finds the first trade id at or after a time where the venue is only asked by id.
///
/// It goes back in doubling steps from a trade that is known, then narrows the range by how time runs in it. Pure.
struct IDSearch: Sendable {
    /// What a page of trades has shown.
    enum Step: Equatable, Sendable {
        /// Ask for the page that begins here.
        case ask(Int64)
        /// From this id on.
        case found(Int64)
        /// From this id on, the oldest that can be had: there is nothing from so long ago.
        case oldest(Int64)
        /// The answers contradict each other, or there are none.
        case lost
    }

    /// A trade's id and its time. *Units*: ms since the epoch.
    typealias Known = (id: Int64, timeMs: Int64)

    private let sinceMs: Int64
    private let pageSize: Int64
    /// The newest trade known to be too old, and the oldest known to be wanted.
    private var low: Known?
    private var high: Known
    /// No page below this id has anything.
    private var floor: Int64 = 0
    private var stride: Int64
    private var asked: Int64
    private var steps = 0

    /// - Parameters:
    ///   - sinceMs: the time that is looked for. *Units*: ms since the epoch.
    ///   - known: a later trade.
    init(sinceMs: Int64, before known: Known, pageSize: Int) {
        self.sinceMs = sinceMs
        self.pageSize = Int64(max(1, pageSize))
        high = known
        stride = self.pageSize * 16
        asked = max(0, known.id - stride)
    }

    /// The page to ask for first.
    var first: Int64 { asked }

    /// A page came: its oldest and newest trade; nil when it was empty.
    mutating func note(_ page: (oldest: Known, newest: Known)?) -> Step {
        steps += 1
        guard steps < 64 else { return .lost }
        guard let page else {
            // The venue keeps nothing so old.
            floor = max(floor, asked + 1)
            low = (asked, sinceMs - 1)
            return step()
        }
        if page.newest.timeMs < sinceMs {
            if page.newest.id >= high.id { return .lost }
            low = page.newest
        } else if page.oldest.timeMs < sinceMs {
            return .found(page.oldest.id)  // it begins within this page
        } else if page.oldest.id > asked {
            // It cannot be asked for anything older.
            return .oldest(page.oldest.id)
        } else {
            if page.oldest.id < high.id { high = page.oldest }
            if asked <= floor { return .found(page.oldest.id) }
        }
        return step()
    }

    private mutating func step() -> Step {
        guard let low else {
            stride *= 4
            asked = max(floor, high.id - stride)
            return .ask(asked)
        }
        if high.id - low.id <= pageSize {
            if asked == max(floor, low.id + 1) { return .found(low.id + 1) }
            asked = max(floor, low.id + 1)
            return .ask(asked)
        }
        // Where time runs evenly; never so near to an end that the range would not shrink by a tenth.
        let span = Double(high.id - low.id)
        let share = Double(sinceMs - low.timeMs) / Double(max(1, high.timeMs - low.timeMs))
        let place = low.id + Int64(span * min(0.9, max(0.1, share))) - pageSize / 2
        asked = min(max(place, low.id + 1, floor), high.id - 1)
        return .ask(asked)
    }
}
