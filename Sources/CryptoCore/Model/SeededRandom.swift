/// Numbers that look random and are the same for the same seed, on every machine.
///
/// *Source*: Sebastiano Vigna, SplitMix64 (public domain).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    /// A generator of its own for each stream of one seed. Each begins somewhere among 2^64 states, so that two overlap by a rare chance
    /// only.
    package init(seed: UInt64, stream: UInt64) {
        var outer = SeededRandom(seed: seed)
        var inner = SeededRandom(seed: outer.next() ^ (stream &* 0xD1B5_4A32_D192_ED03))
        state = inner.next()
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number from 0 up to, not including, `count`. Favours none by more than `count / 2^64`.
    package mutating func index(below count: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: count)).high)
    }

    /// A number in [0, 1), of 53 bits.
    package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}
