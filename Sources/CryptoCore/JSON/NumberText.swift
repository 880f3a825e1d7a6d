/// Writes numbers as ASCII digits straight into memory.
@usableFromInline
enum NumberText {
    /// More than any number takes.
    static let maximumCount = 32

    /// Two digits for each number below 100.
    private static let pairs: StaticString = """
        00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899
        """

    /// Writes `number` at `text`.
    /// - Returns: how many bytes it took.
    @usableFromInline
    static func put(_ number: Int64, at text: UnsafeMutablePointer<UInt8>) -> Int {
        if number >= 0 { return putDigits(UInt64(number), at: text) }
        text[0] = UInt8(ascii: "-")
        return 1 &+ putDigits(number.magnitude, at: text + 1)
    }

    /// Writes the shortest text that reads back to `number` and is not digits only, as Swift describes it: `100.0`, `0.25`,
    /// `1e-05`. Exponents stand above 2^53 and below 0.0001.
    ///
    /// The `.0` is for readers that take a column's type from its first rows: one that begins with whole numbers would be
    /// one of integers, and its later fractions be cut off.
    /// - Precondition: `number` is finite.
    static func put(_ number: Double, at text: UnsafeMutablePointer<UInt8>) -> Int {
        if number.magnitude < 1e15, let whole = Int64(exactly: number), whole != 0 || number.sign == .plus {
            return putFraction(behind: put(whole, at: text), of: text)
        }
        var text = text
        var count = 0
        if number.sign == .minus {
            text[0] = UInt8(ascii: "-")
            text += 1
            count = 1
        }
        if number == 0 {
            text[0] = UInt8(ascii: "0")
            return count &+ putFraction(behind: 1, of: text)
        }
        let decimal = ShortestDecimal(number.magnitude)
        let digits = digitCount(decimal.digits)
        let point = decimal.exponent &+ digits
        if number.magnitude > 0x1p53 || point < -3 { return count &+ putScientific(decimal, digits, at: text) }
        if point <= 0 {
            // 0.000123
            text[0] = UInt8(ascii: "0")
            text[1] = UInt8(ascii: ".")
            for i in 0..<(-point) { text[2 &+ i] = UInt8(ascii: "0") }
            putDigits(decimal.digits, digits, at: text + (2 &- point))
            return count &+ 2 &- point &+ digits
        }
        putDigits(decimal.digits, digits, at: text)
        if point >= digits {
            // 1230000000000000.0
            for i in digits..<point { text[i] = UInt8(ascii: "0") }
            return count &+ putFraction(behind: point, of: text)
        }
        // 12.3: what is behind the point moves one place on.
        var i = digits
        while i > point {
            text[i] = text[i &- 1]
            i &-= 1
        }
        text[point] = UInt8(ascii: ".")
        return count &+ digits &+ 1
    }

    /// Writes `.0` behind the first `count` bytes and returns what that makes.
    @inline(__always)
    private static func putFraction(behind count: Int, of text: UnsafeMutablePointer<UInt8>) -> Int {
        text[count] = UInt8(ascii: ".")
        text[count &+ 1] = UInt8(ascii: "0")
        return count &+ 2
    }

    /// 1.23e-05, with at least two digits of exponent.
    private static func putScientific(
        _ decimal: ShortestDecimal, _ digits: Int, at text: UnsafeMutablePointer<UInt8>
    ) -> Int {
        var count = 1
        putDigits(decimal.digits, digits, at: text + 1)
        text[0] = text[1]
        if digits > 1 {
            text[1] = UInt8(ascii: ".")
            count = digits &+ 1
        }
        let exponent = decimal.exponent &+ digits &- 1
        text[count] = UInt8(ascii: "e")
        text[count &+ 1] = exponent < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
        count &+= 2
        if exponent.magnitude < 10 {
            text[count] = UInt8(ascii: "0")
            count &+= 1
        }
        return count &+ putDigits(UInt64(exponent.magnitude), at: text + count)
    }

    private static func putDigits(_ number: UInt64, at text: UnsafeMutablePointer<UInt8>) -> Int {
        let count = digitCount(number)
        putDigits(number, count, at: text)
        return count
    }

    /// The `count` digits of `number`, from the last to the first.
    private static func putDigits(_ number: UInt64, _ count: Int, at text: UnsafeMutablePointer<UInt8>) {
        var rest = number
        var at = count
        while at >= 2 {
            let (hundredth, pair) = rest.quotientAndRemainder(dividingBy: 100)
            at &-= 2
            text[at] = pairs.utf8Start[Int(truncatingIfNeeded: pair) &* 2]
            text[at &+ 1] = pairs.utf8Start[Int(truncatingIfNeeded: pair) &* 2 &+ 1]
            rest = hundredth
        }
        if at == 1 { text[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest) }
    }

    private static func digitCount(_ number: UInt64) -> Int {
        // 1233 / 4096 is a little more than log₁₀ 2.
        let guess = ((64 &- (number | 1).leadingZeroBitCount) &* 1_233) >> 12
        return guess &+ (number >= powers[guess] ? 1 : 0) &+ (number == 0 ? 1 : 0)
    }

    /// Powers of ten; the first is 1, so that the count of a number's digits comes out right.
    private static let powers: InlineArray<20, UInt64> = [
        1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000,
        1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000, 10_000_000_000_000_000,
        100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]
}
