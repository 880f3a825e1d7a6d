package import CryptoCore

/// CoinCap's coins, by id; it answers only to a key.
///
/// *Source*: pro.coincap.io API documentation, version 3, `assets`, as public clients use it.
package struct CoinCapMarkets: MarketLister {
    /// Where the REST interface answers.
    package static let rest = "https://rest.coincap.io/v3"
    /// The environment variable with the key.
    package static let keyVariable = "COINCAP_API_KEY"

    private let key: String?

    package init(key: String?) { self.key = key }

    package var profile: VenueProfile { .coincap }

    package func request(cursor: String?) -> VenueRequest {
        VenueRequest(
            "\(CoinCapMarkets.rest)/assets?limit=2000",
            headers: key.map { [.init("Authorization", "Bearer \($0)")] } ?? [])
    }

    package func decode(_ response: VenueResponse) throws(DecodeError) -> MarketAnswer {
        if let refusal = response.usualRefusal() {
            guard key == nil, case .forbidden = refusal else { return .refused(refusal) }
            return .refused(.forbidden("it answers only to a key; set \(CoinCapMarkets.keyVariable)"))
        }
        let coins = try MarketRow.list(under: "data", ["id"], response.body) { row in row[0].map { ListedMarket($0) } }
        if let coins { return .page(coins, next: nil) }
        // A service that was shut down answered with a `data` that is an object with a message.
        if let problem = response.problem { return .refused(.failed(response.reason(problem))) }
        throw DecodeError(.missing("data"), at: 0)
    }
}
