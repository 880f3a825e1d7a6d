/// Lengths of time as people write them: seconds, or `500ms 5s 10m 2h 30d`.
package enum Durations {
    private static let units: [(suffix: String, ms: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]

    /// Milliseconds of a text such as `5`, `0.5`, `500ms`; nil when it is none or not a whole number of milliseconds.
    package static func milliseconds(_ text: String) -> Int64? {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let suffix = text.dropFirst(number.count)
        guard let unit = suffix.isEmpty ? 1000 : units.first(where: { $0.suffix == suffix })?.ms else { return nil }
        let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let whole = Int64(first) else { return nil }
        let (wholeMs, overflow) = whole.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        guard parts.count == 2 else { return wholeMs }
        guard let fractionMs = fraction(parts[1], of: unit) else { return nil }
        let (sum, sumOverflow) = wholeMs.addingReportingOverflow(fractionMs)
        return sumOverflow ? nil : sum
    }

    /// The shortest text in one whole unit: `90s`, `2h`, `0s`.
    package static func text(milliseconds: Int64) -> String {
        guard milliseconds != 0 else { return "0s" }
        let unit = units.first { milliseconds % $0.ms == 0 } ?? ("ms", 1)
        return "\(milliseconds / unit.ms)\(unit.suffix)"
    }

    /// What the digits after the point are worth; at most nine of them, so that nothing overflows.
    private static func fraction(_ digits: Substring, of unit: Int64) -> Int64? {
        guard (1...9).contains(digits.utf8.count), let value = Int64(digits), value >= 0 else { return nil }
        let scale = (0..<digits.utf8.count).reduce(Int64(1)) { power, _ in power * 10 }
        let product = value * unit
        return product % scale == 0 ? product / scale : nil
    }
}
