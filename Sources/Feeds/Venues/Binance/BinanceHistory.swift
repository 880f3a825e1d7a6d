package import CryptoCore
internal import NetClient

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
        return VenueRequest(address, headers: key.map { ["X-MBX-APIKEY": $0] } ?? [:])
    }

    package func decode(_ response: VenueResponse, _ page: HistoryPage) throws(DecodeError) -> HistoryAnswer {
        if let refusal = BinanceHistory.refusal(response) { return .refused(refusal) }
        return .trades(try response.numberedTrades(Members.self), cursor: nil)
    }

    /// What is refused, of any request to Binance; nil for an answer.
    ///
    /// -1003 and -1015: too many requests, or orders. -2014 and -2015: a key is missing or wrong; -1121: no such symbol. 451: the
    /// country is not served.
    static func refusal(_ response: VenueResponse) -> VenueRefusal? {
        response.refusal(limits: [-1003, -1015], verdicts: [-2014, -2015, -1121], statuses: [401, 403, 451])
    }

    private enum Members: TradeWords {
        static var id: StaticString { "id" }
        static var quantity: StaticString { "qty" }
        static var side: StaticString { "isBuyerMaker" }

        /// The buyer rested: the taker sold.
        static func readSide(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> Side? {
            try scanner.fieldBool(bytes).map { $0 ? .sell : .buy }
        }
    }
}
