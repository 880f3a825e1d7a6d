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

    /// As its REST interface calls a market: `XBTUSDT` for `BTC-USDT`.
    static func pair(_ symbol: String) -> String {
        let series = Series(source: "", symbol: symbol)
        return asset(series.base) + asset(series.quote)
    }

    /// Kraken's own names of two coins.
    private static func asset(_ ticker: String) -> String {
        switch ticker {
        case "BTC": "XBT"
        case "DOGE": "XDG"
        default: ticker
        }
    }

    package func request(_ page: HistoryPage) -> VenueRequest {
        let address =
            "\(KrakenHistory.rest)/0/public/Trades?pair=\(PercentText.escaped(KrakenHistory.pair(page.symbol)))&count=\(pageSize)"
        if page.isRecent { return VenueRequest(address) }
        return VenueRequest("\(address)&since=\(page.cursor ?? KrakenHistory.cursor(beforeMs: page.sinceMs))")
    }

    /// Trades are told from behind this time on. *Units*: ns.
    private static func cursor(beforeMs ms: Int64) -> String {
        let (ns, overflow) = ms.multipliedReportingOverflow(by: 1_000_000)
        return "\(overflow || ns <= 0 ? 0 : ns - 1)"
    }

    package func decode(_ response: VenueResponse, _ page: HistoryPage) throws(DecodeError) -> HistoryAnswer {
        if let limit = response.rateLimit { return .refused(limit) }
        let body = response.body
        let bytes = body.span.bytes
        let envelope: Envelope
        do throws(DecodeError) {
            envelope = try KrakenHistory.read(bytes)
        } catch {
            guard response.status == 200 else { return .refused(.failed(response.reason(nil))) }
            throw error
        }
        if let text = envelope.error { return .refused(KrakenHistory.refusal(text, response)) }
        guard response.status == 200 else { return .refused(.failed(response.reason(nil))) }
        guard envelope.hasTrades else { throw DecodeError(.missing("result"), at: 0) }
        let trades = envelope.trades.sortedByID()
        return .trades(trades, cursor: next(envelope, trades))
    }

    /// How to go on behind these trades.
    ///
    /// The venue's `last` is the newest one's time in ns. Several trades can have the same; a full page may end among them, so
    /// the next one begins with them again. It has been seen to be no time at all.
    private func next(_ envelope: Envelope, _ trades: [HistoricTrade]) -> String? {
        guard let newest = trades.last else { return envelope.last.map { "\($0)" } }
        guard let last = envelope.last, last >= 1_000_000_000_000_000_000 else {
            return KrakenHistory.cursor(beforeMs: newest.fields.eventTime)
        }
        return "\(trades.count >= pageSize ? last - 1 : last)"
    }

    /// What is refused when the first error reads so: `EQuery:Unknown asset pair`.
    static func refusal(_ text: String, _ response: VenueResponse) -> VenueRefusal {
        let lowered = text.lowercased()
        if ["too many requests", "rate limit", "throttled"].contains(where: lowered.contains) {
            return .rateLimited(waitMs: response.retryAfterMs)
        }
        let isFinal = lowered.hasPrefix("equery:") || lowered.contains("permission denied")
        return isFinal ? .forbidden(text) : .failed(text)
    }

    // MARK: Reading

    private struct Envelope {
        /// The first error; warnings (`W..`) are none.
        var error: String?
        var trades: [HistoricTrade] = []
        var hasTrades = false
        var last: Int64?
    }

    private static func read(_ bytes: RawSpan) throws(DecodeError) -> Envelope {
        var envelope = Envelope()
        var scanner = JSONScanner()
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            let kind = try scanner.peek(bytes)
            if key.equals("error", in: bytes), kind == .array {
                envelope.error = try firstError(&scanner, bytes)
            } else if key.equals("result", in: bytes), kind == .object {
                try readResult(&scanner, bytes, &envelope)
            } else {
                try scanner.skipValue(bytes)
            }
        }
        try scanner.end(bytes)
        return envelope
    }

    /// The first text of the array that is an error, not a warning.
    static func firstError(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> String? {
        var found: String?
        try scanner.enterArray(bytes)
        while try scanner.nextElement(bytes) {
            guard try scanner.peek(bytes) == .string else {
                try scanner.skipValue(bytes)
                continue
            }
            let text = try scanner.string(bytes).string(in: bytes)
            if found == nil, !text.hasPrefix("W") { found = text }
        }
        return found
    }

    /// One market under the venue's name for it, and `last`.
    private static func readResult(
        _ scanner: inout JSONScanner, _ bytes: RawSpan, _ envelope: inout Envelope
    ) throws(DecodeError) {
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            switch try scanner.peek(bytes) {
            case .array:
                envelope.hasTrades = true
                try scanner.enterArray(bytes)
                while try scanner.nextElement(bytes) { envelope.trades.append(try trade(&scanner, bytes)) }
            case .string where key.equals("last", in: bytes):
                envelope.last = Int64(try scanner.string(bytes).string(in: bytes))
            case .number where key.equals("last", in: bytes): envelope.last = try scanner.integer(bytes)
            default: try scanner.skipValue(bytes)
            }
        }
    }

    /// `["105433.60000","0.00027625",1762795433.9717445,"b","l","",10218208]`: price, volume, time, taker's side, order type,
    /// miscellaneous, id.
    private static func trade(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> HistoricTrade {
        var trade = HistoricTrade.blank
        let start = scanner.at
        var place = 0
        try scanner.enterArray(bytes)
        while try scanner.nextElement(bytes) {
            switch place {
            case 0: trade.fields.price = try scanner.string(bytes)
            case 1: trade.fields.quantity = try scanner.string(bytes)
            case 2: trade.fields.eventTime = try time(&scanner, bytes)
            case 3:
                let text = try scanner.string(bytes)
                trade.fields.side = text.equals("b", in: bytes) ? .buy : text.equals("s", in: bytes) ? .sell : nil
            case 6: try trade.readNumericID(&scanner, bytes)
            default: try scanner.skipValue(bytes)
            }
            place += 1
        }
        return try trade.checked(at: start)
    }

    private static func time(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> Int64 {
        _ = try scanner.peek(bytes)  // behind it the number starts
        let start = scanner.at
        _ = try scanner.number(bytes)
        guard let ms = SecondsText.milliseconds(JSONText(offset: start, count: scanner.at - start), bytes) else {
            throw DecodeError(.badField("time", "a number of seconds"), at: start)
        }
        return ms
    }
}
