/// What somebody wrote behind `--symbols`: a CoinGecko id (`bitcoin`), a ticker (`BTC`) or a pair (`BTCUSDT`, `BTC-USDT`), as far as it can be understood without a
/// venue's list; see `MarketIndex`.
package struct SymbolQuery: Sendable, Hashable {
    /// The base's ticker: `BTC`.
    package let base: String
    /// The quote's ticker; nil where the source's usual quote is meant.
    package let quote: String?
    /// CoinGecko's id, where one is known or was written.
    package let coinID: String?

    /// What else a joined pair could be: nobody knows without the venue's list.
    package private(set) var doubt: DoubtfulName?

    /// Quotes that are coins themselves: `WBTC` and `STETH` are coins, not pairs, unless the base is a coin too.
    private static let coinQuotes: Set<String> = ["BTC", "ETH", "SOL", "BNB", "DAI", "MNT"]

    package init(base: String, quote: String? = nil, coinID: String? = nil) {
        self.base = base
        self.quote = quote
        self.coinID = coinID
    }

    /// Understands `text` without a venue's list; nil when it can be no symbol (empty, or with characters no market has).
    package init?(_ text: String, coins: Coins) {
        guard SymbolQuery.isWellFormed(text) else { return nil }
        if let ticker = coins.ticker(ofID: text) {
            self.init(base: ticker, coinID: text)
        } else if coins.isTicker(text) {
            self.init(base: text.uppercased(), coinID: coins.id(ofTicker: text))
        } else if let (base, quote) = SymbolQuery.markedPair(text, coins) {
            self.init(base: base, quote: quote, coinID: coins.id(ofTicker: base))
        } else if let pair = SymbolQuery.joinedPair(text, coins) {
            self = pair
        } else {
            self.init(base: text.uppercased(), coinID: text.lowercased())
        }
    }

    /// The symbol with the source's usual quote where none was written.
    package func symbol(defaultQuote: String) -> String { "\(base)-\(quote ?? defaultQuote)" }

    /// Anything but the marks that separate words, lists and series.
    private static func isWellFormed(_ text: String) -> Bool {
        let isAllowed = text.unicodeScalars.allSatisfy {
            $0.value > 0x20 && $0.value != 0x7F && !",;:\"'\\".unicodeScalars.contains($0)
        }
        return isAllowed && !text.isEmpty && text.utf8.count <= 100 && !"-/".contains(text.first ?? "-")
            && !"-/".contains(text.last ?? "-")
    }

    /// `BTC-USDT`, `BTC/USDT`; a lower-case text such as `shiba-inu` only where both parts are known.
    private static func markedPair(_ text: String, _ coins: Coins) -> (base: String, quote: String)? {
        guard let mark = text.lastIndex(where: { $0 == "-" || $0 == "/" }) else { return nil }
        let (base, quote) = (String(text[..<mark]), String(text[text.index(after: mark)...]))
        // As it is written: a name may have small letters of its own (AAPLx).
        if quote == quote.uppercased() { return (coins.isTicker(base) ? base.uppercased() : base, quote) }
        let isPair = NameSplitter.isQuote(quote.uppercased()) && coins.isTicker(base)
        return isPair ? (base.uppercased(), quote.uppercased()) : nil
    }

    /// `BTCUSDT`, `btcusdt`.
    private static func joinedPair(_ text: String, _ coins: Coins) -> SymbolQuery? {
        let name = text.uppercased()
        let split = NameSplitter(coins: coins).split(name)
        guard !name.contains("-"), let symbol = split.symbol, let dash = symbol.lastIndex(of: "-") else { return nil }
        let (base, quote) = (String(symbol[..<dash]), String(symbol[symbol.index(after: dash)...]))
        // Behind a base that nobody knows the letters of a coin are more likely a part of its name.
        guard NameSplitter.isQuote(quote), !coinQuotes.contains(quote) || coins.isTicker(base) else { return nil }
        var query = SymbolQuery(base: base, quote: quote, coinID: coins.id(ofTicker: base))
        if case .guess(_, let others) = split {
            query.doubt = DoubtfulName(name: text, symbol: symbol, others: others)
        }
        return query
    }
}
