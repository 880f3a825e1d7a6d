package import CryptoCore

/// A market, or a coin, that a venue knows.
package struct ListedMarket: Sendable, Hashable {
    /// Such as `BTC-USDT`, as `--symbols` takes it; of a list of coins the coin's id.
    package var symbol: String
    /// As the venue writes it: `BTCUSDT`, `XBTUSD`, `BTC-USDT-SWAP`; of a market of a coin the coin's id.
    package var name: String
    /// What the venue calls it elsewhere: `XBT/USD`.
    package var otherNames: [String] = []
    /// Whether it is open now.
    package var isTrading: Bool
    /// How much of the base one contract is, as a decimal number; nil where sizes are in the base.
    package var contractSize: String?
    /// Why its trades cannot be had; nil: they can.
    package var refusal: String?
    /// The symbol under which the venue tells its trades, where that is another one.
    package var alias: String?

    /// - Parameter name: nil: the symbol.
    package init(_ symbol: String, name: String? = nil, isTrading: Bool = true) {
        self.symbol = symbol
        self.name = name ?? symbol
        self.isTrading = isTrading
    }

    /// `BTC-USDT` of its two parts; nil when they make no symbol.
    static func symbol(_ base: String?, _ quote: String?) -> String? {
        guard let base, let quote, !quote.contains("-") else { return nil }
        let symbol = "\(base)-\(quote)"
        return Series.isSymbol(symbol) ? symbol : nil
    }

    /// All names that the venue has for it.
    var names: [String] { [name] + otherNames }
}

/// What a venue's answer to the question for its markets held.
package enum MarketAnswer: Equatable, Sendable {
    /// A page of the list; nil: the last one.
    case page([ListedMarket], next: String?)
    case refused(VenueRefusal)
}

/// How a venue tells which markets it has: requests, and answers to symbols. Pure.
package protocol MarketLister: Sendable {
    var profile: VenueProfile { get }

    /// - Parameter cursor: what the page before this one said comes next; nil for the first.
    func request(cursor: String?) -> VenueRequest

    /// - Throws: the body of a good answer is not what the venue sends.
    func decode(_ response: VenueResponse) throws(DecodeError) -> MarketAnswer
}
