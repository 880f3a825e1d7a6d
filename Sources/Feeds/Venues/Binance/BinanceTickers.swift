package import CryptoCore

/// Binance's rolling 24 h tickers as quotes: of named pairs, or of those with the largest turnover.
///
/// *Source*: binance/binance-spot-api-docs `rest-api.md`; answers recorded from 2020 to 2024.
package struct BinanceTickers: PriceVenue {
    /// The source of its series.
    package static let source = "binance-24h"

    /// What is asked for.
    package enum Selection: Sendable, Equatable {
        /// The pairs with the largest turnover in this quote. A pair that was once among them stays, so that its series has no
        /// holes.
        case top(Int, quote: String)
        /// Such as `BTC-USDT`.
        case symbols([String])
    }

    /// Pairs in a request: up to 20 cost 2, more cost 40, all of them 80, of the 6000 a minute that the venue takes.
    static let symbolsPerRequest = 20

    private let selection: Selection
    /// The symbols of a selection by turnover that were met so far.
    private var followed: Set<String> = []

    package init(_ selection: Selection) { self.selection = selection }

    package var profile: VenueProfile { .binanceTickers }

    /// With these, polling costs at most 800 a minute for all pairs and 240 for named ones; the rest is left to the past trades.
    package var spacingMs: Int64 {
        switch selection {
        case .top: 6_000
        case .symbols: 500
        }
    }

    package var questions: [[String]] {
        switch selection {
        case .top: [[]]
        case .symbols(let symbols):
            stride(from: 0, to: symbols.count, by: BinanceTickers.symbolsPerRequest).map {
                Array(symbols[$0..<min($0 + BinanceTickers.symbolsPerRequest, symbols.count)])
            }
        }
    }

    package var top: Int? { if case .top(let count, _) = selection { count } else { nil } }

    package func symbols(of question: [String]) -> [String] { question.isEmpty ? followed.sorted() : question }

    package func request(_ question: [String]) -> VenueRequest {
        var address = "\(BinanceHistory.rest)/api/v3/ticker/24hr"
        if !question.isEmpty {
            let names = question.map { "%22\(PercentText.escaped(VenueSymbols.Spelling.joined.name($0)))%22" }
            address += "?symbols=%5B\(names.joined(separator: "%2C"))%5D"
        }
        return VenueRequest(address)
    }

    package mutating func decode(
        _ response: VenueResponse, _ question: [String], receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> PriceAnswer {
        switch BinanceHistory.refusal(response) {
        // Only this one is about a symbol.
        case .forbidden(let reason)? where response.problem?.code != -1121: return .refused(.failed(reason))
        case let refusal?: return .refused(refusal)
        case nil: break
        }
        let tickers = try BinanceTickers.read(response.body).filter { $0.isTraded && $0.isPlausible(at: receivedMs) }
        let chosen = choose(tickers, question)
        var new = 0
        for (symbol, ticker) in chosen where write(ticker, symbol, receivedMs, &writer) { new += 1 }
        let found = Set(chosen.map(\.symbol))
        return .prices(new: new, missing: symbols(of: question).filter { !found.contains($0) })
    }

    // MARK: Parts

    /// The tickers that were asked for, with their symbols, in an order that does not depend on the venue's.
    private mutating func choose(
        _ tickers: [Ticker], _ question: [String]
    ) -> [(symbol: String, ticker: Ticker)] {
        guard case .top(let count, let quote) = selection else {
            let names = Dictionary(tickers.map { ($0.name, $0) }) { first, _ in first }
            return question.compactMap { symbol in
                names[VenueSymbols.Spelling.joined.name(symbol)].map { (symbol, $0) }
            }
        }
        let pairs = tickers.compactMap { ticker -> (symbol: String, ticker: Ticker)? in
            guard ticker.name.hasSuffix(quote), ticker.name.utf8.count > quote.utf8.count else { return nil }
            let symbol = "\(ticker.name.dropLast(quote.count))-\(quote)"
            return Series.isSymbol(symbol) ? (symbol, ticker) : nil
        }
        let ranked = pairs.sorted { left, right in
            let (a, b) = (left.ticker.quoteVolume ?? 0, right.ticker.quoteVolume ?? 0)
            return a == b ? left.symbol < right.symbol : a > b
        }
        for pair in ranked.prefix(count) { followed.insert(pair.symbol) }
        return ranked.filter { followed.contains($0.symbol) }
    }

    private func write(_ ticker: Ticker, _ symbol: String, _ receivedMs: Int64, _ writer: inout TickWriter) -> Bool {
        guard let price = ticker.price, let time = ticker.closeTime else { return false }
        let id = writer.series.intern(Series(source: BinanceTickers.source, symbol: symbol))
        // A pair that rises to the top was not watched before.
        if case .top = selection, writer.lastEventTime(id) == nil { writer.gaps.open(id, .start) }
        // An answer may come from a cache.
        if let last = writer.lastEventTime(id), time <= last { return false }
        let quote = Tick.Quote(
            price: price, bid: ticker.bid, ask: ticker.ask, change24hPct: ticker.changePct,
            volume24h: ticker.quoteVolume)
        writer.add(
            Tick(series: writer.series[id], kind: .quote(quote), eventTime: time, ingestTime: receivedMs), of: id)
        return true
    }
}

extension BinanceTickers {
    /// What is used of one ticker.
    private struct Ticker {
        var name = ""
        var price: Double?
        var bid: Double?
        var ask: Double?
        var changePct: Double?
        var quoteVolume: Double?
        var closeTime: Int64?
        /// Trades in the 24 h; absent in futures' answers of old.
        var count: Int64 = 1

        var isTraded: Bool { count > 0 && price.map { $0 > 0 } == true }

        func isPlausible(at receivedMs: Int64) -> Bool {
            closeTime.map { $0 > 0 && TickView.isTime($0) && $0 <= receivedMs + TickView.maximumLead } == true
        }
    }

    /// One object, or an array of them.
    private static func read(_ body: [UInt8]) throws(DecodeError) -> [Ticker] {
        let bytes = body.span.bytes
        var scanner = JSONScanner()
        var tickers: [Ticker] = []
        if try scanner.peek(bytes) == .object {
            tickers.append(try ticker(&scanner, bytes))
        } else {
            try scanner.enterArray(bytes)
            while try scanner.nextElement(bytes) { tickers.append(try ticker(&scanner, bytes)) }
        }
        try scanner.end(bytes)
        return tickers
    }

    private static func ticker(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> Ticker {
        var ticker = Ticker()
        let start = scanner.at
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            let kind = try scanner.peek(bytes)
            if kind == .number, key.equals("closeTime", in: bytes) {
                ticker.closeTime = try scanner.integer(bytes)
            } else if kind == .number, key.equals("count", in: bytes) {
                ticker.count = try scanner.integer(bytes)
            } else if kind == .string {
                try readText(key, try scanner.string(bytes), bytes, &ticker)
            } else {
                try scanner.skipValue(bytes)
            }
        }
        guard !ticker.name.isEmpty else { throw DecodeError(.missing("symbol"), at: start) }
        return ticker
    }

    private static func readText(
        _ key: JSONText, _ text: JSONText, _ bytes: RawSpan, _ ticker: inout Ticker
    ) throws(DecodeError) {
        if key.equals("symbol", in: bytes) {
            ticker.name = text.string(in: bytes)
            return
        }
        let field: WritableKeyPath<Ticker, Double?>
        switch true {
        case key.equals("lastPrice", in: bytes): field = \.price
        case key.equals("bidPrice", in: bytes): field = \.bid
        case key.equals("askPrice", in: bytes): field = \.ask
        case key.equals("priceChangePercent", in: bytes): field = \.changePct
        case key.equals("quoteVolume", in: bytes): field = \.quoteVolume
        default: return
        }
        guard let number = DecimalText.value(text, in: bytes), number.isFinite else {
            throw DecodeError(.badField("ticker", "one whose prices are numbers"), at: text.offset)
        }
        // An empty side of the book is written as 0.
        ticker[keyPath: field] = number == 0 && (field == \.bid || field == \.ask) ? nil : number
    }
}
