/// One source of an exchange: what it is called, how its ticks come, what can be had of its past, which markets it has, and which
/// recorded frames are its own.
///
/// An exchange's folder fills in one of these for each of its sources, and `all` lists them. Nothing else names an exchange.
package struct Venue: Sendable {
    /// Every source of every exchange, in the order of `--list-sources`.
    package static let all: [Venue] = [
        .bybit, .bybitLinear, .binance, .binanceTickers, .coinbase, .kraken, .okx, .okxSwap, .coincap, .coingecko,
    ]

    /// The source of a producer that nobody tells where to listen: it needs no key and knows every coin.
    package static let usual = Venue.coingecko

    /// How its ticks come.
    package enum Feed: Sendable {
        /// Over a WebSocket, as they happen.
        case stream(@Sendable (VenueOrder) -> any StreamVenue, past: Past)
        /// As answers over HTTP, asked for again and again.
        case prices(@Sendable (VenueOrder) -> any PriceVenue)
    }

    /// What a venue of trades tells of the time before, and of holes.
    package enum Past: Sendable {
        case nothing
        /// Any trade, by its number.
        case numbered(@Sendable (VenueOrder) -> any TradeHistory)
        /// The newest trades of a market, and no others.
        case newest(@Sendable (VenueOrder) -> any RecentTrades)

        package var isNumbered: Bool { if case .numbered = self { true } else { false } }
    }

    /// How a venue's markets are found.
    package struct Markets: Sendable {
        /// What asks for the list of them, with the venue's key where there is one.
        let lister: @Sendable (_ key: String?) -> any MarketLister
        /// Whether they are coins, named by an id, in place of pairs.
        package var areCoins = false
        /// The quotes that prices can be had in, where the list does not say; nil: any.
        package var quotes: Set<String>?
        /// The list is long and counts against the few requests that the venue allows: only a coin that `config/coins.json` lacks is looked
        /// up in it.
        package var isAskedRarely = false
        /// Whether the list says what a frame means, so that nothing can be read without it.
        package var areNeeded = false
        /// Whether the markets of the largest turnover can be asked for, in place of named ones (`--top`).
        package var haveTop = false

        package init(_ lister: @escaping @Sendable (_ key: String?) -> any MarketLister) { self.lister = lister }

        /// What asks for the list.
        package func lister(key: String?) -> any MarketLister { lister(key) }
    }

    package let profile: VenueProfile
    package let feed: Feed
    package let markets: Markets
    /// Its recorded frames, one for each source that they become; none where it has no frames.
    package let recordings: [FrameSource]

    package init(_ profile: VenueProfile, _ feed: Feed, _ markets: Markets, recordings: [FrameSource] = []) {
        self.profile = profile
        self.feed = feed
        self.markets = markets
        self.recordings = recordings
    }

    /// The source of its series, as `--source` takes it.
    package var source: String { profile.source }

    /// Whether any of its past trades can be had.
    package var keepsTrades: Bool { if case .stream(_, let past) = feed { past.isNumbered } else { false } }

    /// Whether past prices can be had.
    package var keepsPrices: Bool { if case .prices = feed { profile.past != "-" } else { false } }

    /// The venue with this source; nil where there is none.
    package static func named(_ source: String) -> Venue? { all.first { $0.source == source } }
}

/// What is wanted of a venue.
package struct VenueOrder: Sendable {
    /// A market, and what was said that means it.
    package struct Item: Sendable, Equatable {
        /// As somebody wrote it: `BTC`, `BTCUSDT`, `bitcoin`.
        package var word: String
        package var market: ListedMarket
        /// What else the word could mean, where it was understood without the venue's list.
        package var doubt: DoubtfulName?

        package init(word: String, market: ListedMarket, doubt: DoubtfulName? = nil) {
            self.word = word
            self.market = market
            self.doubt = doubt
        }
    }

    /// Each market once.
    package var items: [Item]
    /// So many markets of the largest turnover, in place of named ones.
    package var top: Int?
    /// The venue's key, where there is one.
    package var key: String?
    /// Whether the markets are those of the venue's list, and not only what was understood without one.
    package var isListed = false

    package init(_ items: [Item] = [], top: Int? = nil, key: String? = nil) {
        self.items = items
        self.top = top
        self.key = key
    }

    package var markets: [ListedMarket] { items.map(\.market) }
    /// Such as `BTC-USDT`.
    package var symbols: [String] { items.map(\.market.symbol) }

    /// The same of these symbols only.
    package func only(_ symbols: [String]) -> VenueOrder {
        var order = self
        let wanted = Set(symbols)
        order.items.removeAll { !wanted.contains($0.market.symbol) }
        return order
    }
}
