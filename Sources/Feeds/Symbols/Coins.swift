package import CryptoCore

/// Known coins: CoinGecko's ids and the tickers that exchanges use.
///
/// Tickers are not unique among thousands of coins; the table lists each one once, for the coin that exchanges mean by it.
package struct Coins: Sendable, Equatable {
    private var tickers: [String: String] = [:]
    private var ids: [String: String] = [:]

    /// No coin is known; every id is its own base.
    package init() {}

    /// Reads a JSON object of CoinGecko ids and tickers: `{"bitcoin":"BTC"}`.
    /// - Throws: what is wrong with the file.
    package init(decoding json: RawSpan) throws(DecodeError) {
        var scanner = JSONScanner()
        try scanner.enterObject(json)
        while let key = try scanner.nextKey(json) {
            let start = scanner.at
            guard try scanner.peek(json) == .string else {
                throw DecodeError(.badField("ticker", "a text"), at: start)
            }
            add(id: key.string(in: json), ticker: try scanner.string(json).string(in: json))
        }
        try scanner.end(json)
    }

    /// The first coin that claims a ticker keeps it.
    package mutating func add(id: String, ticker: String) {
        let ticker = ticker.uppercased()
        tickers[id] = ticker
        if ids[ticker] == nil { ids[ticker] = id }
    }

    package var count: Int { tickers.count }

    /// All known ids, sorted.
    package var knownIDs: [String] { tickers.keys.sorted() }

    /// `BTC` of `bitcoin`; nil when the id is not known.
    package func ticker(ofID id: String) -> String? { tickers[id] }

    /// `bitcoin` of `BTC`; nil when no coin has the ticker.
    package func id(ofTicker ticker: String) -> String? { ids[ticker.uppercased()] }

    /// Whether a coin has this ticker.
    package func isTicker(_ text: String) -> Bool { ids[text.uppercased()] != nil }
}
