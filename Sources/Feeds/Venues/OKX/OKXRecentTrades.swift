package import CryptoCore

/// OKX's newest trades of a market: the last 500, the newest first.
///
/// That ids rise by one from trade to trade no document promises, though its examples do, so nothing is counted by them.
/// *Source*: OKX API v5, "GET / Trades", "Error Code: REST API, Public".
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

    package func decode(_ response: VenueResponse, _ symbol: String) throws(DecodeError) -> RecentAnswer {
        guard market == .spot || contracts[symbol] != nil else {
            throw DecodeError(.badField("sz", "in contracts of a known size"), at: 0)
        }
        let name = market.name(symbol)
        var trades: [TickWriter.TradeFields] = []
        let refusal = try OKXAnswer.read(response) { scanner, bytes throws(DecodeError) in
            let start = scanner.at
            var (trade, instrument) = try OKXTrade.read(&scanner, bytes)
            try trade.check(isOfMarket: instrument.string(in: bytes) == name, at: start)
            trade.isBackfilled = true
            trades.append(trade)
        }
        if let refusal { return .refused(refusal) }
        return .trades(trades.reversed())
    }
}

/// An answer over HTTP: `{"code":"0","msg":"","data":[…]}`.
enum OKXAnswer {
    /// Gives each element of `data` to `body`, which reads it.
    /// - Returns: what was refused; nil for an answer.
    /// - Throws: the body of a good answer is not what the venue sends.
    static func read(
        _ response: VenueResponse, _ body: (inout JSONScanner, RawSpan) throws(DecodeError) -> Void
    ) throws(DecodeError) -> VenueRefusal? {
        let text = response.body
        let bytes = text.span.bytes
        do throws(DecodeError) {
            if let refusal = try refusal(response, bytes) { return refusal }
        } catch {
            // A page of something in front of the venue.
            if response.status == 200 { throw error }
            return response.rateLimit ?? .failed(response.reason(nil))
        }
        var scanner = JSONScanner()
        var hasData = false
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            guard key.equals("data", in: bytes) else {
                try scanner.skipValue(bytes)
                continue
            }
            hasData = true
            try scanner.enterArray(bytes)
            while try scanner.nextElement(bytes) { try body(&scanner, bytes) }
        }
        try scanner.end(bytes)
        if !hasData { throw DecodeError(.missing("data"), at: 0) }
        return nil
    }

    /// Codes that say that it will not work however often it is tried: a wrong parameter, no such instrument, a country that is
    /// not served.
    private static let verdicts: Set<String> = ["50014", "51000", "51001", "50051", "50121"]

    private static func refusal(_ response: VenueResponse, _ bytes: RawSpan) throws(DecodeError) -> VenueRefusal? {
        var scanner = JSONScanner()
        var code: String?
        var words: String?
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            if key.equals("code", in: bytes) {
                code = bytes.words(try scanner.fieldText(bytes))
            } else if key.equals("msg", in: bytes) {
                words = bytes.words(try scanner.fieldString(bytes))
            } else {
                try scanner.skipValue(bytes)
            }
        }
        try scanner.end(bytes)
        // 50011: too many requests; 50013, 50040: busy.
        if let limit = response.rateLimit { return limit }
        if code == "50011" || code == "50040" { return .rateLimited(waitMs: response.retryAfterMs ?? 2_000) }
        if response.status == 200, code == "0" { return nil }
        let reason = response.reason(.init(code: code.flatMap { Int64($0) }, text: words))
        return verdicts.contains(code ?? "") ? .forbidden(reason) : .failed(reason)
    }
}
