extension DecimalText {
    /// The double nearest to `mantissa · 10^exponent`; nil for the few cases that 128 bits do not decide, and outside of the
    /// normal doubles.
    ///
    /// *Source*: D. Lemire, "Number parsing at a gigabyte per second" (2021), the idea of M. Eisel. Here the undecided cases are
    /// found by the width of the error alone, so the table's own rounding needs no proof.
    @usableFromInline
    static func nearest(_ mantissa: UInt64, _ exponent: Int) -> Double? {
        if mantissa == 0 { return 0 }
        guard PowersOfTen.exponents.contains(exponent) else { return nil }
        let power = PowersOfTen.power(exponent)
        let zeros = mantissa.leadingZeroBitCount
        let scaled = mantissa &<< UInt64(truncatingIfNeeded: zeros)
        // 192 bits of product: `top`, `middle`, `low`. The true one is above by less than 2^64 of the lowest bit.
        let upper = scaled.multipliedFullWidth(by: UInt64(truncatingIfNeeded: power >> 64))
        let lower = scaled.multipliedFullWidth(by: UInt64(truncatingIfNeeded: power))
        let (middle, carry) = upper.low.addingReportingOverflow(lower.high)
        let top = upper.high &+ (carry ? 1 : 0)
        let dropped = 10 &+ Int(top >> 63)
        var significand = top >> UInt64(truncatingIfNeeded: dropped)
        let rest = top & (1 &<< UInt64(truncatingIfNeeded: dropped) &- 1)
        let half: UInt64 = 1 &<< UInt64(truncatingIfNeeded: dropped &- 1)
        if PowersOfTen.isExact(exponent) {
            let isTie = rest == half && middle == 0 && lower.low == 0
            if isTie ? significand & 1 == 1 : rest >= half { significand &+= 1 }
        } else {
            if rest == half &- 1, middle == .max { return nil }
            if rest >= half { significand &+= 1 }
        }
        var binary = dropped &+ 128 &- zeros &+ PowersOfTen.binaryExponent(exponent) &+ 1075
        if significand == 1 << 53 {
            significand = 1 << 52
            binary &+= 1
        }
        guard binary > 0, binary < 2047 else { return nil }
        return Double(bitPattern: UInt64(binary) << 52 | (significand & (1 << 52 - 1)))
    }
}
