internal import CryptoCore

/// RFC 3339 times in UTC, `2026-08-09T21:05:48.167634Z`, to milliseconds since the epoch.
enum ISOTime {
    /// The time in `text`, what is finer than a millisecond cut off; nil when it is no such time. `Z` and `+00:00` are UTC,
    /// and no venue sends another zone.
    @inline(__always)
    static func milliseconds(_ text: JSONText, _ frame: RawSpan) -> Int64? {
        let at = text.offset
        guard text.count >= 20, !text.isEscaped,
            let year = pair(frame, at), let years = pair(frame, at &+ 2), frame.byte(at &+ 4) == UInt8(ascii: "-"),
            let month = pair(frame, at &+ 5), frame.byte(at &+ 7) == UInt8(ascii: "-"),
            let day = pair(frame, at &+ 8), frame.byte(at &+ 10) | 0x20 == UInt8(ascii: "t"),
            let hour = pair(frame, at &+ 11), frame.byte(at &+ 13) == UInt8(ascii: ":"),
            let minute = pair(frame, at &+ 14), frame.byte(at &+ 16) == UInt8(ascii: ":"),
            let second = pair(frame, at &+ 17),
            hour < 24, minute < 60, second <= 60,
            let date = CivilDate(year: year &* 100 &+ years, month: month, day: day),
            let fraction = fraction(JSONText(offset: at &+ 19, count: text.count &- 19), frame)
        else { return nil }
        return ((date.daysSinceEpoch &* 24 &+ hour) &* 60 &+ minute) &* 60_000 &+ second &* 1000 &+ fraction
    }

    /// Two digits.
    @inline(__always)
    private static func pair(_ frame: RawSpan, _ at: Int) -> Int64? {
        let tens = frame.byte(at) &- UInt8(ascii: "0")
        let ones = frame.byte(at &+ 1) &- UInt8(ascii: "0")
        return tens <= 9 && ones <= 9 ? Int64(tens) &* 10 &+ Int64(ones) : nil
    }

    /// What stands behind the seconds: a fraction or none, then UTC's zone. *Units*: ms.
    @inline(__always)
    private static func fraction(_ text: JSONText, _ frame: RawSpan) -> Int64? {
        var at = text.offset
        let end = at &+ text.count
        var value: Int64 = 0
        if frame.byte(at) == UInt8(ascii: ".") {
            at &+= 1
            let start = at
            while at < end {
                let digit = frame.byte(at) &- UInt8(ascii: "0")
                if digit > 9 { break }
                if at &- start < 3 { value = value &* 10 &+ Int64(digit) }
                at &+= 1
            }
            switch at &- start {
            case 0: return nil
            case 1: value &*= 100
            case 2: value &*= 10
            default: break
            }
        }
        let zone = JSONText(offset: at, count: end &- at)
        if zone.count == 1 { return frame.byte(at) | 0x20 == UInt8(ascii: "z") ? value : nil }
        return zone.equals("+00:00", in: frame) ? value : nil
    }
}
