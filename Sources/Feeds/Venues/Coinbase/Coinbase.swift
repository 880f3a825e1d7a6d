package import CryptoCore

/// Coinbase: Advanced Trade's `market_trades` live, and recordings of it and of the older Exchange feed.
///
/// *Source*: docs.cdp.coinbase.com, Advanced Trade WebSocket and Exchange WebSocket; frames recorded in 2021 and 2026.
package struct Coinbase: StreamVenue {
    static let source = "coinbase"

    /// A recording may lack frames on purpose; on a live connection a jump of the count is a loss.
    private let isLive: Bool
    private var symbols: VenueSymbols
    private var wanted: [String] = []
    /// Symbols by the wanted ones that are told under another name.
    private let aliases: [String: String]
    private var trades = FrameTrades()
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
        symbols.add(series, to: &writer.series)
        wanted.append(symbol)
        let alias = alias(symbol)
        if alias != symbol, !wanted.contains(alias) { symbols.add(series, as: alias, to: &writer.series) }
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

    package func subscribe(_ symbols: [String], requestID: Int) -> String? { request("subscribe", symbols) }

    package func unsubscribe(_ symbols: [String], requestID: Int) -> String? { request("unsubscribe", symbols) }

    /// Heartbeats, one a second, keep the subscriptions of quiet markets alive.
    package var greeting: [String] { [#"{"type":"subscribe","channel":"heartbeats"}"#] }

    private func request(_ type: String, _ symbols: [String]) -> String {
        var json = JSONWriter(reservingBytes: 96 + symbols.count * 16)
        json.beginObject()
        json.field("type", type)
        json.field("product_ids", symbols)
        json.field("channel", "market_trades")
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    // MARK: Frames

    /// Reads one frame and writes its trades, also those of a frame before which others were lost.
    /// - Throws: the frame is not JSON, or a trade in it lacks what the venue always tells; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        writer.beginFrame()
        trades.removeAll()
        var envelope = Envelope()
        var scanner = JSONScanner()
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.equals("events", in: frame) {
                if envelope.isTrades(frame) {
                    try readEvents(&scanner, frame, &writer)
                } else {
                    envelope.eventsAt = scanner.at
                    try scanner.skipValue(frame)
                }
            } else {
                try envelope.read(key, &scanner, frame)
            }
        }
        try scanner.end(frame)
        let isLoss = noteNumber(envelope.number)
        let message = try message(envelope, frame, receivedMs, &writer)
        // An answer is not lost for what was lost before it; the trades' own numbers show that.
        if isLoss, case .data = message { return .lost }
        return message
    }

    private mutating func message(
        _ envelope: Envelope, _ frame: RawSpan, _ receivedMs: Int64, _ writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        if envelope.isTrades(frame) {
            if let eventsAt = envelope.eventsAt {
                // The keys' order is not promised: the events came before the channel.
                var scanner = JSONScanner(at: eventsAt)
                try readEvents(&scanner, frame, &writer)
            }
            return .data(added: trades.write(frame, receivedMs: receivedMs, into: &writer))
        }
        if let isLast = envelope.isOldMatch(frame) {
            try envelope.fields.checkPresence(envelope.product, at: 0)
            guard let id = symbols.id(envelope.product, frame, &writer.series) else { return .data(added: 0) }
            var fields = envelope.fields
            fields.isBackfilled = isLast
            trades.appendNumbered(fields, of: id, frame)
            return .data(added: trades.write(frame, receivedMs: receivedMs, into: &writer))
        }
        let answer = try envelope.answer(frame, wanted)
        guard case .acknowledged(let id, let told) = answer else { return answer }
        // An answer under the other name is one about the market.
        let meant = wanted.filter { !told.contains($0) && told.contains(alias($0)) }
        return .acknowledged(requestID: id, symbols: told + meant)
    }

    /// Whether frames were lost before the one with this number.
    private mutating func noteNumber(_ number: Int64?) -> Bool {
        guard isLive, let number else { return false }
        defer { nextNumber = number &+ 1 }
        guard let nextNumber else { return false }
        return number != nextNumber
    }

    private mutating func readEvents(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ writer: inout TickWriter
    ) throws(DecodeError) {
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let start = trades.count
            var isSnapshot = false
            try scanner.enterObject(frame)
            while let key = try scanner.nextKey(frame) {
                if key.equals("trades", in: frame) {
                    try readTrades(&scanner, frame, &writer)
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

    private mutating func readTrades(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ writer: inout TickWriter
    ) throws(DecodeError) {
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let start = scanner.at
            var product = JSONText()
            var fields = TickWriter.TradeFields()
            fields.eventTime = .min
            try scanner.enterObject(frame)
            while let key = try scanner.nextKey(frame) {
                if try !Coinbase.readField(key, &scanner, frame, &fields, &product) { try scanner.skipValue(frame) }
            }
            try fields.checkPresence(product, at: start)
            if let id = symbols.id(product, frame, &writer.series) { trades.appendNumbered(fields, of: id, frame) }
        }
    }
}
