package import CryptoCore

/// Kraken's past trades from a time on; each has its id.
///
/// *Source*: docs.kraken.com, `get-recent-trades`; an answer recorded in November 2025.
package struct KrakenHistory: TradeHistory {
    /// Where the REST interface answers.
    package static let rest = "https://api.kraken.com"

    package let pageSize = 1000
    /// One public request a second is what the venue promises to take.
    package let spacingMs: Int64 = 1_100
    package let takesTime = true
    package let hasRecent = false

    package init() {}

    package func request(_ page: HistoryPage) -> VenueRequest {
        let address =
            "\(KrakenHistory.rest)/0/public/Trades?pair=\(PercentText.escaped(Kraken.pair(page.symbol)))&count=\(pageSize)"
        if page.isRecent { return VenueRequest(address) }
        return VenueRequest("\(address)&since=\(page.cursor ?? KrakenHistory.cursor(beforeMs: page.sinceMs))")
    }

    /// Trades are told from behind this time on. *Units*: ns.
    private static func cursor(beforeMs ms: Int64) -> String {
        let (ns, overflow) = ms.multipliedReportingOverflow(by: 1_000_000)
        return "\(overflow || ns <= 0 ? 0 : ns - 1)"
    }

    package func decode(_ response: VenueResponse, _ page: HistoryPage) throws(DecodeError) -> HistoryAnswer {
        if let refusal = Kraken.refusal(response) { return .refused(refusal) }
        var trades: [HistoricTrade] = []
        var last: Int64?
        // One market under the venue's name for it, and `last`.
        try response.rows(at: ["result"], ofObject: true) {
            (scanner: inout JSONScanner, bytes: RawSpan, key) throws(DecodeError) in
            if key?.equals("last", in: bytes) == true {
                last = Int64(try scanner.fieldText(bytes).string(in: bytes))
            } else {
                try scanner.forEach(bytes) { (scanner: inout JSONScanner) throws(DecodeError) in
                    trades.append(try KrakenHistory.trade(&scanner, bytes))
                }
            }
        }
        trades = trades.sortedByID()
        return .trades(trades, cursor: next(last, trades))
    }

    /// How to go on behind these trades.
    ///
    /// The venue's `last` is the newest one's time in ns. Several trades can have the same; a full page may end among them, so
    /// the next one begins with them again. It has been seen to be no time at all.
    private func next(_ last: Int64?, _ trades: [HistoricTrade]) -> String? {
        guard let newest = trades.last else { return last.map { "\($0)" } }
        guard let last, last >= 1_000_000_000_000_000_000 else {
            return KrakenHistory.cursor(beforeMs: newest.fields.eventTime)
        }
        return "\(trades.count >= pageSize ? last - 1 : last)"
    }

    /// `["105433.60000","0.00027625",1762795433.9717445,"b","l","",10218208]`: price, volume, time, taker's side, order type,
    /// miscellaneous, id.
    private static func trade(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> HistoricTrade {
        var trade = VenueTrade()
        let start = scanner.at
        var place = 0
        try scanner.enterArray(bytes)
        while try scanner.nextElement(bytes) {
            switch place {
            case 0: trade.fields.price = try scanner.fieldText(bytes)
            case 1: trade.fields.quantity = try scanner.fieldText(bytes)
            case 2:
                trade.fields.eventTime = SecondsText.milliseconds(try scanner.fieldText(bytes), bytes) ?? .min
            case 3: trade.fields.side = try scanner.side(bytes, "b", "s")
            case 6: trade.fields.id = try scanner.fieldText(bytes)
            default: try scanner.skipValue(bytes)
            }
            place += 1
        }
        return try trade.numbered(bytes, at: start)
    }
}

extension Kraken {
    /// What is refused, of any request to Kraken; nil for an answer. Its first error reads as `EQuery:Unknown asset pair`; warnings
    /// (`W..`) are none.
    static func refusal(_ response: VenueResponse) -> VenueRefusal? {
        if let limit = response.rateLimit { return limit }
        var errors: [String] = []
        _ = try? response.value(at: ["error"]) { (scanner: inout JSONScanner, bytes: RawSpan) throws(DecodeError) in
            try scanner.forEach(bytes) { (scanner: inout JSONScanner) throws(DecodeError) in
                if let text = bytes.words(try scanner.fieldString(bytes)) { errors.append(text) }
            }
        }
        guard let error = errors.first(where: { !$0.hasPrefix("W") }) else {
            return response.status == 200 ? nil : .failed(response.reason(nil))
        }
        let words = error.lowercased()
        if ["too many requests", "rate limit", "throttled"].contains(where: words.contains) {
            return .rateLimited(waitMs: response.retryAfterMs)
        }
        return words.hasPrefix("equery:") || words.contains("permission denied") ? .forbidden(error) : .failed(error)
    }
}
