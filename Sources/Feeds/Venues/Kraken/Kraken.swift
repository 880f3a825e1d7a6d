package import CryptoCore

/// Kraken's `trade` channel: WebSocket v2 live, and recordings of v2 and v1.
///
/// *Source*: docs.kraken.com, WebSocket v2 and v1 `trade`; v1 frames recorded in 2021.
package struct Kraken: StreamVenue {
    private var symbols: VenueSymbols
    private var oldSymbols: VenueSymbols
    private var trades = FrameTrades()
    /// A frame of v1 with the ids that it lacks behind it.
    private var withIDs: [UInt8] = []

    /// Decodes only announced symbols (a live feed), or any (a recording).
    package init(anySymbol: Bool) {
        let unknown: VenueSymbols.Unknown = anySymbol ? .split(source: Kraken.source, NameSplitter()) : .ignored
        symbols = VenueSymbols(unknown, spelling: .slashed)
        oldSymbols = VenueSymbols(unknown, spelling: Kraken.oldSpelling)
    }

    static let source = "kraken"

    package mutating func add(symbol: String, to writer: inout TickWriter) {
        symbols.add(Series(source: Kraken.source, symbol: symbol), to: &writer.series)
    }

    /// v1 calls bitcoin `XBT` and dogecoin `XDG`.
    private static let oldSpelling = VenueSymbols.Spelling(
        name: { VenueSymbols.Spelling.slashed.name($0) },
        symbol: { name, _ in
            let parts = name.split(separator: "/", omittingEmptySubsequences: false).map { part in
                part == "XBT" ? "BTC" : part == "XDG" ? "DOGE" : part
            }
            return parts.count == 2 ? .known("\(parts[0])-\(parts[1])") : .none
        })

    // MARK: Requests

    package var profile: VenueProfile { .kraken }

    package func topic(_ symbol: String) -> String { VenueSymbols.Spelling.slashed.name(symbol) }

    package func subscribe(_ symbols: [String], requestID: Int) -> String? {
        request("subscribe", symbols, requestID)
    }

    package func unsubscribe(_ symbols: [String], requestID: Int) -> String? {
        request("unsubscribe", symbols, requestID)
    }

    package var ping: String? { #"{"method":"ping"}"# }

    /// Whether a subscription begins with the last 50 trades is said: the documentation has both as the default.
    private func request(_ method: String, _ symbols: [String], _ requestID: Int) -> String {
        var json = JSONWriter(reservingBytes: 128 + symbols.count * 16)
        json.beginObject()
        json.field("method", method)
        json.key("params")
        json.beginObject()
        json.field("channel", "trade")
        json.field("symbol", symbols.map(topic))
        if method == "subscribe" { json.field("snapshot", true) }
        json.endObject()
        json.field("req_id", Int64(requestID))
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    // MARK: Frames

    /// Reads one frame and writes its trades.
    /// - Throws: the frame is not JSON, or a trade in it lacks what the venue always tells; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        writer.beginFrame()
        var scanner = JSONScanner()
        if try scanner.peek(frame) == .array {
            return try decodeOld(frame, receivedMs, &writer)
        }
        trades.removeAll()
        var answer = Answer()
        var dataAt: Int?
        var isRead = false
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.equals("data", in: frame) {
                isRead = answer.isTrade(frame)
                if isRead {
                    try readTrades(&scanner, frame, &writer)
                } else {
                    dataAt = scanner.at
                    try scanner.skipValue(frame)
                }
            } else {
                try answer.read(key, &scanner, frame)
            }
        }
        try scanner.end(frame)
        guard answer.isTrade(frame) else { return answer.message(frame) }
        if !isRead {
            // The keys' order is not promised: the data came before the channel.
            guard let dataAt else { throw DecodeError(.missing("data"), at: 0) }
            scanner = JSONScanner(at: dataAt)
            try readTrades(&scanner, frame, &writer)
        }
        if answer.type?.equals("snapshot", in: frame) == true { trades.markBackfilled(from: 0) }
        return .data(added: trades.write(frame, receivedMs: receivedMs, into: &writer))
    }

    private mutating func readTrades(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ writer: inout TickWriter
    ) throws(DecodeError) {
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let start = scanner.at
            let (fields, symbol) = try Kraken.trade(&scanner, frame)
            try fields.checkPresence(symbol, at: start)
            if let id = symbols.id(symbol, frame, &writer.series) { trades.appendNumbered(fields, of: id, frame) }
        }
    }

    /// Reads one trade; members that it lacks stay empty.
    @inline(__always)
    private static func trade(
        _ scanner: inout JSONScanner, _ frame: RawSpan
    ) throws(DecodeError) -> (fields: TickWriter.TradeFields, symbol: JSONText) {
        var fields = TickWriter.TradeFields()
        var symbol = JSONText()
        fields.eventTime = .min
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.equals("symbol", in: frame) {
                symbol = try scanner.fieldText(frame)
            } else if key.equals("side", in: frame) {
                fields.side = side(try scanner.fieldText(frame), frame)
            } else if key.equals("price", in: frame) {
                fields.price = try scanner.fieldText(frame)
            } else if key.equals("qty", in: frame) {
                fields.quantity = try scanner.fieldText(frame)
            } else if key.equals("trade_id", in: frame) {
                fields.id = try scanner.fieldText(frame)
            } else if key.equals("timestamp", in: frame) {
                fields.eventTime = ISOTime.milliseconds(try scanner.fieldText(frame), frame) ?? .min
            } else {
                try scanner.skipValue(frame)
            }
        }
        return (fields, symbol)
    }

    /// The taker's side, which is what Kraken gives.
    @inline(__always)
    private static func side(_ text: JSONText, _ frame: RawSpan) -> Side? {
        if text.equals("buy", in: frame) { return .buy }
        return text.equals("sell", in: frame) ? .sell : nil
    }

    /// Reads a frame of v1 and writes its trades under the hashes of their fields.
    private mutating func decodeOld(
        _ frame: RawSpan, _ receivedMs: Int64, _ writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        guard let place = try KrakenOldFrame(frame) else { return .ignored }
        guard let id = oldSymbols.id(place.pair, frame, &writer.series) else { return .data(added: 0) }
        withIDs.removeAll(keepingCapacity: true)
        frame.withUnsafeBytes { withIDs += $0 }
        trades.removeAll()
        var scanner = JSONScanner(at: place.dataAt)
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let start = scanner.at
            let trade = try place.trade(&scanner, frame, hashingTo: &withIDs)
            try trade.checkPresence(place.pair, at: start)
            trades.append(trade, of: id)
        }
        let text = withIDs
        return .data(added: trades.write(text.span.bytes, receivedMs: receivedMs, into: &writer))
    }
}
