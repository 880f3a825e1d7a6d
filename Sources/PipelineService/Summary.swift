/// Some counts under a heading, such as the windows that were made.
struct SummarySection: Sendable, Equatable {
    let heading: String
    let lines: [(name: String, count: UInt64)]

    init(_ heading: String, _ lines: [(name: String, count: UInt64)]) {
        self.heading = heading
        self.lines = lines
    }

    static func == (a: SummarySection, b: SummarySection) -> Bool {
        a.heading == b.heading && a.lines.elementsEqual(b.lines, by: ==)
    }
}

/// What `pipeline` says at its end: a table of what was read, made and stored.
enum Summary {
    /// Sections with the same heading are one, where the first of them stands.
    static func text(_ sections: [SummarySection]) -> String {
        var headings: [String] = []
        for section in sections where !headings.contains(section.heading) { headings.append(section.heading) }
        return "\n"
            + headings.map { heading in
                let lines = sections.filter { $0.heading == heading }.flatMap(\.lines)
                return heading + "\n" + lines.map(line).joined()
            }.joined()
    }

    private static func line(_ name: String, _ count: UInt64) -> String {
        "  \(name)\(String(repeating: " ", count: max(1, 20 - name.count)))\(count)\n"
    }
}
