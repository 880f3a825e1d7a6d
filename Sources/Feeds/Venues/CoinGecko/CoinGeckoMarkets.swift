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
        let body = response.body
        let bytes = body.span.bytes
        var scanner = JSONScanner()
        let coins = try MarketRow.list(["id"], &scanner, bytes) { row in row[0].map { ListedMarket($0) } }
        try scanner.end(bytes)
        return .page(coins, next: nil)
    }
}
