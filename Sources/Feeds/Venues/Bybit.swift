package import CryptoCore

/// Bybit v5 public WebSocket: frames to ticks, requests to frames.
///
/// *Source*: bybit-exchange/docs, `v5/ws/connect` and `v5/websocket/public/trade`; recorded frames of August 2026.
package struct Bybit: Sendable {
    /// One socket serves one category, and `BTCUSDT` exists in both.
    package enum Category: String, CaseIterable, Sendable {
        case spot
        case linear

        /// The source of its series.
        package var source: String { self == .spot ? "bybit" : "bybit-linear" }

        /// Where the venue serves it.
        package var address: String { "wss://stream.bybit.com/v5/public/\(rawValue)" }

        /// How many topics one subscribe request may name.
        package var maximumTopics: Int { self == .spot ? 10 : 500 }

        var spelling: VenueSymbols.Spelling { self == .spot ? .joined : Bybit.linearSpelling }
    }

    /// What a frame was.
    package enum Message: Equatable, Sendable {
        /// Trades, all of one series; how many were written, and the newest trade's time.
        case trades(added: Int, newest: Int64)
        /// An answer to a subscribe request.
        case acknowledged(requestID: String?)
        /// A request that failed, and why.
        case refused(requestID: String?, reason: String)
        /// The answer to a ping.
        case pong
        /// Something that we did not ask for.
        case ignored
    }

    /// All topic names of one connection together must stay below this. *Units*: characters.
    package static let maximumTopicCharacters = 21_000
    /// The venue wants a JSON ping this often. *Units*: ms.
    package static let pingPeriodMs: Int64 = 20_000
    /// The JSON ping.
    package static let ping = #"{"op":"ping"}"#

    package let category: Category
    /// The series of the topic of the frame that could not be read, for its gap.
    package private(set) var brokenSeries: SeriesID?
    /// Whether trades that cannot be read leave a gap; a recording is taken as it is.
    let isLive: Bool
    private var symbols: VenueSymbols

    /// Decodes only announced symbols (a live feed), or any (a recording).
    package init(_ category: Category, anySymbol: Bool) {
        self.category = category
        isLive = !anySymbol
        symbols = VenueSymbols(
            anySymbol ? .split(source: category.source) : .ignored, spelling: category.spelling)
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

    /// The topic of a symbol's trades: `publicTrade.BTCUSDT`.
    package static func topic(_ symbol: String, _ category: Category) -> String {
        "publicTrade." + category.spelling.name(symbol)
    }

    /// One subscribe request; the answer carries its id where the venue echoes it.
    package static func subscribe(_ topics: [String], requestID: String) -> String {
        var json = JSONWriter(reservingBytes: 64 + topics.count * 24)
        json.beginObject()
        json.field("req_id", requestID)
        json.field("op", "subscribe")
        json.key("args")
        json.beginArray()
        for topic in topics { json.value(topic) }
        json.endArray()
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// USDT perpetuals are joined; the USDC perpetual of BTC is called `BTCPERP`.
    private static let linearSpelling = VenueSymbols.Spelling(
        name: { symbol in
            symbol.hasSuffix("-USDC")
                ? String(symbol.dropLast(5)) + "PERP" : VenueSymbols.Spelling.joined.name(symbol)
        },
        symbol: { name in
            name.hasSuffix("PERP") && name.utf8.count > 4
                ? String(name.dropLast(4)) + "-USDC" : VenueSymbols.Spelling.joined.symbol(name)
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
        var trades: Message?
    }

    /// Reads one frame and writes its trades.
    /// - Throws: the frame is not JSON, or no message of this venue; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> Message {
        brokenSeries = nil
        writer.beginFrame()
        do {
            return try read(frame, receivedMs, &writer)
        } catch {
            writer.abandonFrame()
            throw error
        }
    }

    private mutating func read(
        _ frame: RawSpan, _ receivedMs: Int64, _ writer: inout TickWriter
    ) throws(DecodeError) -> Message {
        var envelope = Envelope()
        var scanner = JSONScanner()
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if key.equals("topic", in: frame) {
                envelope.topic = try Bybit.optionalText(&scanner, frame)
                noteTopic(envelope.topic, frame, &writer)
            } else if key.equals("data", in: frame) {
                envelope.dataAt = scanner.at
                if Bybit.isTrade(envelope.topic, frame) {
                    envelope.trades = try trades(&scanner, frame, receivedMs, &writer)
                } else {
                    try scanner.skipValue(frame)
                }
            } else {
                try Bybit.readAnswer(key, &scanner, frame, &envelope)
            }
        }
        try scanner.end(frame)
        if let trades = envelope.trades { return trades }
        if Bybit.isTrade(envelope.topic, frame) {
            // The keys' order is not promised: the data came before the topic.
            guard let dataAt = envelope.dataAt else { throw DecodeError(.missing("data"), at: 0) }
            scanner = JSONScanner(at: dataAt)
            return try trades(&scanner, frame, receivedMs, &writer)
        }
        return Bybit.answer(envelope, frame)
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
            envelope.operation = try optionalText(&scanner, frame)
        } else if key.equals("ret_msg", in: frame) {
            envelope.reason = try optionalText(&scanner, frame)
        } else if key.equals("req_id", in: frame) {
            envelope.requestID = try optionalText(&scanner, frame)
        } else if key.equals("success", in: frame), try scanner.peek(frame) == .bool {
            envelope.success = try scanner.bool(frame)
        } else {
            try scanner.skipValue(frame)
        }
    }

    /// A text, or nil for anything else.
    private static func optionalText(
        _ scanner: inout JSONScanner, _ frame: RawSpan
    ) throws(DecodeError) -> JSONText? {
        if try scanner.peek(frame) == .string { return try scanner.string(frame) }
        try scanner.skipValue(frame)
        return nil
    }

    private static func answer(_ envelope: Envelope, _ frame: RawSpan) -> Message {
        func text(_ part: JSONText?) -> String? {
            part.flatMap { $0.isEmpty ? nil : $0.string(in: frame) }
        }
        let requestID = text(envelope.requestID)
        if envelope.success == false {
            return .refused(requestID: requestID, reason: text(envelope.reason) ?? "no reason given")
        }
        guard let operation = envelope.operation else { return .ignored }
        if operation.equals("pong", in: frame) || envelope.reason?.equals("pong", in: frame) == true { return .pong }
        if operation.equals("subscribe", in: frame), envelope.success == true {
            return .acknowledged(requestID: requestID)
        }
        return .ignored
    }
}
