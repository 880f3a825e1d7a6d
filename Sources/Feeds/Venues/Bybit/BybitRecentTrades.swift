package import CryptoCore

/// Bybit's newest trades of a market: the last 60 of spot, the last 1000 of linear, without paging.
///
/// The trades' ids are the stream's, which Bybit does not state: 151 of 151 trades of a perpetual had the same id here and there
/// in a public project's measurement of October 2026. Whoever uses them compares.
/// *Source*: bybit-exchange/docs, `v5/market/recent-trade` and `v5/rate-limit`.
package struct BybitRecentTrades: RecentTrades {
    private let category: Bybit.Category

    /// The newest trades of spot markets, or of perpetuals.
    package init(_ category: Bybit.Category) { self.category = category }

    /// An address may ask 600 times in 5 s: both categories together leave half of it to others.
    package var spacingMs: Int64 { 33 }

    package func request(_ symbol: String) -> VenueRequest {
        let name = category.spelling.name(symbol)
        let limit = category == .spot ? 60 : 1000
        return VenueRequest(
            "\(BybitMarkets.rest)/v5/market/recent-trade?category=\(category.rawValue)&symbol=\(PercentText.escaped(name))&limit=\(limit)"
        )
    }

    package func decode(_ response: VenueResponse, _ symbol: String) throws(DecodeError) -> RecentAnswer {
        if let refusal = Bybit.refusal(response) { return .refused(refusal) }
        let name = category.spelling.name(symbol)
        let trades = try response.trades(Members.self, at: ["result", "list"], of: name)
        return .trades(BybitRecentTrades.oldestFirst(trades))
    }

    private enum Members: TradeWords {
        static var id: StaticString { "execId" }
        static var quantity: StaticString { "size" }

        static func readSide(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> Side? {
            try scanner.side(bytes, "Buy", "Sell")
        }

        static func readOther(
            _ key: JSONText, _ scanner: inout JSONScanner, _ bytes: RawSpan, into trade: inout VenueTrade
        ) throws(DecodeError) -> Bool {
            if !key.equals("isBlockTrade", in: bytes) { return false }
            trade.fields.isBlockTrade = try scanner.fieldBool(bytes) ?? false
            return true
        }
    }

    /// The newest one is first, as clients have seen it; should that change, the times show it.
    private static func oldestFirst(_ trades: [TickWriter.TradeFields]) -> [TickWriter.TradeFields] {
        let rising = zip(trades, trades.dropFirst()).reduce(0) { sum, pair in
            sum + (pair.1.eventTime - pair.0.eventTime).signum()
        }
        return rising > 0 ? trades : trades.reversed()
    }
}

extension Bybit {
    /// What is refused, of any request to Bybit; nil for an answer.
    ///
    /// Too many requests are 403, told by its words alone from that of a country that is not served, and not to be followed by another
    /// for ten minutes; or 10006, of which the window is 5 s. 10001: a bad parameter; 10009: a region that is not served; 10029: no
    /// such symbol.
    static func refusal(_ response: VenueResponse) -> VenueRefusal? {
        switch response.status {
        case 403 where !response.isOfCountry && (response.pageWords ?? "frequent").lowercased().contains("frequent"):
            .rateLimited(waitMs: max(600_000, response.retryAfterMs ?? 0))
        case 418, 429: .rateLimited(waitMs: response.retryAfterMs ?? 60_000)
        default:
            response.refusal(
                limits: [10006], waitMs: 5_000, verdicts: [10001, 10009, 10029], statuses: [403, 451])
        }
    }
}
