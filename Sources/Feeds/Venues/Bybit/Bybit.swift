package import CryptoCore

/// Bybit v5 public WebSocket: frames to ticks, requests to frames.
///
/// *Source*: bybit-exchange/docs, `v5/ws/connect` and `v5/websocket/public/trade`; recorded frames of August 2026.
package struct Bybit: StreamVenue {
    /// One socket serves one category, and `BTCUSDT` exists in both.
    package enum Category: String, CaseIterable, Sendable {
        case spot
        case linear

        /// The source of its series.
        package var source: String { self == .spot ? "bybit" : "bybit-linear" }

        var spelling: VenueSymbols.Spelling { self == .spot ? .joined : Bybit.linearSpelling }
    }

    package let category: Category
    /// The series of the topic of the frame that could not be read, for its gap.
    package private(set) var brokenSeries: SeriesID?
    private var symbols: VenueSymbols
    var trades: FrameTrades

    /// Decodes only announced symbols (a live feed), or any (a recording), by what is known of coins.
    package init(_ category: Category, anySymbol: Bool, coins: Coins = Coins()) {
        self.category = category
        trades = FrameTrades(leavesGaps: !anySymbol)
        symbols = VenueSymbols(
            anySymbol ? .split(source: category.source, NameSplitter(coins: coins)) : .ignored,
            spelling: category.spelling)
    }

    /// Announces a symbol such as `BTC-USDT`.
    package mutating func add(symbol: String, to writer: inout TickWriter) {
        symbols.add(Series(source: category.source, symbol: symbol), to: &writer.series)
    }

    @inline(__always)
    mutating func seriesID(_ name: JSONText, _ frame: RawSpan, _ table: inout SeriesTable) -> SeriesID? {
        symbols.id(name, frame, &table)
    }

    // MARK: Requests

    package var profile: VenueProfile { .bybit(category) }

    /// The topic of a symbol's trades: `publicTrade.BTCUSDT`.
    package func topic(_ symbol: String) -> String { "publicTrade." + category.spelling.name(symbol) }

    package func subscribe(_ symbols: [String], requestID: Int) -> String? {
        request("subscribe", symbols, requestID)
    }

    package func unsubscribe(_ symbols: [String], requestID: Int) -> String? {
        request("unsubscribe", symbols, requestID)
    }

    /// The venue wants it every 20 s.
    package var ping: String? { #"{"op":"ping"}"# }

    private func request(_ operation: String, _ symbols: [String], _ requestID: Int) -> String {
        var json = JSONWriter(reservingBytes: 64 + symbols.count * 24)
        json.beginObject()
        json.field("req_id", String(requestID))
        json.field("op", operation)
        json.field("args", symbols.map(topic))
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// USDT perpetuals are joined; the USDC perpetual of BTC is called `BTCPERP`.
    private static let linearSpelling = VenueSymbols.Spelling(
        name: { symbol in
            symbol.hasSuffix("-USDC")
                ? String(symbol.dropLast(5)) + "PERP" : VenueSymbols.Spelling.joined.name(symbol)
        },
        symbol: { name, splitter in
            if name.hasSuffix("PERP"), name.utf8.count > 4 { return .known(String(name.dropLast(4)) + "-USDC") }
            // What ends in USD is an inverse contract, whose sizes are dollars.
            let split = splitter.split(name)
            return split.symbol?.hasSuffix("-USDT") == true ? split : .none
        })

    // MARK: Frames

    /// What the outer object of a frame says.
    private struct Envelope {
        var topic: JSONText?
        var dataAt: Int?
        var operation: JSONText?
        var reason: JSONText?
        var requestID: JSONText?
        var success: Bool?
    }

    /// Reads one frame and writes its trades.
    /// - Throws: the frame is not JSON, or a trade in it lacks what the venue always tells; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        brokenSeries = nil
        writer.beginFrame()
        trades.removeAll()
        var envelope = Envelope()
        var isRead = false
        var scanner = JSONScanner()
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.equals("topic", in: frame) {
                envelope.topic = try scanner.fieldString(frame)
                noteTopic(envelope.topic, frame, &writer)
            } else if key.equals("data", in: frame) {
                envelope.dataAt = scanner.at
                isRead = Bybit.isTrade(envelope.topic, frame)
                if isRead {
                    try readTrades(&scanner, frame, &writer)
                } else {
                    try scanner.skipValue(frame)
                }
            } else {
                try Bybit.readAnswer(key, &scanner, frame, &envelope)
            }
        }
        try scanner.end(frame)
        guard Bybit.isTrade(envelope.topic, frame) else { return Bybit.answer(envelope, frame) }
        if !isRead {
            // The keys' order is not promised: the data came before the topic.
            guard let dataAt = envelope.dataAt else { throw DecodeError(.missing("data"), at: 0) }
            scanner = JSONScanner(at: dataAt)
            try readTrades(&scanner, frame, &writer)
        }
        return .data(added: trades.write(frame, receivedMs: receivedMs, into: &writer))
    }

    /// Which series a broken frame would have told about.
    private mutating func noteTopic(_ topic: JSONText?, _ frame: RawSpan, _ writer: inout TickWriter) {
        guard let topic, Bybit.isTrade(topic, frame) else { return }
        let prefix = 12  // "publicTrade."
        let name = JSONText(offset: topic.offset + prefix, count: topic.count - prefix)
        brokenSeries = symbols.id(name, frame, &writer.series)
    }

    private static func isTrade(_ topic: JSONText?, _ frame: RawSpan) -> Bool {
        guard let topic, !topic.isEscaped, topic.count > 12 else { return false }
        return JSONText(offset: topic.offset, count: 12).equals("publicTrade.", in: frame)
    }

    private static func readAnswer(
        _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan, _ envelope: inout Envelope
    ) throws(DecodeError) {
        if key.equals("op", in: frame) {
            envelope.operation = try scanner.fieldString(frame)
        } else if key.equals("ret_msg", in: frame) || key.equals("retMsg", in: frame) {
            envelope.reason = try scanner.fieldString(frame)
        } else if key.equals("req_id", in: frame) || key.equals("reqId", in: frame) {
            envelope.requestID = try scanner.fieldText(frame)
        } else if key.equals("success", in: frame) {
            envelope.success = try scanner.fieldBool(frame)
        } else if key.equals("retCode", in: frame) {
            if try scanner.fieldInteger(frame) != 0 { envelope.success = false }
        } else {
            try scanner.skipValue(frame)
        }
    }

    private static func answer(_ envelope: Envelope, _ frame: RawSpan) -> StreamMessage {
        let requestID = frame.words(envelope.requestID)
        if envelope.success == false {
            let refusal = Refusal(
                frame.words(envelope.reason), verdicts: ["invalid symbol", "handler not found", "invalid topic"],
                standing: ["already subscribed"])
            return .refused(requestID: requestID, symbol: nil, refusal)
        }
        guard let operation = envelope.operation else { return .ignored }
        if operation.equals("pong", in: frame) || envelope.reason?.equals("pong", in: frame) == true {
            return .heartbeat
        }
        if operation.equals("subscribe", in: frame), envelope.success == true {
            return .acknowledged(requestID: requestID, symbols: [])
        }
        return .ignored
    }
}
