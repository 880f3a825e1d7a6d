extension Venue {
    package static let coingecko: Venue = {
        var markets = Markets { key in CoinGeckoMarkets(demoKey: key) }
        markets.areCoins = true
        markets.quotes = Set(CoinGecko.currencies.map { $0.uppercased() })
        markets.isAskedRarely = true
        return Venue(
            .coingecko, .prices { order in CoinGecko(order.markets.map(CoinGecko.Market.init), demoKey: order.key) },
            markets)
    }()
}

extension CoinGecko.Market {
    /// The coin's market that is wanted.
    init(_ market: ListedMarket) { self.init(coinID: market.name, symbol: market.symbol) }
}

extension VenueProfile {
    package static var coingecko: VenueProfile {
        VenueProfile(
            source: CoinGecko.source, summary: "prices of coins, over all exchanges", past: "a chart of 5 min or 1 h",
            defaultQuote: "USD", rest: CoinGecko.address, keyVariable: CoinGecko.keyVariable)
    }
}
