package import CryptoCore

/// Kraken's markets.
///
/// *Source*: docs.kraken.com, `get-tradable-asset-pairs`.
package struct KrakenMarkets: MarketLister {
    package init() {}

    package var profile: VenueProfile { .kraken }

    package func request(cursor: String?) -> VenueRequest {
        VenueRequest("\(KrakenHistory.rest)/0/public/AssetPairs")
    }

    package func decode(_ response: VenueResponse) throws(DecodeError) -> MarketAnswer {
        if let refusal = Kraken.refusal(response) { return .refused(refusal) }
        let names: [StaticString] = ["wsname", "status", "altname"]
        let markets = try response.markets(at: ["result"], ofObject: true, names) { row, key in
            // Those without a name for the stream are not traded in its order book.
            guard let name = row[0], let symbol = Kraken.symbol(name), Series.isSymbol(symbol) else { return nil }
            var market = ListedMarket(symbol, name: row[2], isTrading: row[1] ?? "online" == "online")
            market.otherNames = [key, name].compactMap { $0 }
            return market
        }
        return .page(markets, next: nil)
    }
}
