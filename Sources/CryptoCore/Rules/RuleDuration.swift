/// Lengths of time as Prometheus writes them: `90s`, `1h30m`, `2d`; units in falling order, each at most once.
///
/// *Source*: Prometheus, "Querying basics", time durations.
enum RuleDuration {
    private static let units: [(name: String, ms: Int64)] = [
        ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000),
        ("ms", 1),
    ]

    /// What a text must look like, for a person.
    static let wanted = "a duration such as 90s, 5m, 1h30m or 2d (units y w d h m s ms)"

    /// Milliseconds; `0` needs no unit. Nil for other text, and for more than 64 bits hold.
    static func milliseconds(_ text: some StringProtocol) -> Int64? {
        if text == "0" { return 0 }
        var rest = Substring(text)
        var left = units[...]
        var sum: Int64 = 0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let number = Int64(digits), let unit = left.firstIndex(where: { $0.name == name }) else { return nil }
            let (part, overflow) = number.multipliedReportingOverflow(by: left[unit].ms)
            let (total, isTooLarge) = sum.addingReportingOverflow(part)
            guard !overflow, !isTooLarge else { return nil }
            sum = total
            left = left[(unit + 1)...]
        }
        return text.isEmpty ? nil : sum
    }

    /// The text of a length of time in units from days down: `1h30m`, `0s`.
    static func text(milliseconds: Int64) -> String {
        var rest = milliseconds
        var text = ""
        for unit in units.dropFirst(2) where rest >= unit.ms {
            text += "\(rest / unit.ms)\(unit.name)"
            rest %= unit.ms
        }
        return text.isEmpty ? "0s" : text
    }
}
