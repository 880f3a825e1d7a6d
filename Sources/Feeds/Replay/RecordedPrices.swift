internal import CryptoCore

/// Answers of one recorded connection about prices, which become the quotes that the live run made of them.
struct RecordedPrices: Sendable {
    private let coins: Coins
    /// The symbols that were wanted, where the recording says.
    private var symbols: Set<String> = []
    private var backfillMs: Int64?
    /// Keeps in mind which pairs were among the top.
    private var top = BinanceTickers(.top(.max, quote: VenueProfile.binanceTickers.defaultQuote))

    /// - Parameter coins: the tickers of coins that a venue calls by their ids.
    init(coins: Coins) { self.coins = coins }

    /// What the live run knew at its beginning.
    mutating func note(_ known: RecordedSeries) {
        if let symbol = known.symbol, symbols.count < 10_000 { symbols.insert(symbol) }
        if let count = known.top {
            top = BinanceTickers(.top(count, quote: VenueProfile.binanceTickers.defaultQuote))
        }
        backfillMs = known.backfillMs ?? backfillMs
    }

    /// Writes the quotes of an answer, if any; false when the address is not one of prices.
    mutating func take(
        _ address: String, _ response: VenueResponse, receivedMs: Int64, into writer: inout TickWriter
    ) -> Bool {
        let question = RecordedQuestion(address)
        // An answer that is none is nothing to replay.
        if question.path.hasPrefix(CoinGecko.address), question.path.hasSuffix("/simple/price") {
            let markets = markets(question)
            _ = try? CoinGecko.decode(response, for: markets, receivedMs: receivedMs, into: &writer)
        } else if question.path.hasPrefix(CoinGecko.address), question.path.hasSuffix("/market_chart") {
            takePast(question, response, receivedMs, &writer)
        } else if question.path == "\(BinanceHistory.rest)/api/v3/ticker/24hr" {
            takeTickers(question, response, receivedMs, &writer)
        } else {
            return false
        }
        return true
    }

    // MARK: CoinGecko

    private func markets(_ question: RecordedQuestion) -> [CoinGecko.Market] {
        let ids = question.list("ids").prefix(1_000)
        let currencies = question.list("vs_currencies").filter { CoinGecko.currencies.contains($0) }
        return wanted(ids.flatMap { id in currencies.prefix(100).compactMap { market(id, $0) } }) { $0.symbol }
    }

    private func market(_ id: String, _ currency: String) -> CoinGecko.Market? {
        let symbol = "\(coins.ticker(ofID: id) ?? id.uppercased())-\(currency.uppercased())"
        return Series.isSymbol(symbol) ? CoinGecko.Market(coinID: id, symbol: symbol) : nil
    }

    /// Those of what a question named that the run wanted: coins in one currency are asked for together with others in another.
    private func wanted<Named>(_ all: [Named], _ symbol: (Named) -> String) -> [Named] {
        let known = all.filter { symbols.contains(symbol($0)) }
        return known.isEmpty ? all : known
    }

    private func takePast(
        _ question: RecordedQuestion, _ response: VenueResponse, _ receivedMs: Int64, _ writer: inout TickWriter
    ) {
        guard let id = question.path.split(separator: "/").dropLast().last.map({ RecordedQuestion.plain($0) }),
            let currency = question.list("vs_currency").first, let market = market(id, currency),
            let days = question.list("days").first.flatMap({ Int64($0) }), (1...100_000).contains(days)
        else { return }
        let sinceMs = receivedMs - (backfillMs ?? days * 86_400_000)
        let venue = CoinGecko([market])
        let answer = try? venue.decodePast(
            response, market.symbol, sinceMs: sinceMs, receivedMs: receivedMs, into: &writer)
        // Until the first present price nobody watched.
        guard case .prices(let new, _)? = answer, new > 0 else { return }
        writer.gaps.open(writer.series.intern(Series(source: CoinGecko.source, symbol: market.symbol)), .start)
    }

    // MARK: Binance

    private mutating func takeTickers(
        _ question: RecordedQuestion, _ response: VenueResponse, _ receivedMs: Int64, _ writer: inout TickWriter
    ) {
        guard let names = question.parameter("symbols") else {
            _ = try? top.decode(response, [], receivedMs: receivedMs, into: &writer)
            return
        }
        // `["BTCUSDT","ETHUSDT"]`
        let known = Dictionary(symbols.map { (VenueSymbols.Spelling.joined.name($0), $0) }) { first, _ in first }
        let asked = names.split { "[]\",".contains($0) }.prefix(1_000).compactMap { name -> String? in
            let symbol = known[String(name)] ?? VenueSymbols.Spelling.joined.symbol(String(name))
            return symbol.flatMap { Series.isSymbol($0) ? $0 : nil }
        }
        var venue = BinanceTickers(.symbols(asked))
        _ = try? venue.decode(response, asked, receivedMs: receivedMs, into: &writer)
    }
}

/// The parts of a question's address.
struct RecordedQuestion: Sendable {
    /// All before the query, as it stands.
    let path: Substring
    private let parameters: [Substring]

    init(_ address: String) {
        let parts = address.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first ?? ""
        parameters = parts.count > 1 ? parts[1].split(separator: "&") : []
    }

    /// The market that is asked about, as its venue writes it; it stands in the query or in the path.
    var market: String { parameter("symbol") ?? parameter("pair") ?? String(path) }

    /// A parameter's value without percent signs.
    func parameter(_ name: String) -> String? {
        parameters.first { $0.hasPrefix("\(name)=") }.map { RecordedQuestion.plain($0.dropFirst(name.count + 1)) }
    }

    /// The same at its commas.
    func list(_ name: String) -> [String] { parameter(name)?.split(separator: ",").map(String.init) ?? [] }

    /// Takes percent-encoding (RFC 3986) away.
    static func plain(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            let digits = String(rest.prefix(2)) ?? ""
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let code = UInt8(digits, radix: 16) {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
