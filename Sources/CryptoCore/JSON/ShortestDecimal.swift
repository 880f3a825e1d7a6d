/// The shortest decimal that reads back to the same double, and of these the nearest to it: `digits · 10^exponent`.
///
/// *Source*: R. Giulietti, "The Schubfach way to render doubles" (2021), after A. Bolz's implementation (Drachennest).
struct ShortestDecimal: Equatable {
    var digits: UInt64
    var exponent: Int

    /// - Precondition: `value` is finite and greater than 0.
    init(_ value: Double) {
        let bits = value.bitPattern
        let fraction = bits & (1 << 52 - 1)
        let biased = Int(bits >> 52)
        let isSubnormal = biased == 0
        let c = isSubnormal ? fraction : fraction | 1 << 52
        let q = isSubnormal ? -1074 : biased &- 1075
        // At a power of two the double below is only half as far away.
        let isLowerCloser = fraction == 0 && biased > 1
        // Bounds themselves read back to an even double.
        let odd = c & 1
        let k = (q &* 1_262_611 &- (isLowerCloser ? 524_031 : 0)) >> 22
        var power = PowersOfTen.power(-k)
        if !PowersOfTen.isExact(-k) { power &+= 1 }
        let shift = UInt64(truncatingIfNeeded: q &+ PowersOfTen.floorLog2(-k) &+ 1)
        let lower = ShortestDecimal.scaled(power, (4 &* c &- (isLowerCloser ? 1 : 2)) &<< shift) &+ odd
        let middle = ShortestDecimal.scaled(power, (4 &* c) &<< shift)
        let upper = ShortestDecimal.scaled(power, (4 &* c &+ 2) &<< shift) &- odd
        let s = middle >> 2
        exponent = k
        if s >= 10 {
            let tens = s / 10
            let isDownInside = lower <= 40 &* tens
            let isUpInside = 40 &* tens &+ 40 <= upper
            if isDownInside != isUpInside {
                digits = tens &+ (isUpInside ? 1 : 0)
                exponent = k &+ 1
                dropZeros()
                return
            }
        }
        let isDownInside = lower <= 4 &* s
        let isUpInside = 4 &* s &+ 4 <= upper
        if isDownInside != isUpInside {
            digits = s &+ (isUpInside ? 1 : 0)
        } else {
            let half = 4 &* s &+ 2
            digits = s &+ (middle > half || (middle == half && s & 1 == 1) ? 1 : 0)
        }
        dropZeros()
    }

    /// The upper 64 bits of `power · number`, its last bit set when anything was cut off ("round to odd").
    @inline(__always)
    private static func scaled(_ power: UInt128, _ number: UInt64) -> UInt64 {
        let x = UInt64(truncatingIfNeeded: power).multipliedFullWidth(by: number)
        let y = UInt64(truncatingIfNeeded: power >> 64).multipliedFullWidth(by: number)
        let (middle, carry) = y.low.addingReportingOverflow(x.high)
        return (y.high &+ (carry ? 1 : 0)) | (middle > 1 ? 1 : 0)
    }

    private mutating func dropZeros() {
        while true {
            let (tenth, digit) = digits.quotientAndRemainder(dividingBy: 10)
            if digit != 0 { return }
            digits = tenth
            exponent &+= 1
        }
    }
}
