package import CryptoCore

/// Bybit's markets of one category; of the linear one the perpetuals, without the futures that end.
///
/// *Source*: bybit-exchange/docs, `v5/market/instrument`.
package struct BybitMarkets: MarketLister {
    /// Where the REST interface answers.
    package static let rest = "https://api.bybit.com"

    private let category: Bybit.Category

    package init(_ category: Bybit.Category) { self.category = category }

    package var profile: VenueProfile { .bybit(category) }

    package func request(cursor: String?) -> VenueRequest {
        let next = cursor.map { "&cursor=\(PercentText.escaped($0))" } ?? ""
        return VenueRequest(
            "\(BybitMarkets.rest)/v5/market/instruments-info?category=\(category.rawValue)&limit=1000\(next)")
    }

    package func decode(_ response: VenueResponse) throws(DecodeError) -> MarketAnswer {
        if let refusal = Bybit.refusal(response) { return .refused(refusal) }
        let names: [StaticString] = ["symbol", "baseCoin", "quoteCoin", "status"]
        let markets = try response.markets(at: ["result", "list"], names) { row, _ in
            // What the stream could not be asked for under this symbol is a future that ends.
            guard let symbol = ListedMarket.symbol(row[1], row[2]), category.spelling.name(symbol) == row[0] else {
                return nil
            }
            return ListedMarket(symbol, name: row[0], isTrading: row[3] == "Trading")
        }
        return .page(markets, next: try response.text(at: ["result", "nextPageCursor"]))
    }
}
