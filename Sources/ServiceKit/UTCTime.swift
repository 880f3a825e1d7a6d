/// Times as RFC 3339 text.
package enum UTCTime {
    /// `2026-01-31T12:00:00.123Z`; years before 1 and after 9999 are written with as many digits as they need.
    /// *Units*: milliseconds since the Unix epoch. *Source*: Howard Hinnant, "chrono-compatible low-level date
    /// algorithms", `civil_from_days`.
    package static func text(ms: Int64) -> String {
        let (days, msOfDay) = floorDivide(ms, by: 86_400_000)
        let (era, dayOfEra) = floorDivide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let seconds = msOfDay / 1000
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let time = "\(padded(seconds / 3600, 2)):\(padded(seconds / 60 % 60, 2)):\(padded(seconds % 60, 2))"
        return "\(date)T\(time).\(padded(msOfDay % 1000, 3))Z"
    }

    private static func floorDivide(_ a: Int64, by b: Int64) -> (quotient: Int64, rest: Int64) {
        let (quotient, rest) = a.quotientAndRemainder(dividingBy: b)
        return rest < 0 ? (quotient - 1, rest + b) : (quotient, rest)
    }

    private static func padded(_ number: Int64, _ digits: Int) -> String {
        let text = String(number.magnitude)
        let zeros = String(repeating: "0", count: max(0, digits - text.count))
        return (number < 0 ? "-" : "") + zeros + text
    }
}
