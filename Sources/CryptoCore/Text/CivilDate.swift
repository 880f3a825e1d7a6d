/// A day of the proleptic Gregorian calendar in UTC.
///
/// *Source*: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil` and `civil_from_days`.
public struct CivilDate: Hashable, Sendable {
    public static let msPerDay: Int64 = 86_400_000

    public let year: Int64
    public let month: Int64
    public let day: Int64

    /// Nil where the calendar has no such day, or the year has more than nine digits.
    @inlinable @inline(__always)
    public init?(year: Int64, month: Int64, day: Int64) {
        guard year.magnitude < 1_000_000_000, 1...12 ~= month, day >= 1, day <= CivilDate.days(in: month, of: year)
        else {
            return nil
        }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that holds a time. *Units*: ms since the epoch.
    public init(containing timeMs: Int64) {
        let days = timeMs.floorDivided(by: CivilDate.msPerDay) + 719_468
        let era = days.floorDivided(by: 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Negative before 1970.
    @inlinable @inline(__always)
    public var daysSinceEpoch: Int64 {
        // March is the first month, so that the leap day is a year's last.
        let shifted = month > 2 ? year : year &- 1
        let era = shifted.floorDivided(by: 400)
        let yearOfEra = shifted &- era &* 400
        let dayOfYear = (153 &* (month > 2 ? month &- 3 : month &+ 9) &+ 2) / 5 &+ day &- 1
        return era &* 146_097 &+ yearOfEra &* 365 &+ yearOfEra / 4 &- yearOfEra / 100 &+ dayOfYear &- 719_468
    }

    @inlinable
    static func days(in month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Appends `2025-11-21`; years beyond 9999 have as many digits as they need.
    public func write(to text: inout [UInt8]) {
        if year < 0 { text.append(UInt8(ascii: "-")) }
        text.append(digits: Int64(year.magnitude), atLeast: 4)
        text.append(UInt8(ascii: "-"))
        text.append(digits: month, atLeast: 2)
        text.append(UInt8(ascii: "-"))
        text.append(digits: day, atLeast: 2)
    }
}

extension Int64 {
    /// Rounded down, below 0 too; the divisor is positive.
    @inlinable @inline(__always)
    func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}

extension [UInt8] {
    /// Appends a number that is not negative, with zeros before it where it has fewer digits.
    mutating func append(digits number: Int64, atLeast width: Int) {
        var rest = number
        let start = count
        repeat {
            append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0 || count - start < width
        self[start...].reverse()
    }
}
