/// The bars of a look back in the order of one of their numbers, for a robust look at how unusual another number is.
///
/// It holds their places in the ring, a byte each, and asks for a bar's number where it needs one. So each bar costs a few comparisons, and
/// nothing is sorted. How many bars it holds follows from how many there were: its owner says it.
struct RankedBars: BitwiseCopyable, Sendable {
    static let capacity = 60
    /// Fewer tell nothing.
    static let fewest = 20
    /// The deviation of a normal distribution is so many times its median absolute deviation.
    static let deviationsOfNormal = 1.4826

    private var places = InlineArray<60, UInt8>(repeating: 0)

    init() {}

    /// Adds a bar to `count` others.
    /// - Precondition: there is room.
    /// - Parameter number: of the bar at a place.
    mutating func insert(_ place: Int, among count: Int, by number: (Int) -> Double) {
        let own = number(place)
        var low = 0
        var high = count
        while low < high {
            let middle = (low &+ high) / 2
            if number(Int(places[middle])) < own { low = middle &+ 1 } else { high = middle }
        }
        var at = count
        while at > low {
            places[at] = places[at &- 1]
            at &-= 1
        }
        places[low] = UInt8(place)
    }

    /// Takes a bar out of `count`.
    mutating func remove(_ place: Int, among count: Int) {
        var at = 0
        while at < count, places[at] != UInt8(place) { at &+= 1 }
        while at < count &- 1 {
            places[at] = places[at &+ 1]
            at &+= 1
        }
    }

    /// How far `value` lies from the median of `count` bars' numbers, in robust deviations: (value - median) / (1.4826 · MAD).
    ///
    /// Neither a scale nor a few outliers matter to it. Nil under 20 numbers, and where the MAD is 0: no spread, no verdict.
    /// *Complexity*: O(log count) numbers.
    func robustScore(of value: Double, among count: Int, by number: (Int) -> Double) -> Double? {
        guard count >= RankedBars.fewest else { return nil }
        let median = median(count) { number(Int(places[$0])) }
        let spread = medianDistance(from: median, count) { number(Int(places[$0])) }
        guard spread > 0 else { return nil }
        return ((value - median) / (RankedBars.deviationsOfNormal * spread)).saturated
    }

    /// The mean of the two middle numbers, or the middle one.
    private func median(_ count: Int, _ ranked: (Int) -> Double) -> Double {
        let upper = ranked(count / 2)
        return count % 2 == 0 ? RankedBars.middle(ranked(count / 2 - 1), upper) : upper
    }

    /// The median of how far the numbers lie from their median.
    ///
    /// Away from the middle distances grow to both sides, so that they are two lists in order. The first half of both together takes `left` of
    /// one and the rest of the other: found by halving.
    private func medianDistance(from median: Double, _ count: Int, _ ranked: (Int) -> Double) -> Double {
        let half = count / 2
        func below(_ i: Int) -> Double { median - ranked(half - 1 - i) }
        func above(_ i: Int) -> Double { ranked(half + i) - median }
        var left = 0
        var most = half
        while left < most {
            let middle = (left &+ most) / 2
            if below(middle) < above(half - 1 - middle) { left = middle + 1 } else { most = middle }
        }
        let right = half - left
        // What comes next on each side; of a side that is used up nothing does.
        let nextBelow = left < half ? below(left) : .infinity
        let nextAbove = right < count - half ? above(right) : .infinity
        let upper = min(nextBelow, nextAbove)
        guard count % 2 == 0 else { return upper }
        let lastBelow = left > 0 ? below(left - 1) : 0
        let lastAbove = right > 0 ? above(right - 1) : 0
        return RankedBars.middle(max(lastBelow, lastAbove), upper)
    }

    private static func middle(_ lower: Double, _ upper: Double) -> Double { lower + (upper - lower) / 2 }
}
