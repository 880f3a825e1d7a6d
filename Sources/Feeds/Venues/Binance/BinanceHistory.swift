package import CryptoCore

/// Binance spot's past trades by trade id.
///
/// `historicalTrades` may want a key; without one the newest thousand of `trades` can be had. Never aggregate trades: their
/// ids are others.
/// *Source*: binance/binance-spot-api-docs `rest-api.md`; answers recorded in 2020 and 2023.
package struct BinanceHistory: TradeHistory {
    /// Where the REST interface answers.
    package static let rest = "https://api.binance.com"
    /// The environment variable with a key.
    package static let keyVariable = "BINANCE_API_KEY"

    package let pageSize = 1000
    /// The venue takes 6000 weight a minute and a page costs 25: 200 pages leave a sixth of it to others.
    package let spacingMs: Int64 = 300
    package let takesTime = false
    package let hasRecent = true
    private let key: String?

    package init(key: String?) { self.key = key }

    package func request(_ page: HistoryPage) -> VenueRequest {
        let name = PercentText.escaped(VenueSymbols.Spelling.joined.name(page.symbol))
        if page.isRecent {
            return VenueRequest("\(BinanceHistory.rest)/api/v3/trades?symbol=\(name)&limit=\(pageSize)")
        }
        var address = "\(BinanceHistory.rest)/api/v3/historicalTrades?symbol=\(name)&limit=\(pageSize)"
        if let first = page.first { address += "&fromId=\(max(0, first))" }
        return VenueRequest(address, headers: key.map { [.init("X-MBX-APIKEY", $0)] } ?? [])
    }

    package func decode(_ response: VenueResponse, _ page: HistoryPage) throws(DecodeError) -> HistoryAnswer {
        if let refusal = BinanceHistory.refusal(response) { return .refused(refusal) }
        let body = response.body
        let bytes = body.span.bytes
        var scanner = JSONScanner()
        var trades: [HistoricTrade] = []
        try scanner.enterArray(bytes)
        while try scanner.nextElement(bytes) { trades.append(try BinanceHistory.trade(&scanner, bytes)) }
        try scanner.end(bytes)
        return .trades(trades.sortedByID(), cursor: nil)
    }

    /// What is refused, of any request to Binance; nil for an answer.
    static func refusal(_ response: VenueResponse) -> VenueRefusal? {
        let problem = response.status == 200 && response.body.first == UInt8(ascii: "[") ? nil : response.problem
        // -1003: too many requests, -1015: too many orders; with either status.
        if let limit = response.rateLimit { return limit }
        if problem?.code == -1003 || problem?.code == -1015 { return .rateLimited(waitMs: response.retryAfterMs) }
        switch (response.status, problem?.code) {
        // A key is missing or wrong; no such symbol; the country is not served.
        case (_, -2014), (_, -2015), (_, -1121), (401, _), (403, _), (451, _):
            return .forbidden(response.reason(problem))
        case (200, nil): return nil
        default: return .failed(response.reason(problem))
        }
    }

    private static func trade(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> HistoricTrade {
        var trade = HistoricTrade.blank
        let start = scanner.at
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            if key.equals("id", in: bytes) {
                try trade.readNumericID(&scanner, bytes)
            } else if key.equals("price", in: bytes) {
                trade.fields.price = try scanner.string(bytes)
            } else if key.equals("qty", in: bytes) {
                trade.fields.quantity = try scanner.string(bytes)
            } else if key.equals("time", in: bytes) {
                trade.fields.eventTime = try scanner.integer(bytes)
            } else if key.equals("isBuyerMaker", in: bytes) {
                // The buyer rested: the taker sold.
                trade.fields.side = try scanner.bool(bytes) ? .sell : .buy
            } else {
                try scanner.skipValue(bytes)
            }
        }
        return try trade.checked(at: start)
    }
}
