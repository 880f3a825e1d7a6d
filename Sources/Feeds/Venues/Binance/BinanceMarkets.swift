package import CryptoCore

/// Binance's spot markets, for its trades as for its tickers.
///
/// *Source*: binance/binance-spot-api-docs `rest-api.md`, `exchangeInfo`.
package struct BinanceMarkets: MarketLister {
    package let profile: VenueProfile

    package init(_ profile: VenueProfile) { self.profile = profile }

    /// The list is long: 16 MB with the permission sets, some MB without.
    package func request(cursor: String?) -> VenueRequest {
        VenueRequest(
            "\(BinanceHistory.rest)/api/v3/exchangeInfo?permissions=SPOT&symbolStatus=TRADING&showPermissionSets=false",
            bodyBytes: 64 << 20)
    }

    package func decode(_ response: VenueResponse) throws(DecodeError) -> MarketAnswer {
        if let refusal = BinanceHistory.refusal(response) { return .refused(refusal) }
        let names: [StaticString] = ["symbol", "baseAsset", "quoteAsset", "status"]
        let markets = try response.markets(at: ["symbols"], names) { row, _ in
            guard let symbol = ListedMarket.symbol(row[1], row[2]),
                VenueSymbols.Spelling.joined.name(symbol) == row[0]
            else { return nil }
            return ListedMarket(symbol, name: row[0], isTrading: row[3] == "TRADING")
        }
        return .page(markets, next: nil)
    }
}
