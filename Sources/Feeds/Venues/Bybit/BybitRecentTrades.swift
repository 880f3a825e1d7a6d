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
        if let refusal = BybitRecentTrades.refusal(response) { return .refused(refusal) }
        let body = response.body
        let bytes = body.span.bytes
        let name = category.spelling.name(symbol)
        var scanner = JSONScanner()
        var trades: [TickWriter.TradeFields]?
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            if key.equals("result", in: bytes), try scanner.peek(bytes) == .object {
                trades = try result(&scanner, bytes, name)
            } else {
                try scanner.skipValue(bytes)
            }
        }
        try scanner.end(bytes)
        guard let trades else { throw DecodeError(.missing("list"), at: 0) }
        return .trades(BybitRecentTrades.oldestFirst(trades))
    }

    // MARK: Parts

    /// Too many requests are 403, and not to be followed by another for ten minutes; 10006 with status 200, of which the
    /// window is 5 s; or 429.
    private static func refusal(_ response: VenueResponse) -> VenueRefusal? {
        let problem = response.problem
        switch (response.status, problem?.code) {
        case (403, _) where response.isOfCountry, (451, _): return .forbidden(response.reason(problem))
        case (403, _): return .rateLimited(waitMs: max(600_000, response.retryAfterMs ?? 0))
        case (_, 10006): return .rateLimited(waitMs: response.retryAfterMs ?? 5_000)
        case (418, _), (429, _): return .rateLimited(waitMs: response.retryAfterMs ?? 60_000)
        case (503, _) where response.retryAfterMs != nil: return .rateLimited(waitMs: response.retryAfterMs)
        // A bad parameter, a region that is not served, no such symbol.
        case (_, 10001), (_, 10009), (_, 10029): return .forbidden(response.reason(problem))
        case (200, 0), (200, nil): return nil
        default: return .failed(response.reason(problem))
        }
    }

    private func result(
        _ scanner: inout JSONScanner, _ bytes: RawSpan, _ name: String
    ) throws(DecodeError) -> [TickWriter.TradeFields]? {
        var trades: [TickWriter.TradeFields]?
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            guard key.equals("list", in: bytes), try scanner.peek(bytes) == .array else {
                try scanner.skipValue(bytes)
                continue
            }
            var list: [TickWriter.TradeFields] = []
            try scanner.enterArray(bytes)
            while try scanner.nextElement(bytes) { list.append(try BybitRecentTrades.trade(&scanner, bytes, name)) }
            trades = list
        }
        return trades
    }

    private static func trade(
        _ scanner: inout JSONScanner, _ bytes: RawSpan, _ name: String
    ) throws(DecodeError) -> TickWriter.TradeFields {
        var trade = TickWriter.TradeFields()
        trade.eventTime = .min
        trade.isBackfilled = true
        var isOfMarket = false
        let start = scanner.at
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            if key.equals("execId", in: bytes) {
                trade.id = try scanner.fieldString(bytes) ?? JSONText()
            } else if key.equals("symbol", in: bytes) {
                isOfMarket = try scanner.fieldString(bytes)?.string(in: bytes) == name
            } else if key.equals("price", in: bytes) {
                trade.price = try scanner.fieldText(bytes)
            } else if key.equals("size", in: bytes) {
                trade.quantity = try scanner.fieldText(bytes)
            } else if key.equals("time", in: bytes) {
                trade.eventTime = try scanner.fieldInteger(bytes) ?? .min
            } else if key.equals("side", in: bytes) {
                trade.side = Bybit.side(try scanner.fieldText(bytes), bytes)
            } else if key.equals("isBlockTrade", in: bytes) {
                trade.isBlockTrade = try scanner.fieldBool(bytes) ?? false
            } else {
                try scanner.skipValue(bytes)
            }
        }
        try trade.check(isOfMarket: isOfMarket, at: start)
        return trade
    }

    /// The newest one is first, as clients have seen it; should that change, the times show it.
    private static func oldestFirst(_ trades: [TickWriter.TradeFields]) -> [TickWriter.TradeFields] {
        let rising = zip(trades, trades.dropFirst()).reduce(0) { sum, pair in
            sum + (pair.1.eventTime - pair.0.eventTime).signum()
        }
        return rising > 0 ? trades : trades.reversed()
    }
}
