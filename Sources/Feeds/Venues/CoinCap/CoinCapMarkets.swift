package import CryptoCore
internal import NetClient

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
            headers: key.map { ["Authorization": "Bearer \($0)"] } ?? [:])
    }

    package func decode(_ response: VenueResponse) throws(DecodeError) -> MarketAnswer {
        if let refusal = response.usualRefusal() {
            guard key == nil, case .forbidden = refusal else { return .refused(refusal) }
            return .refused(.forbidden("it answers only to a key; set \(CoinCapMarkets.keyVariable)"))
        }
        let coins = try response.markets(at: ["data"], ["id"]) { row, _ in row[0].map { ListedMarket($0) } }
        return .page(coins, next: nil)
    }
}
