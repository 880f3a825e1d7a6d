/// The text of an annotation, with places for the alert's value and labels: `{{ $labels.symbol }} moved {{ $value }} %`.
struct RuleTemplate: Equatable, Sendable {
    enum Part: Equatable, Sendable {
        case text(String)
        case value
        case label(String)
    }

    private(set) var parts: [Part] = []

    /// Reads a template.
    /// - Parameter note: is told what is wrong, and at which byte of the text.
    init(_ source: SourceText, labels: [String], note: (Int, String) -> Void) {
        var rest = source.bytes[...]
        while let open = RuleTemplate.find("{{", in: rest) {
            append(rest[..<open])
            let inside = rest[(open + 2)...]
            guard let close = RuleTemplate.find("}}", in: inside) else {
                note(open, "`{{` without `}}`")
                return
            }
            let name = String(decoding: inside[..<close], as: UTF8.self)[...].trimming(" ")
            if name == "$value" {
                parts.append(.value)
            } else if name.hasPrefix("$labels."), labels.contains(String(name.dropFirst(8))) {
                parts.append(.label(String(name.dropFirst(8))))
            } else if name.hasPrefix("$labels.") {
                let near = Suggestions.question(String(name.dropFirst(8)), among: labels)
                let others = near.isEmpty ? "; there are \(labels.joined(separator: " "))" : near
                note(open, "there is no label of this name\(others)")
            } else {
                note(open, "a place is `{{ $value }}` or `{{ $labels.NAME }}`")
            }
            rest = inside[(close + 2)...]
        }
        append(rest)
    }

    private mutating func append(_ text: ArraySlice<UInt8>) {
        if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) }
    }

    private static func find(_ mark: String, in text: ArraySlice<UInt8>) -> Int? {
        text.indices.dropLast().first { text[$0...].starts(with: mark.utf8) }
    }

    /// The text for one alert.
    /// - Parameter value: nil where it is unknown.
    func filled(value: Double?, label: (String) -> String) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .value: RuleTemplate.text(value)
            case .label(let name): label(name)
            }
        }.joined()
    }

    /// A number for a person: at most four decimals from 1 up and eight below, none where it is whole.
    static func text(_ value: Double?) -> String {
        guard let value else { return "unknown" }
        let decimals = value.magnitude < 1 ? 8 : 4
        let scale = value.magnitude < 1 ? 1e8 : 1e4
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e15, scaled > 0 || value == 0 else { return value.description }
        let digits = String(Int64(scaled))
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.utf8.count)) + digits
        let fraction = padded.suffix(decimals).reversed().drop { $0 == "0" }.reversed()
        let whole = padded.dropLast(decimals)
        return (value < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + String(fraction))
    }
}
