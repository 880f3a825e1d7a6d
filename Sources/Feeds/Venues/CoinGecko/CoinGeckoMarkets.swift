package import CryptoCore

/// CoinGecko's coins, by id.
///
/// *Source*: docs.coingecko.com, `coins/list`.
package struct CoinGeckoMarkets: MarketLister {
    private let venue: CoinGecko

    package init(demoKey: String? = nil) { venue = CoinGecko([], demoKey: demoKey) }

    package var profile: VenueProfile { venue.profile }

    package func request(cursor: String?) -> VenueRequest { venue.request(path: "/coins/list") }

    package func decode(_ response: VenueResponse) throws(DecodeError) -> MarketAnswer {
        if let refusal = CoinGecko.refusal(response) { return .refused(refusal) }
        return .page(try response.markets(at: [], ["id"]) { row, _ in row[0].map { ListedMarket($0) } }, next: nil)
    }
}
