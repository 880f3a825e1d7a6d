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
        if let limit = response.rateLimit { return .refused(limit) }
        let body = response.body
        let bytes = body.span.bytes
        var scanner = JSONScanner()
        var markets: [ListedMarket]?
        var error: String?
        do throws(DecodeError) {
            try scanner.enterObject(bytes)
            while let key = try scanner.nextKey(bytes) {
                let kind = try scanner.peek(bytes)
                if key.equals("error", in: bytes), kind == .array {
                    error = try KrakenHistory.firstError(&scanner, bytes)
                } else if key.equals("result", in: bytes), kind == .object {
                    markets = try KrakenMarkets.pairs(&scanner, bytes)
                } else {
                    try scanner.skipValue(bytes)
                }
            }
            try scanner.end(bytes)
        } catch {
            guard response.status == 200 else { return .refused(.failed(response.reason(nil))) }
            throw error
        }
        if let error { return .refused(KrakenHistory.refusal(error, response)) }
        guard response.status == 200 else { return .refused(.failed(response.reason(nil))) }
        guard let markets else { throw DecodeError(.missing("result"), at: 0) }
        return .page(markets, next: nil)
    }

    /// Markets under the venue's names for them; those without a name for the stream are not traded in its order book.
    private static func pairs(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> [ListedMarket] {
        var markets: [ListedMarket] = []
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            guard try scanner.peek(bytes) == .object else {
                try scanner.skipValue(bytes)
                continue
            }
            let row = try MarketRow.read(["wsname", "status", "altname"], &scanner, bytes)
            guard let parts = row[0]?.split(separator: "/"), parts.count == 2,
                let symbol = MarketRow.symbol(ticker(parts[0]), ticker(parts[1]))
            else { continue }
            var market = ListedMarket(symbol, name: row[2], isTrading: row[1] ?? "online" == "online")
            market.otherNames = [key.string(in: bytes), parts.joined(separator: "/")]
            markets.append(market)
        }
        return markets
    }

    /// The usual name of what Kraken calls otherwise.
    private static func ticker(_ asset: Substring) -> String {
        switch asset {
        case "XBT": "BTC"
        case "XDG": "DOGE"
        default: String(asset)
        }
    }
}
