extension UTCTime {
    /// The time that `2026-01-31`, `2026-01-31T12:00Z`, `2026-01-31T12:00:00Z` or `2026-01-31T12:00:00.123Z` says; nil for
    /// other text. *Units*: milliseconds since the Unix epoch.
    package static func ms(_ text: String) -> Int64? {
        let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard let day = days(parts[0]) else { return nil }
        if parts.count == 1 { return day * 86_400_000 }
        guard parts[1].hasSuffix("Z"), let ofDay = msOfDay(parts[1].dropLast()) else { return nil }
        return day * 86_400_000 + ofDay
    }

    /// Days since the epoch. *Source*: Howard Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
    private static func days(_ text: Substring) -> Int64? {
        guard let numbers = numbers(text, "-", [4, 2, 2]) else { return nil }
        let (year, month, day) = (numbers[0], numbers[1], numbers[2])
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard year >= 1, 1...12 ~= month, 1...lengths[Int(month) - 1] ~= day else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func msOfDay(_ text: Substring) -> Int64? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let clock = numbers(parts[0], ":", [2, 2]) ?? numbers(parts[0], ":", [2, 2, 2]) else { return nil }
        let seconds = clock.count == 3 ? clock[2] : 0
        guard clock[0] < 24, clock[1] < 60, seconds < 60 else { return nil }
        let ms = (clock[0] * 3600 + clock[1] * 60 + seconds) * 1000
        if parts.count == 1 { return ms }
        guard clock.count == 3, parts[1].utf8.count == 3, let fraction = digits(parts[1]) else { return nil }
        return ms + fraction
    }

    /// Numbers of so many digits each, the separator between them.
    private static func numbers(_ text: Substring, _ separator: Character, _ widths: [Int]) -> [Int64]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == widths else { return nil }
        let values = parts.compactMap(digits)
        return values.count == widths.count ? values : nil
    }

    private static func digits(_ text: Substring) -> Int64? {
        text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? Int64(text) : nil
    }
}
