internal import CryptoCore

/// Symbols that somebody who wrote one that does not exist may have meant. Pure.
package enum NearMatches {
    /// The nearest of a venue's symbols to one that it lacks, the nearest first: the same base in another quote, a thousand of the
    /// same coin in one contract (`1000PEPE`), or a slip of the hand.
    /// *Complexity*: O(symbols · length²).
    package static func symbols(_ wanted: String, among symbols: [String], limit: Int = 5) -> [String] {
        let wantedBase = base(wanted)
        let wantedQuote = quote(wanted)
        let wantedCoin = coin(wanted)
        return nearest(wanted, among: symbols, limit) { symbol, distance in
            // Another quote of the same base is as near as one wrong letter.
            let isSameBase = base(symbol).elementsEqual(wantedBase) || coin(symbol) == wantedCoin
            guard isSameBase || distance <= tolerance(wanted) else { return nil }
            let isSameQuote = quote(symbol).elementsEqual(wantedQuote)
            return [
                isSameBase ? 1 : distance, isSameBase ? 0 : 1, isSameQuote ? 0 : 1,
                isSameBase ? EditDistance.between(Array(quote(symbol)), Array(wantedQuote)) : 0, rank(quote(symbol)),
            ]
        }
    }

    /// The nearest of a venue's coin ids to one that it lacks, the nearest first: a slip of the hand, or an id that begins so.
    /// *Complexity*: O(ids · length²).
    package static func ids(_ wanted: String, among ids: [String], limit: Int = 5) -> [String] {
        nearest(wanted, among: ids, limit) { id, distance in
            if distance <= tolerance(wanted) { return [distance, id.utf8.count] }
            let begins = wanted.utf8.count >= 3 && id.hasPrefix(wanted)
            return begins ? [tolerance(wanted) + 1, id.utf8.count] : nil
        }
    }

    // MARK: Parts

    /// How many letters of a text may be wrong.
    private static func tolerance(_ text: String) -> Int { max(1, min(3, text.utf8.count / 4)) }

    private static func nearest(
        _ wanted: String, among candidates: [String], _ limit: Int, _ score: (String, Int) -> [Int]?
    ) -> [String] {
        let letters = Array(wanted.utf8.prefix(100))
        let ranked = candidates.compactMap { name -> (score: [Int], name: String)? in
            guard name != wanted else { return nil }
            return score(name, EditDistance.between(letters, Array(name.utf8.prefix(100)))).map { ($0, name) }
        }
        let sorted = ranked.sorted { left, right in
            left.score == right.score ? left.name < right.name : left.score.lexicographicallyPrecedes(right.score)
        }
        return sorted.prefix(limit).map(\.name)
    }

    private static func base(_ symbol: String) -> Substring.UTF8View {
        (symbol.lastIndex(of: "-").map { symbol[..<$0] } ?? symbol[...]).utf8
    }

    /// The coin that a symbol's base is one of, or many.
    private static func coin(_ symbol: String) -> String {
        MultipliedCoin.base(of: String(symbol.lastIndex(of: "-").map { symbol[..<$0] } ?? symbol[...]))
    }

    private static func quote(_ symbol: String) -> Substring.UTF8View {
        (symbol.lastIndex(of: "-").map { symbol[symbol.index(after: $0)...] } ?? "").utf8
    }

    /// Quotes that most people mean come first.
    private static func rank(_ quote: Substring.UTF8View) -> Int {
        ["USDT", "USD", "USDC", "EUR", "BTC"].firstIndex { $0.utf8.elementsEqual(quote) } ?? 5
    }
}
