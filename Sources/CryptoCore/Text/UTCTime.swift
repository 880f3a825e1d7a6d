/// Times as RFC 3339 text. *Units*: milliseconds since the Unix epoch.
public enum UTCTime {
    /// `2026-01-31T12:00:00.123Z`; years before 1 and after 9999 are written with as many digits as they need.
    public static func text(ms: Int64) -> String {
        var text: [UInt8] = []
        write(ms, withMs: true, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends `2025-11-21T10:00:00Z`, with `.123` before the Z where there are milliseconds, or they are asked for.
    public static func write(_ ms: Int64, withMs: Bool = false, to text: inout [UInt8]) {
        CivilDate(containing: ms).write(to: &text)
        let ofDay = ms - ms.floorDivided(by: CivilDate.msPerDay) * CivilDate.msPerDay
        text.append(UInt8(ascii: "T"))
        text.append(digits: ofDay / 3_600_000, atLeast: 2)
        text.append(UInt8(ascii: ":"))
        text.append(digits: ofDay / 60_000 % 60, atLeast: 2)
        text.append(UInt8(ascii: ":"))
        text.append(digits: ofDay / 1000 % 60, atLeast: 2)
        if withMs || ofDay % 1000 != 0 {
            text.append(UInt8(ascii: "."))
            text.append(digits: ofDay % 1000, atLeast: 3)
        }
        text.append(UInt8(ascii: "Z"))
    }

    /// The start of the minute that a time lies in, before 1970 too.
    public static func startOfMinute(_ ms: Int64) -> Int64 { ms.floorDivided(by: 60_000) * 60_000 }

    /// The time that `2026-01-31`, `2026-01-31T12:00Z`, `2026-01-31T12:00:00Z` or `2026-01-31T12:00:00.123Z` says; nil for
    /// other text.
    public static func ms(_ text: String) -> Int64? {
        let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        guard let day = numbers(parts[0], "-", [4, 2, 2]), day[0] >= 1,
            let date = CivilDate(year: day[0], month: day[1], day: day[2])
        else { return nil }
        let startMs = date.daysSinceEpoch * CivilDate.msPerDay
        if parts.count == 1 { return startMs }
        guard parts[1].hasSuffix("Z"), let ofDay = msOfDay(parts[1].dropLast()) else { return nil }
        return startMs + ofDay
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
