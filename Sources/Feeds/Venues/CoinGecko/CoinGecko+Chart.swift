package import CryptoCore

/// A coin's past prices: `coins/{id}/market_chart`.
///
/// Of one day it has a price every five minutes, of up to 90 days one an hour, of more one a day; without a paid plan of no
/// more than 365 days.
extension CoinGecko {
    private static let dayMs: Int64 = 86_400_000
    private static let maximumDays: Int64 = 365

    package func pastRequest(_ symbol: String, lengthMs: Int64) -> VenueRequest? {
        guard let market = market(symbol) else { return nil }
        let days = min(CoinGecko.maximumDays, (lengthMs - 1) / CoinGecko.dayMs + 1)
        let id = PercentText.escaped(market.coinID)
        return request(
            path: "/coins/\(id)/market_chart?vs_currency=\(PercentText.escaped(market.currency))&days=\(max(1, days))")
    }

    package func decodePast(
        _ response: VenueResponse, _ symbol: String, sinceMs: Int64, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> PriceAnswer {
        if let refusal = CoinGecko.refusal(response) { return .refused(refusal) }
        let points = try CoinGecko.chart(response.body)
        let series = Series(source: CoinGecko.source, symbol: symbol)
        let id = writer.series.intern(series)
        var new = 0
        for point in points
        where point.time >= sinceMs && point.time <= receivedMs + TickView.maximumLead && TickView.isTime(point.time) {
            if let last = writer.lastEventTime(id), point.time <= last { continue }
            let quote = Tick.Quote(price: point.price, volume24h: point.volume, marketCap: point.marketCap)
            writer.add(
                Tick(series: series, kind: .quote(quote), eventTime: point.time, ingestTime: receivedMs), of: id)
            new += 1
        }
        return .prices(new: new, missing: [])
    }

    private struct Point {
        /// *Units*: ms since the epoch.
        let time: Int64
        let price: Double
        var volume: Double?
        var marketCap: Double?
    }

    /// The points that have a price, oldest first.
    private static func chart(_ body: [UInt8]) throws(DecodeError) -> [Point] {
        let bytes = body.span.bytes
        var scanner = JSONScanner()
        var prices: [(time: Int64, value: Double)]?
        var volumes: [Int64: Double] = [:]
        var caps: [Int64: Double] = [:]
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            guard try scanner.peek(bytes) == .array else {
                try scanner.skipValue(bytes)
                continue
            }
            if key.equals("prices", in: bytes) {
                prices = try pairs(&scanner, bytes)
            } else if key.equals("total_volumes", in: bytes) {
                for (time, value) in try pairs(&scanner, bytes) { volumes[time] = value }
            } else if key.equals("market_caps", in: bytes) {
                for (time, value) in try pairs(&scanner, bytes) { caps[time] = value }
            } else {
                try scanner.skipValue(bytes)
            }
        }
        try scanner.end(bytes)
        guard let prices else { throw DecodeError(.missing("prices"), at: 0) }
        return prices.filter { $0.value > 0 && $0.time > 0 }.sorted { $0.time < $1.time }.map {
            Point(time: $0.time, price: $0.value, volume: volumes[$0.time], marketCap: caps[$0.time])
        }
    }

    /// `[[ms, number], ..]`; what is null, or no number, is left out.
    private static func pairs(
        _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> [(time: Int64, value: Double)] {
        var pairs: [(time: Int64, value: Double)] = []
        try scanner.enterArray(bytes)
        while try scanner.nextElement(bytes) {
            var numbers: [Double?] = []
            try scanner.enterArray(bytes)
            while try scanner.nextElement(bytes) {
                if try scanner.peek(bytes) == .number {
                    numbers.append(try scanner.number(bytes))
                } else {
                    numbers.append(nil)
                    try scanner.skipValue(bytes)
                }
            }
            guard numbers.count == 2, let time = numbers[0].flatMap({ Int64(exactly: $0.rounded(.down)) }),
                let value = numbers[1], value.isFinite
            else { continue }
            pairs.append((time, value))
        }
        return pairs
    }
}
