/// Up to 60 numbers, for a robust look at how unusual another one is.
struct RecentValues {
    static let capacity = 60
    /// Fewer tell nothing.
    static let fewest = 20
    /// The deviation of a normal distribution is so many times its median absolute deviation.
    static let deviationsOfNormal = 1.4826

    private var values = InlineArray<60, Double>(repeating: 0)
    private(set) var count = 0

    init() {}

    /// - Precondition: there is room.
    mutating func append(_ value: Double) {
        values[count] = value
        count += 1
    }

    /// How far `value` lies from the median, in robust deviations: (value - median) / (1.4826 · MAD).
    ///
    /// Neither a scale nor a few outliers matter to it. Nil under 20 numbers, and where the MAD is 0: no spread, no verdict.
    /// Afterwards the numbers are others. *Complexity*: O(count) on average.
    consuming func robustScore(of value: Double) -> Double? {
        guard count >= RecentValues.fewest else { return nil }
        let median = takeMedian()
        for i in 0..<count { values[i] = abs(values[i] - median) }
        let spread = takeMedian()
        guard spread > 0 else { return nil }
        return ((value - median) / (RecentValues.deviationsOfNormal * spread)).saturated
    }

    /// The mean of the two middle numbers, or the middle one. Puts them in another order.
    private mutating func takeMedian() -> Double {
        let middle = count / 2
        let upper = select(middle)
        guard count % 2 == 0 else { return upper }
        var lower = values[0]
        for i in 1..<middle { lower = max(lower, values[i]) }
        return lower + (upper - lower) / 2
    }

    /// The number that would have `rank` if they were sorted; smaller ones lie before it then. *Source*: C. A. R. Hoare,
    /// "Algorithm 65: Find" (1961).
    private mutating func select(_ rank: Int) -> Double {
        var low = 0
        var high = count - 1
        while low < high {
            let pivot = values[(low + high) / 2]
            var i = low
            var j = high
            while i <= j {
                while values[i] < pivot { i += 1 }
                while values[j] > pivot { j -= 1 }
                guard i <= j else { break }
                let value = values[i]
                values[i] = values[j]
                values[j] = value
                i += 1
                j -= 1
            }
            if rank <= j { high = j } else if rank >= i { low = i } else { break }
        }
        return values[rank]
    }
}
