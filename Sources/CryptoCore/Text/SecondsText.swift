/// Numbers of seconds with any number of decimals, `1618678150.826417`, read as text: a double has too few digits for them.
public enum SecondsText {
    /// The number in milliseconds, what is finer cut off; nil for a text that is no number, or none from 0 to 10^15 s.
    public static func milliseconds(_ text: JSONText, _ bytes: RawSpan) -> Int64? {
        var whole: Int64 = 0
        var at = text.offset
        let end = text.offset + text.count
        while at < end, let digit = digit(bytes.byte(at)) {
            guard at - text.offset < 15 else { return nil }
            whole = whole * 10 + digit
            at += 1
        }
        guard at > text.offset else { return nil }
        guard at < end else { return whole * 1000 }
        if bytes.byte(at) == UInt8(ascii: "."), let ms = fraction(bytes, at + 1, end) { return whole * 1000 + ms }
        // An exponent: nobody was seen to send one, but it is a number.
        return DecimalText.value(text, in: bytes).flatMap { Int64(exactly: ($0 * 1000).rounded(.down)) }
    }

    /// The ms in the decimals from `start` to `end`; nil when there are none, or something else stands there.
    private static func fraction(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Int64? {
        guard start < end else { return nil }
        var ms: Int64 = 0
        for at in start..<end {
            guard let digit = digit(bytes.byte(at)) else { return nil }
            if at - start < 3 { ms = ms * 10 + digit }
        }
        for _ in 0..<max(0, 3 - (end - start)) { ms *= 10 }
        return ms
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        let value = byte &- UInt8(ascii: "0")
        return value <= 9 ? Int64(value) : nil
    }
}
