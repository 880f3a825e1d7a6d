package import CryptoCore

/// Answers of `simple/price`.
extension CoinGecko {
    /// Reads an answer and writes a quote for each market whose price is newer than what was written before.
    /// - Throws: the body of a good answer is not JSON, or not prices; then nothing was written.
    package static func decode(
        _ response: VenueResponse, for markets: [Market], receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> Answer {
        if let refusal = refusal(response) { return .refused(refusal) }
        let body = response.body
        let quotes = try coins(body.span.bytes, markets)
        var new = 0
        var missing: [Market] = []
        for (market, quote) in zip(markets, quotes) {
            guard let quote, let price = quote.price, price.isFinite, price > 0,
                let eventTime = eventTime(quote.updatedAt, receivedMs)
            else {
                missing.append(market)
                continue
            }
            let tick = Tick(
                series: Series(source: source, symbol: market.symbol),
                kind: .quote(
                    Tick.Quote(
                        price: price, change24hPct: finite(quote.change), volume24h: finite(quote.volume),
                        marketCap: finite(quote.marketCap))),
                eventTime: eventTime, ingestTime: receivedMs)
            let id = writer.series.intern(tick.series)
            // The cache may answer with what we have, or with something older.
            if let last = writer.lastEventTime(id), eventTime <= last { continue }
            writer.add(tick, of: id)
            new += 1
        }
        return .prices(new: new, missing: missing)
    }

    /// A price's time; nil when it is none: no venue knows the future.
    private static func eventTime(_ seconds: Int64?, _ receivedMs: Int64) -> Int64? {
        // Without a time of its own a price is as old as its answer.
        guard let seconds else { return receivedMs }
        let (ms, overflow) = seconds.multipliedReportingOverflow(by: 1000)
        return overflow || ms > receivedMs + TickView.maximumLead || ms <= 0 || !TickView.isTime(ms) ? nil : ms
    }

    private static func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }

    /// A rate limit may come with status 200.
    static func refusal(_ response: VenueResponse) -> VenueRefusal? { response.refusal(limits: [429]) }

    // MARK: Prices

    /// What is known of one market; every part may be absent or null.
    private struct Quote {
        var price: Double?
        var marketCap: Double?
        var volume: Double?
        var change: Double?
        /// *Units*: seconds.
        var updatedAt: Int64?
    }

    /// The names of a currency's members: `usd`, `usd_market_cap`, `usd_24h_vol`, `usd_24h_change`.
    private static func coins(_ bytes: RawSpan, _ markets: [Market]) throws(DecodeError) -> [Quote?] {
        var quotes = [Quote?](repeating: nil, count: markets.count)
        var places: [String: [Int]] = [:]
        for (index, market) in markets.enumerated() { places[market.coinID, default: []].append(index) }
        var scanner = JSONScanner()
        guard try scanner.peek(bytes) == .object else {
            throw DecodeError(.badField("answer", "an object of coins"), at: scanner.at)
        }
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            guard let wanted = places[key.string(in: bytes)], try scanner.peek(bytes) == .object else {
                try scanner.skipValue(bytes)
                continue
            }
            let members = try coin(&scanner, bytes)
            for index in wanted { quotes[index] = quote(members, markets[index].currency) }
        }
        try scanner.end(bytes)
        return quotes
    }

    /// All numbers of one coin.
    private static func coin(
        _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> [String: Double] {
        var members: [String: Double] = [:]
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            if try scanner.peek(bytes) == .number {
                members[key.string(in: bytes)] = try scanner.number(bytes)
            } else {
                try scanner.skipValue(bytes)  // null where the venue does not know
            }
        }
        return members
    }

    private static func quote(_ members: [String: Double], _ currency: String) -> Quote {
        Quote(
            price: members[currency], marketCap: members["\(currency)_market_cap"],
            volume: members["\(currency)_24h_vol"], change: members["\(currency)_24h_change"],
            updatedAt: members["last_updated_at"].flatMap { Int64(exactly: $0) })
    }
}
