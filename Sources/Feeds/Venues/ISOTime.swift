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
            1...12 ~= month, day >= 1, hour < 24, minute < 60, second <= 60,
            let fraction = fraction(JSONText(offset: at &+ 19, count: text.count &- 19), frame)
        else { return nil }
        let fullYear = year &* 100 &+ years
        guard day <= days(in: month, of: fullYear) else { return nil }
        let days = daysSinceEpoch(fullYear, month, day)
        return ((days &* 24 &+ hour) &* 60 &+ minute) &* 60_000 &+ second &* 1000 &+ fraction
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

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// *Source*: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`.
    @inline(__always)
    private static func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // March is the first month, so that the leap day is a year's last.
        let shifted = month > 2 ? year : year &- 1
        let era = shifted / 400
        let yearOfEra = shifted &- era &* 400
        let dayOfYear = (153 &* (month > 2 ? month &- 3 : month &+ 9) &+ 2) / 5 &+ day &- 1
        return era &* 146_097 &+ yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear &- 719_468
    }
}
