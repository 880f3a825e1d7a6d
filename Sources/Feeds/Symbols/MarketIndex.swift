/// A venue's list of markets, to find what somebody's words mean in it. Pure.
///
/// Everything that the list prints is found as printed, in the venue's own spelling, without regard to case, and without the
/// marks between base and quote.
package struct MarketIndex: Sendable {
    /// What a word means.
    package enum Match: Equatable, Sendable {
        case market(ListedMarket)
        /// Several markets, none of them named exactly.
        case several([String])
        /// None; the nearest that there are.
        case none(near: [String])
    }

    private let markets: [ListedMarket]
    private let coins: Coins
    private let defaultQuote: String
    private let symbols: [String: Int]
    private let folded: [String: [Int]]

    package init(_ markets: [ListedMarket], coins: Coins, defaultQuote: String) {
        self.markets = markets
        self.coins = coins
        self.defaultQuote = defaultQuote
        // An open market stands before a closed one of the same name.
        symbols = Dictionary(markets.indices.map { (markets[$0].symbol, $0) }) { first, second in
            markets[first].isTrading ? first : second
        }
        var folded: [String: [Int]] = [:]
        for (symbol, index) in symbols {
            for name in Set(([symbol] + markets[index].names).map(MarketIndex.fold)) {
                folded[name, default: []].append(index)
            }
        }
        self.folded = folded
    }

    /// Finds the market that a word means: a symbol as the list prints it, a coin's id or ticker, a pair in any spelling.
    package func find(_ word: String) -> Match {
        if let index = symbols[word] { return .market(markets[index]) }
        if let base = coins.ticker(ofID: word) ?? (coins.isTicker(word) ? word.uppercased() : nil) {
            if let market = unique(MarketIndex.fold(base + defaultQuote)) { return .market(market) }
            // TUSD is a coin: where it is not listed it is not taken for T-USD.
            let named = markets.first { $0.names.contains(word) }
            return named.map { .market($0) } ?? .none(near: near(word))
        }
        for name in [MarketIndex.fold(word), MarketIndex.fold(word + defaultQuote)] {
            if let market = unique(name) { return .market(market) }
            if let several = folded[name] { return .several(several.map { markets[$0].symbol }.sorted()) }
        }
        return .none(near: near(word))
    }

    private func unique(_ name: String) -> ListedMarket? {
        guard let found = folded[name], let first = found.first, found.count == 1 else { return nil }
        return markets[first]
    }

    private func near(_ word: String) -> [String] {
        let open = markets.filter { $0.isTrading && $0.refusal == nil }.map(\.symbol)
        let wanted = SymbolQuery(word, coins: coins)?.symbol(defaultQuote: defaultQuote) ?? word
        return NearMatches.symbols(wanted, among: open)
    }

    /// Upper case, without the marks that spellings put between base and quote.
    private static func fold(_ name: String) -> String { name.uppercased().filter { !"-/_:.".contains($0) } }
}
