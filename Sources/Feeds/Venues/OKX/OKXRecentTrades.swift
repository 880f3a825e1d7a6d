package import CryptoCore

/// OKX's newest trades of a market, the last 500, and those of three months before them, a hundred a page; the newest first.
///
/// That ids rise by one from trade to trade no document promises, though its examples do, so nothing is counted by them.
/// *Source*: OKX API v5, "GET / Trades", "GET / Trades history", "Error Code: REST API, Public".
package struct OKXRecentTrades: RecentTrades {
    private let market: OKX.Market
    private let contracts: [String: ContractSize]

    /// The newest trades of these markets.
    package init(_ market: OKX.Market, _ markets: [ListedMarket]) {
        self.market = market
        contracts = OKX.contracts(markets)
    }

    /// An address may ask 100 times in 2 s: both markets together leave half of it to others.
    package var spacingMs: Int64 { 40 }

    package func request(_ symbol: String) -> VenueRequest {
        let name = PercentText.escaped(market.name(symbol))
        return VenueRequest("\(OKXMarkets.rest)/api/v5/market/trades?instId=\(name)&limit=500")
    }

    /// An address may ask 20 times in 2 s: half of it is left to others.
    package func request(_ symbol: String, before id: String) -> VenueRequest? {
        let (name, id) = (PercentText.escaped(market.name(symbol)), PercentText.escaped(id))
        var request = VenueRequest(
            "\(OKXMarkets.rest)/api/v5/market/history-trades?instId=\(name)&type=1&after=\(id)&limit=100")
        request.pauseMs = 200
        return request
    }

    package func decode(_ response: VenueResponse, _ symbol: String) throws(DecodeError) -> RecentAnswer {
        guard market == .spot || contracts[symbol] != nil else {
            throw DecodeError(.badField("sz", "in contracts of a known size"), at: 0)
        }
        if let refusal = OKX.refusal(response) { return .refused(refusal) }
        let trades = try response.trades(OKX.Members.self, at: ["data"], of: market.name(symbol))
        return .trades(trades.reversed())
    }
}

extension OKX {
    /// What is refused, of any request to OKX; nil for an answer.
    ///
    /// 50011: too many requests; 50040: busy. 50014 and 51000: a wrong parameter; 51001: no such instrument; 50051 and 50121: a
    /// country that is not served.
    static func refusal(_ response: VenueResponse) -> VenueRefusal? {
        response.refusal(limits: [50011, 50040], waitMs: 2_000, verdicts: [50014, 51000, 51001, 50051, 50121])
    }
}
