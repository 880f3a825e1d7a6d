/// A running sum with its rounding error carried along.
///
/// *Error*: at most 2 ulp of the exact sum of numbers of one sign, however many they are. *Source*: A. Neumaier,
/// "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen" (1974). Saturates at the largest double.
struct CompensatedSum: BitwiseCopyable, Equatable, Sendable {
    var sum = 0.0
    var correction = 0.0

    init() {}

    @inline(__always)
    mutating func add(_ x: Double) {
        let total = min(sum + x, .greatestFiniteMagnitude)
        correction += sum >= x ? (sum - total) + x : (x - total) + sum
        sum = total
    }

    mutating func add(_ other: CompensatedSum) {
        add(other.sum)
        correction += other.correction
    }

    var value: Double { (sum + correction).saturated }
}

extension Double {
    /// The nearest finite number: records hold no infinities, whatever was summed. NaN (∞ − ∞) becomes 0.
    var saturated: Double {
        if isFinite { return self }
        return isNaN ? 0 : self > 0 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude
    }
}
