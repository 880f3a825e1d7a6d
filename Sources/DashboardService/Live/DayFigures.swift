/// What happened to a series in the last 24 hours, from its final minutes.
///
/// Minutes are kept in buckets of five, so that a series costs 12 kB at most. The 24 hours end with the newest tick's minute and begin at a
/// bucket's start: they are up to five minutes shorter.
struct DayFigures: Sendable {
    static let dayMs: Int64 = 86_400_000
    private static let widthMs: Int64 = 300_000
    private static let most = Int(dayMs / widthMs)

    private struct Bucket: BitwiseCopyable {
        let start: Int64
        var open: Double
        var high: Double
        var low: Double
        var turnover: Double
        /// When its first minute begins.
        var first: Int64
        /// Which of its minutes were taken, a bit each.
        var minutes: UInt8
    }

    /// Oldest first.
    private var buckets: [Bucket] = []
    private var end: Int64 = .min

    /// The price at the beginning; nil before there was a minute.
    var open: Double? { buckets.first?.open }
    var high: Double? { buckets.lazy.map(\.high).max() }
    var low: Double? { buckets.lazy.map(\.low).min() }
    /// Σ price · quantity, quote units.
    var turnover: Double { buckets.reduce(0) { $0 + $1.turnover } }

    /// Where the history begins that they are of; nil where it is a whole day, but for the minutes of a bucket.
    var since: Int64? {
        guard let first = buckets.first else { return nil }
        return end - first.first >= DayFigures.dayMs - DayFigures.widthMs ? nil : first.first
    }

    /// The change to a price, in percent; nil before there was a minute.
    func changePct(to price: Double) -> Double? { open.map { (price / $0 - 1) * 100 } }

    /// The series' time has come so far: the day ends with the minute before.
    mutating func move(to time: Int64) {
        end = max(end, Candle.start(of: time, step: 60_000))
        dropOld()
    }

    private mutating func dropOld() {
        while let first = buckets.first, first.start < end - DayFigures.dayMs { buckets.removeFirst() }
    }

    /// Takes a final minute, in any order; one that was taken before changes nothing.
    mutating func add(_ minute: Candle) {
        end = max(end, minute.start + 60_000)
        let start = Candle.start(of: minute.start, step: DayFigures.widthMs)
        guard start > end - DayFigures.dayMs - DayFigures.widthMs else { return }
        let bit = UInt8(1) << UInt8((minute.start - start) / 60_000)
        let place = buckets.lastIndex { $0.start <= start }
        if let place, buckets[place].start == start {
            if buckets[place].minutes & bit == 0 { merge(minute, bit, into: place) }
        } else {
            buckets.insert(
                Bucket(
                    start: start, open: minute.open, high: minute.high, low: minute.low, turnover: minute.amount,
                    first: minute.start, minutes: bit), at: place.map { $0 + 1 } ?? 0)
        }
        dropOld()
        if buckets.count > DayFigures.most { buckets.removeFirst(buckets.count - DayFigures.most) }
    }

    private mutating func merge(_ minute: Candle, _ bit: UInt8, into place: Int) {
        buckets[place].minutes |= bit
        if minute.start < buckets[place].first {
            (buckets[place].first, buckets[place].open) = (minute.start, minute.open)
        }
        buckets[place].high = max(buckets[place].high, minute.high)
        buckets[place].low = min(buckets[place].low, minute.low)
        buckets[place].turnover += minute.amount
    }
}
