/// A day of the proleptic Gregorian calendar in UTC, for texts that people read.
struct CalendarDate: Hashable {
    var year: Int64
    var month: Int64
    var day: Int64

    static let msPerDay: Int64 = 86_400_000

    /// The day that holds a time in ms since the epoch.
    /// *Source*: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    init(containing timeMs: Int64) {
        let days = CalendarDate.floorDivide(timeMs, CalendarDate.msPerDay) + 719_468
        let era = CalendarDate.floorDivide(days, 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Appends `2025-11-21`.
    func write(to text: inout [UInt8]) {
        if year < 0 { text.append(UInt8(ascii: "-")) }
        CalendarDate.pad(Int64(year.magnitude), 4, &text)
        text.append(UInt8(ascii: "-"))
        CalendarDate.pad(month, 2, &text)
        text.append(UInt8(ascii: "-"))
        CalendarDate.pad(day, 2, &text)
    }

    /// Appends a time as `2025-11-21T10:00:00Z`, with `.123` before the Z when it has milliseconds.
    static func writeTime(_ timeMs: Int64, to text: inout [UInt8]) {
        CalendarDate(containing: timeMs).write(to: &text)
        let ofDay = timeMs - floorDivide(timeMs, msPerDay) * msPerDay
        text.append(UInt8(ascii: "T"))
        pad(ofDay / 3_600_000, 2, &text)
        text.append(UInt8(ascii: ":"))
        pad(ofDay / 60_000 % 60, 2, &text)
        text.append(UInt8(ascii: ":"))
        pad(ofDay / 1000 % 60, 2, &text)
        if ofDay % 1000 != 0 {
            text.append(UInt8(ascii: "."))
            pad(ofDay % 1000, 3, &text)
        }
        text.append(UInt8(ascii: "Z"))
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
        let quotient = a / b
        return a % b < 0 ? quotient - 1 : quotient
    }

    /// At least `width` digits of a number that is not negative.
    private static func pad(_ number: Int64, _ width: Int, _ text: inout [UInt8]) {
        var rest = number
        let start = text.count
        repeat {
            text.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0 || text.count - start < width
        text[start...].reverse()
    }
}
