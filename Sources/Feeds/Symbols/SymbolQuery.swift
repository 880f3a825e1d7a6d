/// What somebody wrote behind `--symbols`: a CoinGecko id (`bitcoin`), a ticker (`BTC`) or a pair (`BTCUSDT`, `BTC-USDT`).
package struct SymbolQuery: Sendable, Hashable {
    /// The base's ticker: `BTC`.
    package let base: String
    /// The quote's ticker; nil where the source's usual quote is meant.
    package let quote: String?
    /// CoinGecko's id, where one is known or was written.
    package let coinID: String?

    /// Currencies that prices are quoted in, longer ones before those they end with.
    package static let quotes = [
        "FDUSD", "BUSD", "TUSD", "USDT", "USDC", "USDE", "USD1", "PYUSD", "RLUSD", "USDD", "USDP", "USDR", "USDQ",
        "USD",
        "EURC", "EURQ", "EURR", "EURI", "EUR", "MNT", "DAI", "GBP", "JPY", "TRY", "BRL", "PLN", "AUD", "CHF", "CAD",
        "KRW",
        "BTC", "ETH", "SOL", "BNB",
    ]
    /// Quotes that are coins themselves: `WBTC` and `STETH` are coins, not pairs, unless the base is a coin too.
    private static let coinQuotes: Set<String> = ["BTC", "ETH", "SOL", "BNB", "DAI", "MNT"]

    package init(base: String, quote: String? = nil, coinID: String? = nil) {
        self.base = base
        self.quote = quote
        self.coinID = coinID
    }

    /// Understands `text`; nil when it can be none of them (empty, or with characters no market has).
    package init?(_ text: String, coins: Coins) {
        guard SymbolQuery.isWellFormed(text) else { return nil }
        if let ticker = coins.ticker(ofID: text) {
            self.init(base: ticker, coinID: text)
        } else if coins.isTicker(text) {
            self.init(base: text.uppercased(), coinID: coins.id(ofTicker: text))
        } else if let (base, quote) = SymbolQuery.dashedPair(text, coins) ?? SymbolQuery.joinedPair(text, coins) {
            self.init(base: base, quote: quote, coinID: coins.id(ofTicker: base))
        } else {
            self.init(base: text.uppercased(), coinID: text.lowercased())
        }
    }

    /// The symbol with the source's usual quote where none was written.
    package func symbol(defaultQuote: String) -> String { "\(base)-\(quote ?? defaultQuote)" }

    /// Letters, digits and the marks that ids and tickers have.
    private static func isWellFormed(_ text: String) -> Bool {
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        return allowed && !text.isEmpty && text.utf8.count <= 100 && text.first != "-" && text.last != "-"
    }

    /// `BTC-USDT`; a lower-case text such as `shiba-inu` only where both parts are known.
    private static func dashedPair(_ text: String, _ coins: Coins) -> (base: String, quote: String)? {
        guard let dash = text.lastIndex(of: "-") else { return nil }
        let base = String(text[..<dash]).uppercased()
        let quote = String(text[text.index(after: dash)...]).uppercased()
        if text == text.uppercased() { return (base, quote) }
        return quotes.contains(quote) && coins.isTicker(base) ? (base, quote) : nil
    }

    /// `BTCUSDT`, `btcusdt`.
    private static func joinedPair(_ text: String, _ coins: Coins) -> (base: String, quote: String)? {
        let text = text.uppercased()
        guard !text.contains("-"), let (base, quote) = split(text) else { return nil }
        return !coinQuotes.contains(quote) || coins.isTicker(base) ? (base, quote) : nil
    }

    /// A venue's joined name at the quote it ends with: `BTCUSDT` → `BTC`, `USDT`.
    package static func split(_ name: String) -> (base: String, quote: String)? {
        guard let quote = quotes.first(where: { name.hasSuffix($0) && name.utf8.count > $0.utf8.count }) else {
            return nil
        }
        return (String(name.dropLast(quote.count)), quote)
    }
}
