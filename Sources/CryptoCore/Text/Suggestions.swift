/// Names that somebody who mistyped one may have meant.
package enum Suggestions {
    /// The nearest of the candidates, in their order, where at most about half of the letters differ; three at most.
    package static func near(_ word: String, among candidates: [String]) -> [String] {
        let typed = Array(word.lowercased().utf8.prefix(64))
        let ranked = candidates.map { name in (name: name, distance: EditDistance.between(typed, Array(name.utf8))) }
        let close = ranked.filter { $0.distance * 2 <= max(typed.count, $0.name.utf8.count) + 1 }
        guard let best = close.map(\.distance).min() else { return [] }
        return Array(close.filter { $0.distance == best }.prefix(3).map(\.name))
    }

    /// `; did you mean --a or --b?`, or nothing.
    package static func question(
        _ word: String, among candidates: [String], writtenAs form: (String) -> String = { $0 }
    ) -> String {
        let names = near(word, among: candidates).map(form)
        return names.isEmpty ? "" : "; did you mean \(names.joined(separator: " or "))?"
    }
}
