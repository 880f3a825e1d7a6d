/// An exponential average that begins with the mean of its first inputs, as TA-Lib's do.
struct SeededAverage: BitwiseCopyable, Equatable, Sendable {
    /// How many inputs the mean it begins with has, and the weight of each one behind them.
    struct Kind: Sendable {
        let seed: Int64
        let weight: Double

        /// The usual exponential average over `length` inputs.
        static func exponential(_ length: Int64) -> Kind { Kind(seed: length, weight: 2 / Double(length + 1)) }

        /// J. W. Wilder's, "New Concepts in Technical Trading Systems" (1978).
        static func wilder(_ length: Int64) -> Kind { Kind(seed: length, weight: 1 / Double(length)) }
    }

    /// The average; the mean so far while it begins.
    var value = 0.0

    init() {}

    /// Takes input `number`, counted from 1. Equal inputs give exactly that value.
    mutating func add(_ input: Double, number: Int64, _ kind: Kind) {
        guard number > 0 else { return }
        let weight = number <= kind.seed ? 1 / Double(number) : kind.weight
        value = (value + (input - value) * weight).saturated
    }

    /// The average once `number` inputs are enough.
    func value(after number: Int64, _ kind: Kind) -> Double? { number >= kind.seed ? value : nil }
}
