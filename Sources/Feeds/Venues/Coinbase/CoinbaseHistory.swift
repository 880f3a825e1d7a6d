package import CryptoCore

/// Coinbase's past trades by trade id, from its Exchange interface.
///
/// It answers with the trades OLDER than an id, newest first; so a page that shall begin at an id is asked for from its end.
/// *Source*: docs.cdp.coinbase.com, Exchange `GetProductTrades`.
package struct CoinbaseHistory: TradeHistory {
    /// Where the Exchange REST interface answers.
    package static let rest = "https://api.exchange.coinbase.com"

    package let pageSize = 1000
    /// Ten public requests a second are taken from one address.
    package let spacingMs: Int64 = 150
    package let takesTime = false
    package let hasRecent = false

    private let aliases: [String: String]

    /// - Parameter markets: what the venue's list says of the wanted ones.
    package init(_ markets: [ListedMarket] = []) {
        aliases = Coinbase.aliases(markets)
    }

    package func request(_ page: HistoryPage) -> VenueRequest {
        // The trades that the socket told are of this book.
        let name = Coinbase.alias(page.symbol, aliases)
        var address = "\(CoinbaseHistory.rest)/products/\(PercentText.escaped(name))/trades?limit=\(pageSize)"
        let size = Int64(pageSize)
        let top = page.first.map { $0 > .max - size ? .max : $0 + size }
        if !page.isRecent, let after = [top, page.end].compactMap({ $0 }).min() {
            address += "&after=\(max(1, after))"
        }
        return VenueRequest(address)
    }

    package func decode(_ response: VenueResponse, _ page: HistoryPage) throws(DecodeError) -> HistoryAnswer {
        if let refusal = response.usualRefusal() { return .refused(refusal) }
        return .trades(try response.numberedTrades(Coinbase.Members.self), cursor: nil)
    }
}
