package import CryptoCore

/// OKX's instruments of one market, with the sizes of swaps' contracts.
///
/// *Source*: OKX API v5, "Get instruments", "Production Trading Services".
package struct OKXMarkets: MarketLister {
    /// Where the REST interface answers.
    package static let rest = "https://openapi.okx.com"

    private let market: OKX.Market

    package init(_ market: OKX.Market) { self.market = market }

    package var profile: VenueProfile { .okx(market) }

    package func request(cursor: String?) -> VenueRequest {
        VenueRequest("\(OKXMarkets.rest)/api/v5/public/instruments?instType=\(market.rawValue)")
    }

    package func decode(_ response: VenueResponse) throws(DecodeError) -> MarketAnswer {
        if let refusal = OKX.refusal(response) { return .refused(refusal) }
        let names: [StaticString] = ["instId", "state", "ctVal", "ctValCcy", "ctMult"]
        return .page(try response.markets(at: ["data"], names) { row, _ in listed(row) }, next: nil)
    }

    /// Nil for what is no market of this kind, and for one of which more is not known yet.
    private func listed(_ row: [String?]) -> ListedMarket? {
        guard let name = row[0], let symbol = market.symbol(name) else { return nil }
        guard Series.isSymbol(symbol), symbol.split(separator: "-").count == 2 else { return nil }
        var listed = ListedMarket(symbol, name: name, isTrading: row[1] == "live")
        guard market == .swap else { return listed }
        listed.contractSize = row[2]
        listed.refusal = refusal(symbol, row)
        return listed
    }

    /// Why quantities of a swap cannot be told in its base coin.
    private func refusal(_ symbol: String, _ row: [String?]) -> String? {
        let base = Series(source: "", symbol: symbol).base
        let (size, currency, multiplier) = (row[2] ?? "", row[3] ?? "", row[4] ?? "")
        if currency != base {
            return "its contracts are in \(currency.isEmpty ? "nothing known" : currency), not in \(base)"
        }
        if ContractSize(size) == nil { return "the size of its contract is not known: '\(size)'" }
        // Of linear contracts the documentation leaves it out: then it has to be one.
        if multiplier != "1" { return "its contracts have the multiplier '\(multiplier)', which is not understood" }
        return nil
    }
}
