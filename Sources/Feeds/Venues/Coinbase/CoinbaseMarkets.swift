package import CryptoCore

/// Coinbase's markets.
///
/// *Source*: docs.cdp.coinbase.com, Exchange `GetProducts`.
package struct CoinbaseMarkets: MarketLister {
    package init() {}

    package var profile: VenueProfile { .coinbase }

    package func request(cursor: String?) -> VenueRequest { VenueRequest("\(CoinbaseHistory.rest)/products") }

    package func decode(_ response: VenueResponse) throws(DecodeError) -> MarketAnswer {
        if let refusal = response.usualRefusal() { return .refused(refusal) }
        let names: [StaticString] = ["id", "status", "trading_disabled", "alias"]
        let markets = try response.markets(at: [], names) { row, _ in
            guard let symbol = row[0], Series.isSymbol(symbol) else { return nil }
            var market = ListedMarket(symbol, isTrading: row[1] ?? "online" == "online" && row[2] != "true")
            market.alias = row[3].flatMap { Series.isSymbol($0) ? $0 : nil }
            return market
        }
        return .page(markets, next: nil)
    }
}
