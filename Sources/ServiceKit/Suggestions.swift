/// Names that somebody who mistyped one may have meant.
enum Suggestions {
    /// The nearest of the candidates, in their order, where at most about half of the letters differ.
    static func near(_ word: String, among candidates: [String]) -> [String] {
        let typed = Array(word.lowercased().utf8.prefix(64))
        let ranked = candidates.map { name in (name: name, distance: distance(typed, Array(name.utf8))) }
        let close = ranked.filter { $0.distance * 2 <= max(typed.count, $0.name.utf8.count) + 1 }
        guard let best = close.map(\.distance).min() else { return [] }
        return Array(close.filter { $0.distance == best }.prefix(3).map(\.name))
    }

    /// `; did you mean --a or --b?`, or nothing.
    static func question(_ word: String, among candidates: [String], writtenAs form: (String) -> String) -> String {
        let names = near(word, among: candidates).map(form)
        return names.isEmpty ? "" : "; did you mean \(names.joined(separator: " or "))?"
    }

    /// Levenshtein's distance over bytes, a swap of two neighbours counting one.
    /// *Complexity*: O(m·n) time, three rows of memory.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in b.indices {
                var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
