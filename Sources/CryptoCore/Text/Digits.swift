/// Whole numbers as decimal text.
public enum Digits {
    /// No 64-bit number takes more bytes than this.
    public static let maximumBytes = 20

    /// Writes `number` and returns its length; up to `maximumBytes` and 7 more are written to.
    @inlinable @inline(__always)
    public static func write(_ number: Int64, to target: UnsafeMutablePointer<UInt8>) -> Int {
        let high = UInt64(bitPattern: number) / 100_000_000
        guard high > 0, high < 100_000_000 else { return NumberText.put(number, at: target) }
        let head = eight(high)
        let zeros = head.trailingZeroBitCount >> 3
        let count = 8 &- zeros
        store((head | asciiZeros) &>> UInt64(zeros &* 8), at: target)
        store(eight(UInt64(bitPattern: number) &- high &* 100_000_000) | asciiZeros, at: target + count)
        return count &+ 8
    }

    @inlinable static var asciiZeros: UInt64 { 0x3030_3030_3030_3030 }

    @inlinable @inline(__always)
    static func store(_ word: UInt64, at target: UnsafeMutablePointer<UInt8>) {
        UnsafeMutableRawPointer(target).storeBytes(of: word.littleEndian, as: UInt64.self)
    }

    /// The eight digits of a number below 10^8, the first in the lowest byte: halved into four, two and one digit side by side.
    @inlinable @inline(__always)
    static func eight(_ number: UInt64) -> UInt64 {
        let upper = number / 10_000
        let fours = upper | (number &- upper &* 10_000) &<< 32
        // 10486 / 2^20 is 1 / 100 for four digits, 103 / 2^10 is 1 / 10 for two.
        let hundreds = (fours &* 10_486) &>> 20 & 0x0000_007F_0000_007F
        let twos = hundreds | (fours &- hundreds &* 100) &<< 16
        let tens = (twos &* 103) &>> 10 & 0x000F_000F_000F_000F
        return tens | (twos &- tens &* 10) &<< 8
    }
}

extension [UInt8] {
    /// Appends a whole number as decimal text.
    @inlinable
    public mutating func append(decimal number: Int64) {
        append(addingCapacity: Digits.maximumBytes + 7) { rest in
            rest.withUnsafeMutableBufferPointer { buffer, count in
                guard let start = buffer.baseAddress else { return }
                count = Digits.write(number, to: start)
            }
        }
    }
}
