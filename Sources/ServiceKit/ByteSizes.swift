/// Amounts of memory and disk as people write them: bytes, or `64KiB 64MiB 1GiB`.
package enum ByteSizes {
    private static let units: [(suffix: String, bytes: Int64)] = [
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    /// Bytes of a text such as `0`, `65536`, `64MiB`; nil when it is none.
    package static func bytes(_ text: String) -> Int64? {
        let number = text.prefix { $0.isASCII && $0.isNumber }
        let suffix = text.dropFirst(number.count)
        guard let count = Int64(number) else { return nil }
        guard let unit = suffix.isEmpty ? 1 : units.first(where: { $0.suffix == suffix })?.bytes else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }

    /// The shortest text in one whole unit: `1GiB`, `1000B`, `0`.
    package static func text(bytes: Int64) -> String {
        guard bytes != 0 else { return "0" }
        let unit = units.first { bytes % $0.bytes == 0 } ?? ("B", 1)
        return "\(bytes / unit.bytes)\(unit.suffix)"
    }
}
