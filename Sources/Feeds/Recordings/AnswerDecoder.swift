internal import CryptoCore

/// Decodes recorded answers over HTTP again: past trades, which become backfilled ones, and prices.
struct AnswerDecoder: Sendable {
    private let coins: Coins
    /// Keeps in mind which pairs were among the largest.
    private var tickers = BinanceTickers(.top(.max, quote: VenueProfile.binanceTickers.defaultQuote))
    /// So many pairs were wanted, where the venue chooses them.
    var top = Int.max {
        didSet { tickers = BinanceTickers(.top(top, quote: VenueProfile.binanceTickers.defaultQuote)) }
    }

    /// - Parameter coins: the tickers of coins that a venue calls by their ids.
    init(coins: Coins) { self.coins = coins }

    /// Writes what an answer holds. Nothing is written of an answer that cannot be decoded, or that is about nothing of ours.
    ///
    /// - Parameters:
    ///   - wanted: the series that the connection was made for, or has told of.
    ///   - receivedMs: *Units*: ms since the epoch.
    /// - Throws: the body is not what the venue sends.
    mutating func decode(
        _ address: String, _ response: VenueResponse, of wanted: [Series], receivedMs: Int64,
        into writer: inout TickWriter
    ) throws(DecodeError) {
        let url = QueryURL(address)
        if url.path.hasPrefix(CoinGecko.address), url.path.hasSuffix("/simple/price") {
            _ = try CoinGecko.decode(response, for: markets(url, wanted), receivedMs: receivedMs, into: &writer)
        } else if url.path.hasPrefix(CoinGecko.address), url.path.hasSuffix("/market_chart") {
            try decodePast(url, response, receivedMs, &writer)
        } else if url.path == "\(BinanceHistory.rest)/api/v3/ticker/24hr" {
            try decodeTickers(url, response, wanted, receivedMs, &writer)
        } else {
            try decodeTrades(url, response, wanted, receivedMs, &writer)
        }
    }

    // MARK: Trades

    /// Which market an answer is about is known by holding its address against what is asked about the wanted ones.
    private func decodeTrades(
        _ url: QueryURL, _ response: VenueResponse, _ wanted: [Series], _ receivedMs: Int64, _ writer: inout TickWriter
    ) throws(DecodeError) {
        for series in wanted {
            guard let history = RecordedHistory(Venue.named(series.source)),
                QueryURL(history.address(of: series.symbol)).market == url.market
            else { continue }
            let trades = try history.trades(response, series.symbol)
            let id = writer.series.intern(series)
            let body = response.body
            for trade in trades { _ = writer.add(trade, of: id, ingestTime: receivedMs, body.span.bytes) }
            return
        }
    }

    // MARK: CoinGecko

    /// What a request named, less what nobody wanted: coins in one currency are asked for together with others in another.
    private func markets(_ url: QueryURL, _ wanted: [Series]) -> [CoinGecko.Market] {
        let currencies = url.list("vs_currencies").filter { CoinGecko.currencies.contains($0) }.prefix(100)
        let all = url.list("ids").prefix(1_000).flatMap { id in currencies.compactMap { market(id, $0) } }
        let symbols = Set(wanted.map(\.symbol))
        let known = all.filter { symbols.contains($0.symbol) }
        return known.isEmpty ? all : known
    }

    private func market(_ id: String, _ currency: String) -> CoinGecko.Market? {
        let symbol = "\(coins.ticker(ofID: id) ?? id.uppercased())-\(currency.uppercased())"
        return Series.isSymbol(symbol) ? CoinGecko.Market(coinID: id, symbol: symbol) : nil
    }

    private func decodePast(
        _ url: QueryURL, _ response: VenueResponse, _ receivedMs: Int64, _ writer: inout TickWriter
    ) throws(DecodeError) {
        guard let id = url.path.split(separator: "/").dropLast().last.map({ PercentText.lenient($0) }),
            let currency = url.list("vs_currency").first, let market = market(id, currency),
            let days = url.list("days").first.flatMap({ Int64($0) }), (1...100_000).contains(days)
        else { return }
        _ = try CoinGecko([market]).decodePast(
            response, market.symbol, sinceMs: receivedMs - days * 86_400_000, receivedMs: receivedMs, into: &writer)
    }

    // MARK: Binance

    private mutating func decodeTickers(
        _ url: QueryURL, _ response: VenueResponse, _ wanted: [Series], _ receivedMs: Int64, _ writer: inout TickWriter
    ) throws(DecodeError) {
        guard let names = url.parameter("symbols") else {
            _ = try tickers.decode(response, [], receivedMs: receivedMs, into: &writer)
            return
        }
        // `["BTCUSDT","ETHUSDT"]`
        let known = Dictionary(wanted.map { (VenueSymbols.Spelling.joined.name($0.symbol), $0.symbol) }) { $1 }
        let asked = names.split { "[]\",".contains($0) }.prefix(1_000).compactMap { name -> String? in
            let symbol = known[String(name)] ?? NameSplitter(coins: coins).split(String(name)).symbol
            return symbol.flatMap { Series.isSymbol($0) ? $0 : nil }
        }
        var venue = BinanceTickers(.symbols(asked))
        _ = try venue.decode(response, asked, receivedMs: receivedMs, into: &writer)
    }
}

/// A venue's past trades, whichever way it tells them.
enum RecordedHistory: Sendable {
    /// Any trade, by its number.
    case numbered(any TradeHistory)
    /// The newest trades.
    case newest(any RecentTrades)

    /// Nil where the venue does not tell past trades.
    init?(_ venue: Venue?) {
        guard case .stream(_, let past)? = venue?.feed else { return nil }
        switch past {
        case .nothing: return nil
        case .numbered(let history): self = .numbered(history(VenueOrder()))
        case .newest(let trades): self = .newest(trades(VenueOrder()))
        }
    }

    /// Where the trades of a symbol are asked for; only the market in it matters.
    func address(of symbol: String) -> String {
        switch self {
        case .numbered(let history): history.request(HistoryPage(symbol: symbol, first: nil, sinceMs: 0)).address
        case .newest(let trades): trades.request(symbol).address
        }
    }

    /// The trades of an answer; none where the venue refused.
    /// - Throws: the body is not what the venue sends.
    func trades(_ response: VenueResponse, _ symbol: String) throws(DecodeError) -> [TickWriter.TradeFields] {
        switch self {
        case .numbered(let history):
            let page = HistoryPage(symbol: symbol, first: nil, sinceMs: 0)
            guard case .trades(let trades, _) = try history.decode(response, page) else { return [] }
            return trades.map(\.fields)
        case .newest(let venue):
            guard case .trades(let trades) = try venue.decode(response, symbol) else { return [] }
            return trades
        }
    }
}
