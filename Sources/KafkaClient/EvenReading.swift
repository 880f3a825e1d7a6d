/// Which partitions may be read, and fetched, while a backlog is caught up, so that all of them get on together: each by the same
/// share of what it had to read.
///
/// Windows, and readers of what is stored, go by time. Whoever reads a backlog partition after partition, or topic after topic,
/// is a week behind in some of them when others are done. Yet records are cheapest in long runs of one partition, whose series
/// are then in the processor's caches. So few partitions are fetched at a time, those that are furthest behind, and what was
/// fetched of one is read in one go.
struct EvenReading {
    /// A partition may be ahead of the slowest one by this share of its backlog.
    static let lead = 0.05
    /// A backlog begins with so many records that wait to be read, and ends with so few.
    static let backlog: (begins: Int64, ends: Int64) = (10_000, 2_000)
    /// When fewer records than the first number wait or are on their way, in all partitions together and beside those that keep a
    /// queue from being filled again, more are fetched, up to the second: a request then brings several partitions.
    static let fetching = (below: 15_000, upTo: 50_000)
    /// The slowest partition is not waited for when nothing came of it for so long. *Units*: µs.
    static let patienceUs: Int64 = 5_000_000
    /// How often what remains to be read is looked at. *Units*: µs.
    private static let lookEveryUs: Int64 = 50_000

    /// Whether there is a backlog.
    private(set) var isCatchingUp = false
    /// Whether every leader that answers has told its log's end. Before, nobody knows who is behind, and none may be far ahead.
    private(set) var isKnown = false
    /// Whether there was a time without a backlog.
    private var wasLive = false
    private var lookedUs: Int64 = 0
    /// The share of its backlog that the slowest partition has been read by.
    private(set) var slowestShare = 0.0

    /// Whether it is time to look at the partitions again: a few times a second, and each time before all of them are known.
    mutating func isDue(at nowUs: Int64) -> Bool {
        guard !isKnown || nowUs - lookedUs >= EvenReading.lookEveryUs else { return false }
        lookedUs = nowUs
        return true
    }

    /// Knows nothing any more, as the partitions are others, or stand elsewhere.
    mutating func reset() { self = EvenReading() }

    /// Takes note of how many records wait in all partitions; true when a backlog begins on the way: what is read from now on is
    /// each partition's share. (That with which an assignment begins is counted from its first record.)
    /// - Parameter isKnown: whether every leader that answers has told its log's end.
    mutating func note(remaining: Int64, isKnown: Bool) -> Bool {
        let wasCatchingUp = isCatchingUp
        isCatchingUp = remaining >= (wasCatchingUp ? EvenReading.backlog.ends : EvenReading.backlog.begins)
        defer { if isKnown, !isCatchingUp { wasLive = true } }
        self.isKnown = isKnown
        return isCatchingUp && !wasCatchingUp && wasLive
    }

    /// How far a partition is through its backlog: 0 at its start, and where the end is not known (-1); 1 at its end.
    static func share(start: Int64, next: Int64, end: Int64) -> Double {
        if end < 0 { return 0 }
        return end > start ? Double(max(next, start) - start) / Double(end - start) : 1
    }

    /// Begins a turn.
    /// - Parameter share: the smallest of the partitions that are behind and can be read; nil where there is none.
    mutating func begin(slowest share: Double?) { slowestShare = share ?? 1 }

    /// How many records of a partition may be taken in this turn.
    func allowance(start: Int64, next: Int64, end: Int64) -> Int {
        guard isCatchingUp || !isKnown, end > start else { return .max }
        let until = Double(end - start) * min(1, slowestShare + EvenReading.lead)
        return max(0, Int(until.rounded(.up)) - Int(max(next, start) - start))
    }
}
