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
        let problem = response.problem
        switch (response.status, problem?.code) {
        case (403, _) where !response.isTooFrequent, (451, _), (_, 10009):
            return .refused(.forbidden(response.reason(problem)))
        case (403, _), (429, _), (_, 10006): return .refused(.rateLimited(waitMs: response.retryAfterMs))
        case (200, 0), (200, nil): break
        default: return .refused(.failed(response.reason(problem)))
        }
        let body = response.body
        let bytes = body.span.bytes
        var scanner = JSONScanner()
        var page: (markets: [ListedMarket], next: String?)?
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            if key.equals("result", in: bytes), try scanner.peek(bytes) == .object {
                page = try result(&scanner, bytes)
            } else {
                try scanner.skipValue(bytes)
            }
        }
        try scanner.end(bytes)
        guard let page else { throw DecodeError(.missing("result"), at: 0) }
        return .page(page.markets, next: page.next)
    }

    private func result(
        _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> (markets: [ListedMarket], next: String?) {
        var markets: [ListedMarket]?
        var next: String?
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            let kind = try scanner.peek(bytes)
            if key.equals("list", in: bytes), kind == .array {
                markets = try MarketRow.list(["symbol", "baseCoin", "quoteCoin", "status"], &scanner, bytes, market)
            } else if key.equals("nextPageCursor", in: bytes), kind == .string {
                let text = try scanner.string(bytes).string(in: bytes)
                next = text.isEmpty ? nil : text
            } else {
                try scanner.skipValue(bytes)
            }
        }
        guard let markets else { throw DecodeError(.missing("list"), at: scanner.at) }
        return (markets, next)
    }

    /// Nil for what the stream could not be asked for under this symbol: futures that end.
    private func market(_ row: [String?]) -> ListedMarket? {
        guard let symbol = MarketRow.symbol(row[1], row[2]), category.spelling.name(symbol) == row[0] else {
            return nil
        }
        return ListedMarket(symbol, name: row[0], isTrading: row[3] == "Trading")
    }
}

extension VenueResponse {
    /// Whether Bybit's 403 means too many requests ("access too frequent"): it is told by the words alone from that of a country
    /// that is not served, and a page without words is taken for the former.
    var isTooFrequent: Bool { !isOfCountry && (pageWords ?? "frequent").lowercased().contains("frequent") }
}
