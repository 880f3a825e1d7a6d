package import CryptoCore

/// Bybit v5 public WebSocket: frames to ticks, requests to frames.
///
/// *Source*: bybit-exchange/docs, `v5/ws/connect` and `v5/websocket/public/trade`; recorded frames of August 2026.
package struct Bybit: TradeStream {
    /// One socket serves one category, and `BTCUSDT` exists in both.
    package enum Category: String, CaseIterable, Sendable {
        case spot
        case linear

        /// The source of its series.
        package var source: String { self == .spot ? "bybit" : "bybit-linear" }

        var spelling: VenueSymbols.Spelling { self == .spot ? .joined : Bybit.linearSpelling }
    }

    package let category: Category
    static var numbersTrades: Bool { false }
    var symbols: VenueSymbols
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

    // MARK: Requests

    package var profile: VenueProfile { .bybit(category) }

    /// The topic of a symbol's trades: `publicTrade.BTCUSDT`.
    package func topic(_ symbol: String) -> String { "publicTrade." + category.spelling.name(symbol) }

    package func request(_ operation: SubscriptionOperation, _ symbols: [String], requestID: Int) -> String? {
        JSONWriter.text { json in
            json.field("req_id", String(requestID))
            json.field("op", operation.rawValue)
            json.field("args", symbols.map(topic))
        }
    }

    /// The venue wants it every 20 s.
    package var ping: String? { #"{"op":"ping"}"# }

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

    /// Reads one frame and writes its trades.
    /// - Throws: the frame is not JSON, or a trade in it lacks what the venue always tells; then nothing of it was written.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        var envelope = Envelope()
        try read(frame, into: &envelope, &writer)
        guard envelope.isTrades(frame) else { return Bybit.answer(envelope, frame) }
        return .data(added: trades.write(frame, receivedMs: receivedMs, into: &writer))
    }

    /// What the outer object of a frame says.
    struct Envelope: FrameEnvelope {
        var dataAt: Int?
        private(set) var operation: JSONText?
        private(set) var reason: JSONText?
        private(set) var requestID: JSONText?
        private(set) var success: Bool?
        private(set) var market: JSONText?

        @inline(__always)
        func isTrades(_ frame: RawSpan) -> Bool { market != nil }

        mutating func read(_ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) {
            if key.equals("topic", in: frame) {
                market = Envelope.market(try scanner.fieldString(frame), frame)
            } else if key.equals("op", in: frame) {
                operation = try scanner.fieldString(frame)
            } else if key.equals("ret_msg", in: frame) || key.equals("retMsg", in: frame) {
                reason = try scanner.fieldString(frame)
            } else if key.equals("req_id", in: frame) || key.equals("reqId", in: frame) {
                requestID = try scanner.fieldText(frame)
            } else if key.equals("success", in: frame) {
                success = try scanner.fieldBool(frame)
            } else if key.equals("retCode", in: frame) {
                if try scanner.fieldInteger(frame) != 0 { success = false }
            } else {
                try scanner.skipValue(frame)
            }
        }

        /// `BTCUSDT` of `publicTrade.BTCUSDT`; nil for any other topic.
        @inline(__always)
        private static func market(_ topic: JSONText?, _ frame: RawSpan) -> JSONText? {
            let prefix = 12  // "publicTrade."
            guard let topic, !topic.isEscaped, topic.count > prefix,
                JSONText(offset: topic.offset, count: prefix).equals("publicTrade.", in: frame)
            else { return nil }
            return JSONText(offset: topic.offset + prefix, count: topic.count - prefix)
        }
    }

    /// A trade, of which a frame has 1 to 1024 in ascending time.
    enum Members: TradeWords {
        static var market: StaticString { "s" }
        static var id: StaticString { "i" }
        static var price: StaticString { "p" }
        static var quantity: StaticString { "v" }
        static var time: StaticString { "T" }
        static var side: StaticString { "S" }

        @inline(__always)
        static func readSide(_ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) -> Side? {
            try scanner.side(frame, "Buy", "Sell")
        }

        @inline(__always)
        static func readOther(
            _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan, into trade: inout VenueTrade
        ) throws(DecodeError) -> Bool {
            if !key.equals("BT", in: frame) { return false }
            trade.fields.isBlockTrade = try scanner.fieldBool(frame) ?? false
            return true
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
