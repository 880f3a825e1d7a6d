package import CryptoCore

/// CoinCap: prices of version 3 live, and recordings of them and of version 2's trades, whose service has ended.
///
/// *Source*: client code of 2022 to 2026; one recorded trade, one recorded answer from the end of version 2.
package struct CoinCap: StreamVenue {
    static let source = "coincap"

    private let isLive: Bool
    private let markets: [CoinGecko.Market]
    private let key: String
    private let coins: Coins
    private var assets: VenueSymbols
    /// What a frame said so far: written when all of it is known to be good.
    private var prices: [(series: SeriesID, price: Double)] = []
    private var tradeSeries: [String: SeriesID] = [:]
    /// A trade's frame with the id that it lacks behind it.
    private var withID: [UInt8] = []

    /// A live feed of these coins' prices in USD.
    package init(_ markets: [CoinGecko.Market], key: String) {
        isLive = true
        self.markets = markets
        self.key = key
        coins = Coins()
        let ids = Dictionary(markets.map { ($0.symbol, $0.coinID) }) { first, _ in first }
        assets = VenueSymbols(
            .ignored, spelling: VenueSymbols.Spelling(name: { ids[$0] ?? $0 }, symbol: { _, _ in .none }))
    }

    /// Recordings of any coins; those that `coins` knows are called by their tickers.
    package init(recordingsOf coins: Coins) {
        isLive = false
        markets = []
        key = ""
        self.coins = coins
        assets = VenueSymbols(
            .split(source: CoinCap.source, NameSplitter()),
            spelling: VenueSymbols.Spelling(
                name: { $0 }, symbol: { name, _ in .known("\(CoinCap.ticker(name, coins))-USD") }))
    }

    package mutating func add(symbol: String, to writer: inout TickWriter) {
        assets.add(Series(source: CoinCap.source, symbol: symbol), to: &writer.series)
    }

    // MARK: Requests

    package var profile: VenueProfile { .coincap }

    /// The coins and the key are part of the address, which therefore is a secret.
    package func address(_ symbols: [String]) -> String {
        let assets = symbols.map { PercentText.escaped(topic($0)) }.joined(separator: ",")
        return "\(profile.stream ?? "")?assets=\(assets)&apiKey=\(PercentText.escaped(key))"
    }

    package func topic(_ symbol: String) -> String {
        markets.first { $0.symbol == symbol }?.coinID ?? symbol
    }

    // MARK: Frames

    /// Reads one frame and writes its prices, whose time is that of receipt, or its trade.
    /// - Throws: the frame is neither JSON nor a refusal; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        writer.beginFrame()
        if let refusal = CoinCap.refusal(frame) { return .unauthorized(reason: refusal) }
        prices.removeAll(keepingCapacity: true)
        var trade = OldTrade()
        var scanner = JSONScanner()
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if try !trade.read(key, &scanner, frame) { try readPrice(key, &scanner, frame, &writer) }
        }
        try scanner.end(frame)
        if let ended = trade.ended { return .unauthorized(reason: ended) }
        if trade.isTrade {
            return isLive ? .ignored : .data(added: try add(trade, frame, receivedMs, &writer))
        }
        if let reason = trade.reason, prices.isEmpty {
            return .refused(requestID: nil, symbol: nil, .passing(reason: reason))
        }
        guard prices.isEmpty || TickView.isTime(receivedMs) else {
            throw DecodeError(.badField("receive time", "one: the frame has no time of its own"), at: 0)
        }
        for (series, price) in prices {
            writer.add(
                Tick(
                    series: writer.series[series], kind: .quote(Tick.Quote(price: price)), eventTime: receivedMs,
                    ingestTime: receivedMs), of: series)
        }
        return .data(added: prices.count)
    }

    /// Not JSON: a text that begins with `Unauthorized`.
    private static func refusal(_ frame: RawSpan) -> String? {
        let word = JSONText(offset: 0, count: 12)
        guard frame.byteCount >= word.count, word.equals("Unauthorized", in: frame) else { return nil }
        return frame.excerpt
    }

    /// Notes the price of one asset; anything else is passed over.
    private mutating func readPrice(
        _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan, _ writer: inout TickWriter
    ) throws(DecodeError) {
        let text = try scanner.fieldText(frame)
        guard !text.isEmpty, let price = DecimalText.value(text, in: frame), price.isFinite, price > 0,
            let id = assets.id(key, frame, &writer.series)
        else { return }
        prices.append((id, price))
    }

    // MARK: Trades of version 2

    private mutating func add(
        _ trade: OldTrade, _ frame: RawSpan, _ receivedMs: Int64, _ writer: inout TickWriter
    ) throws(DecodeError) -> Int {
        guard let id = series(trade, frame, &writer.series) else { return 0 }
        withID.removeAll(keepingCapacity: true)
        frame.withUnsafeBytes { withID += $0 }
        var told = VenueTrade()
        (told.market, told.fields) = (trade.base ?? JSONText(), trade.fields)
        told.fields.id = trade.hash(frame).write(to: &withID)
        try told.check(at: 0)
        return writer.add(told.fields, of: id, ingestTime: receivedMs, withID.span.bytes) == .added ? 1 : 0
    }

    /// `coincap-binance:BTC-USDT` of the exchange and two coins' names; nil when it has none.
    private mutating func series(_ trade: OldTrade, _ frame: RawSpan, _ table: inout SeriesTable) -> SeriesID? {
        guard let exchange = frame.words(trade.exchange), let base = frame.words(trade.base),
            let quote = frame.words(trade.quote)
        else { return nil }
        let name = "\(exchange):\(base):\(quote)"
        if let known = tradeSeries[name] { return known }
        let series = Series(
            source: "\(CoinCap.source)-\(exchange.lowercased())",
            symbol: "\(CoinCap.ticker(base, coins))-\(CoinCap.ticker(quote, coins))")
        guard Series.isSource(series.source), Series.isSymbol(series.symbol), tradeSeries.count < 10_000 else {
            return nil
        }
        let id = table.intern(series)
        tradeSeries[name] = id
        return id
    }

    private static func ticker(_ name: String, _ coins: Coins) -> String {
        coins.ticker(ofID: name) ?? name.uppercased()
    }
}
