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

/// The members of a JSON object that are wanted, the others passed over.
enum MarketRow {
    /// The texts of the members called `names`, in their order; `true` and `false` count as texts, anything else is absent.
    static func read(
        _ names: [StaticString], _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> [String?] {
        var texts = [String?](repeating: nil, count: names.count)
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            guard let place = names.indices.first(where: { key.equals(names[$0], in: bytes) }) else {
                try scanner.skipValue(bytes)
                continue
            }
            switch try scanner.peek(bytes) {
            case .string: texts[place] = try scanner.string(bytes).string(in: bytes)
            case .bool: texts[place] = try scanner.bool(bytes) ? "true" : "false"
            default: try scanner.skipValue(bytes)
            }
        }
        return texts
    }

    /// All rows of an array; a row of which `market` makes nothing is left out.
    static func list(
        _ names: [StaticString], _ scanner: inout JSONScanner, _ bytes: RawSpan,
        _ market: ([String?]) -> ListedMarket?
    ) throws(DecodeError) -> [ListedMarket] {
        var markets: [ListedMarket] = []
        try scanner.enterArray(bytes)
        while try scanner.nextElement(bytes) {
            if let market = market(try read(names, &scanner, bytes)) { markets.append(market) }
        }
        return markets
    }

    /// An array under `name` of an object, the rest of which is passed over; nil when there is none.
    static func list(
        under name: StaticString, _ names: [StaticString], _ body: [UInt8], _ market: ([String?]) -> ListedMarket?
    ) throws(DecodeError) -> [ListedMarket]? {
        let bytes = body.span.bytes
        var scanner = JSONScanner()
        var markets: [ListedMarket]?
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            if key.equals(name, in: bytes), try scanner.peek(bytes) == .array {
                markets = try list(names, &scanner, bytes, market)
            } else {
                try scanner.skipValue(bytes)
            }
        }
        try scanner.end(bytes)
        return markets
    }

    /// `BTC-USDT` of its two parts; nil when they make no symbol.
    static func symbol(_ base: String?, _ quote: String?) -> String? {
        guard let base, let quote, !quote.contains("-") else { return nil }
        let symbol = "\(base)-\(quote)"
        return Series.isSymbol(symbol) ? symbol : nil
    }
}
