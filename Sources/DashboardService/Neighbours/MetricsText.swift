/// Values of a page of metrics. *Source*: Prometheus's text format 0.0.4.
struct MetricsText {
    private let lines: [(name: Substring, value: Double)]

    init(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        lines = text.split(separator: "\n").compactMap { line in
            guard !line.hasPrefix("#") else { return nil }
            let name = line.prefix { $0 != "{" && $0 != " " }
            // Labels may hold spaces: the value stands behind their closing brace.
            let rest = line.lastIndex(of: "}").map { line[line.index(after: $0)...] } ?? line.dropFirst(name.count)
            guard let value = rest.split(separator: " ").first.flatMap({ Double($0) }), value.isFinite else {
                return nil
            }
            return (name, value)
        }
    }

    /// The first value of a metric; nil where there is none.
    func value(of name: String) -> Double? { lines.first { $0.name == name }?.value }

    /// The sum of the metrics whose names end so, over all their labels; nil where there are none.
    func sum(endingIn end: String) -> Double? {
        let values = lines.filter { $0.name.hasSuffix(end) }.map(\.value)
        return values.isEmpty ? nil : values.reduce(0, +)
    }
}
