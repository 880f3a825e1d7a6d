package import CryptoCore

/// Kraken's `trade` channel: WebSocket v2 live, and recordings of v2 and v1.
///
/// *Source*: docs.kraken.com, WebSocket v2 and v1 `trade`; v1 frames recorded in 2021.
package struct Kraken: TradeStream {
    static let source = "kraken"
    static var numbersTrades: Bool { true }

    var symbols: VenueSymbols
    var trades = FrameTrades()
    /// A frame of v1 with the ids that it lacks behind it.
    private var withIDs: [UInt8] = []

    /// Decodes only announced symbols (a live feed), or any (a recording).
    package init(anySymbol: Bool) {
        symbols = VenueSymbols(
            anySymbol ? .split(source: Kraken.source, NameSplitter()) : .ignored, spelling: Kraken.spelling)
    }

    package mutating func add(symbol: String, to writer: inout TickWriter) {
        symbols.add(Series(source: Kraken.source, symbol: symbol), to: &writer.series)
    }

    /// `BTC/USD`; v1 and REST call bitcoin `XBT` and dogecoin `XDG`.
    static let spelling = VenueSymbols.Spelling(
        name: { symbol in
            let series = Series(source: "", symbol: symbol)
            return series.base + "/" + series.quote
        },
        symbol: { name, _ in Kraken.symbol(name).map { .known($0) } ?? .none })

    /// `BTC-USD` of `BTC/USD` or `XBT/USD`; nil where the name has not two parts.
    static func symbol(_ name: String) -> String? {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part == "XBT" ? "BTC" : part == "XDG" ? "DOGE" : part
        }
        return parts.count == 2 ? "\(parts[0])-\(parts[1])" : nil
    }

    /// As its REST interface calls a market: `XBTUSDT` for `BTC-USDT`.
    static func pair(_ symbol: String) -> String {
        let series = Series(source: "", symbol: symbol)
        return [series.base, series.quote].map { $0 == "BTC" ? "XBT" : $0 == "DOGE" ? "XDG" : $0 }.joined()
    }

    // MARK: Requests

    package var profile: VenueProfile { .kraken }

    package func topic(_ symbol: String) -> String { Kraken.spelling.name(symbol) }

    /// Whether a subscription begins with the last 50 trades is said: the documentation has both as the default.
    package func request(_ operation: SubscriptionOperation, _ symbols: [String], requestID: Int) -> String? {
        JSONWriter.text { json in
            json.field("method", operation.rawValue)
            json.key("params")
            json.beginObject()
            json.field("channel", "trade")
            json.field("symbol", symbols.map(topic))
            if operation == .subscribe { json.field("snapshot", true) }
            json.endObject()
            json.field("req_id", Int64(requestID))
        }
    }

    package var ping: String? { #"{"method":"ping"}"# }

    // MARK: Frames

    /// Reads one frame and writes its trades.
    /// - Throws: the frame is not JSON, or a trade in it lacks what the venue always tells; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        var scanner = JSONScanner()
        if try scanner.peek(frame) == .array { return try decodeOld(frame, receivedMs, &writer) }
        var answer = Envelope()
        try read(frame, into: &answer, &writer)
        guard answer.isTrades(frame) else { return answer.message(frame) }
        if answer.type?.equals("snapshot", in: frame) == true { trades.markBackfilled(from: 0) }
        return .data(added: trades.write(frame, receivedMs: receivedMs, into: &writer))
    }

    /// A trade of v2. The side is the taker's.
    enum Members: TradeWords {
        static var id: StaticString { "trade_id" }
        static var quantity: StaticString { "qty" }
        static var time: StaticString { "timestamp" }

        @inline(__always)
        static func readTime(_ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) -> Int64? {
            ISOTime.milliseconds(try scanner.fieldText(frame), frame)
        }
    }

    /// Reads a frame of v1 and writes its trades under the hashes of their fields.
    private mutating func decodeOld(
        _ frame: RawSpan, _ receivedMs: Int64, _ writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        writer.beginFrame()
        guard let place = try KrakenOldFrame(frame) else { return .ignored }
        guard let id = symbols.id(place.pair, frame, &writer.series) else { return .data(added: 0) }
        withIDs.removeAll(keepingCapacity: true)
        frame.withUnsafeBytes { withIDs += $0 }
        trades.removeAll()
        var scanner = JSONScanner(at: place.dataAt)
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let start = scanner.at
            let trade = try place.trade(&scanner, frame, hashingTo: &withIDs)
            try trade.check(at: start)
            trades.append(trade.fields, of: id)
        }
        let text = withIDs
        return .data(added: trades.write(text.span.bytes, receivedMs: receivedMs, into: &writer))
    }
}
