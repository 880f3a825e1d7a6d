internal import CryptoCore

/// Times as REST answers write them, to ms since the epoch; fractions of a ms are cut off, as everywhere.
enum HistoryTime {
    /// A number of seconds with any number of decimals, read as text: a double has too few digits for it.
    static func seconds(_ text: JSONText, _ bytes: RawSpan) -> Int64? {
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

    /// `2026-08-09T21:05:48.167634Z`, with any number of decimals or none, or with an offset such as `+02:00`.
    ///
    /// *Source*: RFC 3339.
    static func iso(_ text: JSONText, _ bytes: RawSpan) -> Int64? {
        guard !text.isEscaped, text.count >= 20, text.count <= 40 else { return nil }
        let start = text.offset
        guard isByte("-", start + 4, bytes), isByte("-", start + 7, bytes), isByte(":", start + 13, bytes),
            isByte(":", start + 16, bytes), bytes.byte(start + 10) | 0x20 == UInt8(ascii: "t"),
            let year = number(bytes, start, 4), let month = number(bytes, start + 5, 2),
            let day = number(bytes, start + 8, 2), let hour = number(bytes, start + 11, 2),
            let minute = number(bytes, start + 14, 2), let second = number(bytes, start + 17, 2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var zone = start + 19
        let end = start + text.count
        var ms: Int64 = 0
        if isByte(".", zone, bytes) {
            let digits = zone + 1
            zone = digits
            while zone < end, digit(bytes.byte(zone)) != nil { zone += 1 }
            guard let part = fraction(bytes, digits, zone) else { return nil }
            ms = part
        }
        guard let offset = offsetMinutes(bytes, zone, end) else { return nil }
        let minutes = (days(year, month, day) * 24 + hour) * 60 + minute - offset
        return (minutes * 60 + second) * 1000 + ms
    }

    /// Days from 1970-01-01 to a date of the Gregorian calendar.
    ///
    /// *Source*: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`, for years from 0 on.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // The year begins in March, so that the leap day is its last.
        let shifted = year + 400 - (month <= 2 ? 1 : 0)
        let era = shifted / 400
        let yearOfEra = shifted % 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return (era - 1) * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
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

    private static func offsetMinutes(_ bytes: RawSpan, _ at: Int, _ end: Int) -> Int64? {
        guard at < end else { return nil }
        if bytes.byte(at) | 0x20 == UInt8(ascii: "z") { return at + 1 == end ? 0 : nil }
        guard isByte("+", at, bytes) || isByte("-", at, bytes), end - at == 6, isByte(":", at + 3, bytes),
            let hours = number(bytes, at + 1, 2), let minutes = number(bytes, at + 4, 2), hours < 24, minutes < 60
        else { return nil }
        return (isByte("-", at, bytes) ? -1 : 1) * (hours * 60 + minutes)
    }

    private static func number(_ bytes: RawSpan, _ at: Int, _ count: Int) -> Int64? {
        var value: Int64 = 0
        for index in at..<at + count {
            guard let digit = digit(bytes.byte(index)) else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        let value = byte &- UInt8(ascii: "0")
        return value <= 9 ? Int64(value) : nil
    }

    private static func isByte(_ wanted: Unicode.Scalar, _ at: Int, _ bytes: RawSpan) -> Bool {
        bytes.byte(at) == UInt8(ascii: wanted)
    }
}
