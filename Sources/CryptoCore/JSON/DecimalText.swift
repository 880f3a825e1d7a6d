/// Decimal number text ⇄ `Double`, as JSON writes numbers.
public enum DecimalText {
    /// Reads one JSON number at `at` and moves behind it; nil (and `at` anywhere) when there is none.
    ///
    /// Correctly rounded. Up to 15 digits and powers of ten up to 22 take Clinger's exact fast path (W. D. Clinger, "How to
    /// read floating point numbers accurately", 1990), up to 19 digits `nearest`; the rest goes through the standard library,
    /// which allocates.
    @inlinable
    public static func scan(_ bytes: RawSpan, at: inout Int, upTo end: Int) -> Double? {
        let start = at
        let isNegative = at < end && bytes.byte(at) == UInt8(ascii: "-")
        if isNegative { at &+= 1 }
        let first = at
        var mantissa: UInt64 = 0
        scanDigits(bytes, &at, end, &mantissa)
        var digits = at &- first
        if digits == 0 || (digits > 1 && bytes.byte(first) == UInt8(ascii: "0")) { return nil }
        var exponent = 0
        if at < end, bytes.byte(at) == UInt8(ascii: ".") {
            at &+= 1
            let fraction = at
            scanDigits(bytes, &at, end, &mantissa)
            if at == fraction { return nil }
            exponent = fraction &- at
            digits &-= exponent
        }
        if at < end, bytes.byte(at) | 0x20 == UInt8(ascii: "e") {
            guard let power = scanExponent(bytes, &at, end) else { return nil }
            exponent &+= power
        }
        // 19 digits cannot overflow 64 bits; zeros in front do not count.
        if digits > 19 { digits &-= leadingZeros(bytes, first, at) }
        if digits <= 19 {
            if mantissa <= 1 << 53, exponent >= -22, exponent <= 22 {
                let value = Double(mantissa)
                let scaled = exponent < 0 ? value / powersOfTen[-exponent] : value * powersOfTen[exponent]
                return isNegative ? -scaled : scaled
            }
            if let value = nearest(mantissa, exponent) { return isNegative ? -value : value }
        }
        return slowly(bytes, start, at)
    }

    /// Moves behind one JSON number at `at`; false (and `at` anywhere) when there is none.
    @inlinable @inline(__always)
    public static func skip(_ bytes: RawSpan, at: inout Int, upTo end: Int) -> Bool {
        if at < end, bytes.byte(at) == UInt8(ascii: "-") { at &+= 1 }
        let first = at
        skipDigits(bytes, &at, end)
        if at == first || (at &- first > 1 && bytes.byte(first) == UInt8(ascii: "0")) { return false }
        if at < end, bytes.byte(at) == UInt8(ascii: ".") {
            at &+= 1
            let fraction = at
            skipDigits(bytes, &at, end)
            if at == fraction { return false }
        }
        guard at < end, bytes.byte(at) | 0x20 == UInt8(ascii: "e") else { return true }
        return scanExponent(bytes, &at, end) != nil
    }

    /// The number that `text` holds, the whole of it; nil when it is none.
    @inlinable
    public static func value(_ text: JSONText, in bytes: RawSpan) -> Double? {
        var at = text.offset
        let end = text.offset &+ text.count
        guard let value = scan(bytes, at: &at, upTo: end), at == end else { return nil }
        return value
    }

    @usableFromInline
    static let powersOfTen: InlineArray<23, Double> = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
        1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    @inlinable @inline(__always)
    static func scanDigits(_ bytes: RawSpan, _ at: inout Int, _ end: Int, _ mantissa: inout UInt64) {
        while at < end {
            let digit = bytes.byte(at) &- UInt8(ascii: "0")
            if digit > 9 { return }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            at &+= 1
        }
    }

    @inlinable @inline(__always)
    static func skipDigits(_ bytes: RawSpan, _ at: inout Int, _ end: Int) {
        while at < end, bytes.byte(at) &- UInt8(ascii: "0") <= 9 { at &+= 1 }
    }

    /// How many zeros stand before the first other digit of the number at `first`.
    @usableFromInline
    static func leadingZeros(_ bytes: RawSpan, _ first: Int, _ end: Int) -> Int {
        var count = 0
        for at in first..<end {
            let byte = bytes.byte(at)
            if byte == UInt8(ascii: "0") { count += 1 } else if byte != UInt8(ascii: ".") { break }
        }
        return count
    }

    /// The exponent behind `e`; magnitudes beyond any double are clamped.
    @usableFromInline
    static func scanExponent(_ bytes: RawSpan, _ at: inout Int, _ end: Int) -> Int? {
        at += 1
        var sign = 1
        if at < end, bytes.byte(at) == UInt8(ascii: "-") || bytes.byte(at) == UInt8(ascii: "+") {
            if bytes.byte(at) == UInt8(ascii: "-") { sign = -1 }
            at += 1
        }
        let first = at
        var value = 0
        while at < end {
            let digit = bytes.byte(at) &- UInt8(ascii: "0")
            if digit > 9 { break }
            value = min(value * 10 + Int(digit), 1_000_000)
            at += 1
        }
        return at == first ? nil : sign * value
    }

    @usableFromInline
    static func slowly(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Double? {
        Double(JSONText(offset: start, count: end - start).string(in: bytes))
    }
}
