package import CryptoCore

/// Coinbase: Advanced Trade's `market_trades` live, and recordings of it and of the older Exchange feed.
///
/// *Source*: docs.cdp.coinbase.com, Advanced Trade WebSocket and Exchange WebSocket; frames recorded in 2021 and 2026.
package struct Coinbase: TradeStream {
    static let source = "coinbase"

    static var dataKey: StaticString { "events" }
    static var numbersTrades: Bool { true }

    /// A recording may lack frames on purpose; on a live connection a jump of the count is a loss.
    private let isLive: Bool
    var symbols: VenueSymbols
    var trades = FrameTrades()
    private var wanted: [String] = []
    /// Symbols by the wanted ones that are told under another name.
    private let aliases: [String: String]
    /// Wanted markets by another wanted one, under whose name their trades are told too.
    private var sharers: [SeriesID: [SeriesID]] = [:]
    /// The `sequence_num` that the next frame of the connection has.
    private var nextNumber: Int64?

    /// Decodes only announced symbols (a live feed), or any (a recording).
    ///
    /// - Parameter markets: what the venue's list says of the wanted ones, see `alias`.
    package init(anySymbol: Bool, markets: [ListedMarket] = []) {
        aliases = Coinbase.aliases(markets)
        isLive = !anySymbol
        symbols = VenueSymbols(
            anySymbol ? .split(source: Coinbase.source, NameSplitter()) : .ignored, spelling: .dashed)
    }

    package mutating func add(symbol: String, to writer: inout TickWriter) {
        let series = Series(source: Coinbase.source, symbol: symbol)
        let alias = alias(symbol)
        symbols.add(series, to: &writer.series)
        for other in wanted where self.alias(other) == symbol { share(symbol, with: other, &writer.series) }
        if wanted.contains(alias) {
            share(alias, with: symbol, &writer.series)
        } else if alias != symbol {
            symbols.add(series, as: alias, to: &writer.series)
        }
        wanted.append(symbol)
    }

    /// The trades that are told of one wanted market are those of another, too.
    private mutating func share(_ symbol: String, with other: String, _ table: inout SeriesTable) {
        let ids = [symbol, other].map { table.intern(Series(source: Coinbase.source, symbol: $0)) }
        if ids[0] != ids[1] { sharers[ids[0], default: []].append(ids[1]) }
    }

    /// The aliases that the venue's list tells of markets, by their symbols.
    static func aliases(_ markets: [ListedMarket]) -> [String: String] {
        Dictionary(markets.compactMap { market in market.alias.map { (market.symbol, $0) } }) { first, _ in first }
    }

    /// The symbol under which a market is told.
    ///
    /// USDC and USD share a book, of which the socket speaks by its USD name, whatever was asked for. *Source*: answers to
    /// `BTC-USDC` as reported in ccxt/ccxt, issue 26465, and pull request 30567.
    static func alias(_ symbol: String, _ aliases: [String: String] = [:]) -> String {
        aliases[symbol] ?? (symbol.hasSuffix("-USDC") ? String(symbol.dropLast()) : symbol)
    }

    private func alias(_ symbol: String) -> String { Coinbase.alias(symbol, aliases) }

    package mutating func opened() { nextNumber = nil }

    // MARK: Requests

    package var profile: VenueProfile { .coinbase }

    package func topic(_ symbol: String) -> String { symbol }

    package func request(_ operation: SubscriptionOperation, _ symbols: [String], requestID: Int) -> String? {
        JSONWriter.text { json in
            json.field("type", operation.rawValue)
            json.field("product_ids", symbols)
            json.field("channel", "market_trades")
        }
    }

    /// Heartbeats, one a second, keep the subscriptions of quiet markets alive.
    package var greeting: [String] { [#"{"type":"subscribe","channel":"heartbeats"}"#] }

    // MARK: Frames

    /// Reads one frame and writes its trades, also those of a frame before which others were lost.
    /// - Throws: the frame is not JSON, or a trade in it lacks what the venue always tells; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        var envelope = Envelope()
        try read(frame, into: &envelope, &writer)
        let isLoss = noteNumber(envelope.number)
        if !envelope.isTrades(frame) {
            guard let isLast = envelope.isOldMatch(frame) else {
                // An answer is not lost for what was lost before it; the trades' own numbers show that.
                return try answer(envelope, frame)
            }
            var trade = envelope.trade
            try trade.check(at: 0)
            trade.fields.isBackfilled = isLast
            if let id = symbols.id(trade.market, frame, &writer.series) { add(trade.fields, of: id, frame) }
        }
        let added = trades.write(frame, receivedMs: receivedMs, into: &writer)
        return isLoss ? .lost : .data(added: added)
    }

    private func answer(_ envelope: Envelope, _ frame: RawSpan) throws(DecodeError) -> StreamMessage {
        let answer = try envelope.answer(frame, wanted)
        guard case .acknowledged(let id, let told) = answer else { return answer }
        // An answer under the other name is one about the market.
        let meant = wanted.filter { !told.contains($0) && told.contains(alias($0)) }
        return .acknowledged(requestID: id, symbols: told + meant)
    }

    @inline(__always)
    mutating func add(_ fields: TickWriter.TradeFields, of series: SeriesID, _ frame: RawSpan) {
        trades.appendNumbered(fields, of: series, frame)
        if sharers.isEmpty { return }
        for sharer in sharers[series] ?? [] { trades.appendNumbered(fields, of: sharer, frame) }
    }

    /// Whether frames were lost before the one with this number.
    private mutating func noteNumber(_ number: Int64?) -> Bool {
        guard isLive, let number else { return false }
        defer { nextNumber = number &+ 1 }
        guard let nextNumber else { return false }
        return number != nextNumber
    }

    mutating func readData(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ envelope: Envelope, _ table: inout SeriesTable
    ) throws(DecodeError) {
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let start = trades.count
            var isSnapshot = false
            try scanner.enterObject(frame)
            while let key = try scanner.nextKey(frame) {
                if key.equals("trades", in: frame) {
                    try readTrades(&scanner, frame, envelope, &table)
                } else if key.equals("type", in: frame) {
                    isSnapshot = try scanner.fieldText(frame).equals("snapshot", in: frame)
                } else {
                    try scanner.skipValue(frame)
                }
            }
            // The last 100 trades from before the subscription.
            if isSnapshot { trades.markBackfilled(from: start) }
        }
    }
}
