/// The powers of ten that doubles meet, 128 bits each: what reading and writing decimals exactly is built on.
enum PowersOfTen {
    /// The exponents in the table: to read, from the smallest number with 19 digits up; to write, as far up as subnormals go down.
    static let exponents = -342...324

    /// 10^exponent as `bits · 2^binaryExponent`, cut off below; the highest of the 128 bits is set.
    static func power(_ exponent: Int) -> UInt128 { table[exponent &- exponents.lowerBound] }

    /// The power of two that goes with `power`.
    static func binaryExponent(_ exponent: Int) -> Int { floorLog2(exponent) &- 127 }

    /// Whether `power` is exact: 5^55 is the last that fits.
    static func isExact(_ exponent: Int) -> Bool { exponent >= 0 && exponent <= 55 }

    /// ⌊log₂ 10^exponent⌋, for any exponent in the table.
    static func floorLog2(_ exponent: Int) -> Int { (exponent &* 1_741_647) >> 19 }

    /// Made once, with 256 bits, of which the lower half takes up the rounding of some hundred steps.
    private static let table: ContiguousArray<UInt128> = {
        var powers = ContiguousArray(repeating: UInt128(0), count: exponents.count)
        var number = Wide.one
        for exponent in 0...exponents.upperBound {
            powers[exponent - exponents.lowerBound] = number.high
            number.multiplyByTen()
        }
        number = .one
        for exponent in (exponents.lowerBound..<0).reversed() {
            number.divideByTen()
            powers[exponent - exponents.lowerBound] = number.high
        }
        return powers
    }()

    /// 256 bits, the highest of them set, of a number whose power of two we need not keep.
    private struct Wide {
        var high: UInt128
        var low: UInt128
        static let one = Wide(high: 1 << 127, low: 0)

        mutating func multiplyByTen() {
            // Ten is 5 · 2: times 5, then as many places down as the product grew.
            let lower = low.multipliedFullWidth(by: 5)
            let upper = high.multipliedFullWidth(by: 5)
            let (middle, carry) = upper.low.addingReportingOverflow(lower.high)
            let top = upper.high + (carry ? 1 : 0)
            let places = UInt128(128 - top.leadingZeroBitCount)
            high = top << (128 - places) | middle >> places
            low = middle << (128 - places) | lower.low >> places
        }

        mutating func divideByTen() {
            // By 5, with three bits more below, as the quotient has two or three fewer.
            let quotient = high.quotientAndRemainder(dividingBy: 5)
            let (middle, rest) = UInt128(5).dividingFullWidth((quotient.remainder, low))
            let (below, _) = UInt128(5).dividingFullWidth((rest, 0))
            let places = UInt128(quotient.quotient.leadingZeroBitCount)
            high = quotient.quotient << places | middle >> (128 - places)
            low = middle << places | below >> (128 - places)
        }
    }
}
