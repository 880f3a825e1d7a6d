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
