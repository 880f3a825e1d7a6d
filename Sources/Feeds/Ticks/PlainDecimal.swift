internal import CryptoCore

/// Copies a venue's decimal text as JSON writes the same number, without going through a double where that is safe.
///
/// Up to 15 significant digits every decimal has a double of its own (IEEE 754), so the shortest text that reads back to that
/// double is the decimal itself without its idle zeros: `65114.20` → `65114.2`, `0.02000000` → `0.02`, `250` → `250.0`.
enum PlainDecimal {
    /// No number takes more bytes than this.
    static let maximumBytes = 40

    /// Writes a number greater than 0 and returns its length; nil when the text is no such number.
    @inline(__always)
    static func copy(_ text: JSONText, _ frame: RawSpan, to target: UnsafeMutablePointer<UInt8>) -> Int? {
        quickly(text, frame, to: target) ?? slowly(text, frame, to: target)
    }

    /// Nil when the text is not plain digits, or where JSON would write it with an exponent.
    @inline(__always)
    private static func quickly(_ text: JSONText, _ frame: RawSpan, to target: UnsafeMutablePointer<UInt8>) -> Int? {
        let count = text.count
        if count == 0 || count > 32 { return nil }
        var point = -1
        var first = -1  // of the digits that are not 0
        var last = -1
        for i in 0..<count {
            let byte = frame.byte(text.offset &+ i)
            target[i] = byte
            if byte == UInt8(ascii: ".") {
                if point >= 0 { return nil }
                point = i
                continue
            }
            if byte &- UInt8(ascii: "0") > 9 { return nil }
            if byte != UInt8(ascii: "0") {
                if first < 0 { first = i }
                last = i
            }
        }
        let whole = point < 0 ? count : point
        if first < 0 || whole == 0 || whole > 15 || point == count &- 1 { return nil }
        if whole > 1 && first != 0 { return nil }  // a leading zero is not JSON
        // `0.0001` is the smallest that the standard library prints without an exponent.
        if first > whole &+ 4 { return nil }
        // Digits between the first and the last one that count, the point not among them.
        let digits = last &- first &+ (first < whole && last > whole ? 0 : 1)
        if digits > 15 { return nil }
        if last > whole { return last &+ 1 }
        // Never digits only, as `JSONWriter` has it.
        target[whole] = UInt8(ascii: ".")
        target[whole &+ 1] = UInt8(ascii: "0")
        return whole &+ 2
    }

    private static func slowly(_ text: JSONText, _ frame: RawSpan, to target: UnsafeMutablePointer<UInt8>) -> Int? {
        guard !text.isEscaped, let value = DecimalText.value(text, in: frame), value.isFinite, value > 0 else {
            return nil
        }
        var json = JSONWriter(reservingBytes: 32)
        json.value(value)
        for (i, byte) in json.bytes.enumerated() { target[i] = byte }
        return json.bytes.count
    }
}

/// Whole numbers as decimal text.
enum Digits {
    /// No 64-bit number takes more bytes than this.
    static let maximumBytes = 20

    /// Writes `number` and returns its length; up to `maximumBytes` and 7 more are written to.
    @inline(__always)
    static func write(_ number: Int64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        let high = UInt64(bitPattern: number) / 100_000_000
        guard high > 0, high < 100_000_000 else { return writeSlowly(number, to: target) }
        let head = eight(high)
        let zeros = head.trailingZeroBitCount >> 3
        let count = 8 &- zeros
        store((head | asciiZeros) &>> UInt64(zeros &* 8), at: target)
        store(eight(UInt64(bitPattern: number) &- high &* 100_000_000) | asciiZeros, at: target + count)
        return count &+ 8
    }

    private static var asciiZeros: UInt64 { 0x3030_3030_3030_3030 }

    @inline(__always)
    private static func store(_ word: UInt64, at target: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(target).storeBytes(of: word.littleEndian, as: UInt64.self)
    }

    /// The eight digits of a number below 10^8, the first in the lowest byte: halved into four, two and one digit side by side.
    @inline(__always)
    private static func eight(_ number: UInt64) -> UInt64 {
        let upper = number / 10_000
        let fours = upper | (number &- upper &* 10_000) &<< 32
        // 10486 / 2^20 is 1 / 100 for four digits, 103 / 2^10 is 1 / 10 for two.
        let hundreds = (fours &* 10_486) &>> 20 & 0x0000_007F_0000_007F
        let twos = hundreds | (fours &- hundreds &* 100) &<< 16
        let tens = (twos &* 103) &>> 10 & 0x000F_000F_000F_000F
        return tens | (twos &- tens &* 10) &<< 8
    }

    private static func writeSlowly(_ number: Int64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        var start = 0
        if number < 0 {
            target[0] = UInt8(ascii: "-")
            start = 1
        }
        var rest = number.magnitude
        var end = start
        repeat {
            let quotient = rest / 10
            target[end] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest &- quotient &* 10)
            rest = quotient
            end &+= 1
        } while rest > 0
        var low = start
        var high = end &- 1
        while low < high {
            (target[low], target[high]) = (target[high], target[low])
            low &+= 1
            high &-= 1
        }
        return end
    }
}
