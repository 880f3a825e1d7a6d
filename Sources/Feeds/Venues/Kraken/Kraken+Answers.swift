internal import CryptoCore

extension Kraken {
    /// What a frame of v2 says beside its trades.
    struct Envelope: FrameEnvelope {
        var dataAt: Int?
        private var channel: JSONText?
        private(set) var type: JSONText?
        private var method: JSONText?
        private var success: Bool?
        private var error: JSONText?
        private var symbol: JSONText?
        private var requestID: JSONText?

        @inline(__always)
        func isTrades(_ frame: RawSpan) -> Bool { channel?.equals("trade", in: frame) == true }

        mutating func read(
            _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan
        ) throws(DecodeError) {
            if key.equals("channel", in: frame) {
                channel = try scanner.fieldString(frame)
            } else if key.equals("type", in: frame) {
                type = try scanner.fieldString(frame)
            } else if key.equals("method", in: frame) {
                method = try scanner.fieldString(frame)
            } else if key.equals("success", in: frame) {
                success = try scanner.fieldBool(frame)
            } else if key.equals("error", in: frame) {
                error = try scanner.fieldString(frame)
            } else if key.equals("symbol", in: frame) {
                symbol = try scanner.fieldString(frame)
            } else if key.equals("req_id", in: frame) {
                requestID = try scanner.fieldText(frame)
            } else if key.equals("result", in: frame) {
                try scanner.forMember("symbol", frame) { (scanner: inout JSONScanner) throws(DecodeError) in
                    symbol = try scanner.fieldString(frame)
                }
            } else {
                try scanner.skipValue(frame)
            }
        }

        /// A request for several symbols is answered once for each: the symbol tells more than the request's id.
        func message(_ frame: RawSpan) -> StreamMessage {
            let name = frame.words(symbol).flatMap(Kraken.symbol)
            let request = name == nil ? frame.words(requestID) : nil
            if success == false || error != nil {
                // What cannot be unsubscribed was not subscribed any more.
                if method?.equals("unsubscribe", in: frame) == true { return .ignored }
                let refusal = Refusal(
                    frame.words(error), verdicts: ["currency pair", "asset pair", "unknown symbol", "invalid symbol"],
                    standing: ["already subscribed"])
                return .refused(requestID: request, symbol: name, refusal)
            }
            if let method {
                if method.equals("pong", in: frame) { return .heartbeat }
                guard method.equals("subscribe", in: frame), success == true else { return .ignored }
                return .acknowledged(requestID: request, symbols: name.map { [$0] } ?? [])
            }
            let isAlive =
                channel?.equals("heartbeat", in: frame) == true || channel?.equals("status", in: frame) == true
            return isAlive ? .heartbeat : .ignored
        }
    }
}

/// Where the parts of a `trade` frame of WebSocket v1 lie: `[993,[[price,volume,time,side,type,misc],…],"trade","XMR/USD"]`.
struct KrakenOldFrame {
    let dataAt: Int
    let pair: JSONText

    /// Nil when the frame is of another channel.
    /// - Throws: it is not JSON.
    init?(_ frame: RawSpan) throws(DecodeError) {
        var scanner = JSONScanner()
        var dataAt: Int?
        var texts: (JSONText?, JSONText?)
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            switch try scanner.peek(frame) {
            case .array:
                if dataAt == nil { dataAt = scanner.at }
                try scanner.skipValue(frame)
            case .string: texts = (texts.1, try scanner.string(frame))
            default: try scanner.skipValue(frame)
            }
        }
        try scanner.end(frame)
        guard let dataAt, let name = texts.0, let pair = texts.1, name.equals("trade", in: frame) else { return nil }
        self.dataAt = dataAt
        self.pair = pair
    }

    /// Reads one trade, whose id is put behind the frame's copy in `bytes`.
    func trade(
        _ scanner: inout JSONScanner, _ frame: RawSpan, hashingTo bytes: inout [UInt8]
    ) throws(DecodeError) -> VenueTrade {
        var trade = VenueTrade()
        trade.market = pair
        var hash = FieldHash()
        hash.add(pair, frame)
        var index = 0
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let text = try scanner.fieldText(frame)
            hash.add(text, frame)
            switch index {
            case 0: trade.fields.price = text
            case 1: trade.fields.quantity = text
            case 2: trade.fields.eventTime = SecondsText.milliseconds(text, frame) ?? .min
            // The taker's side.
            case 3: trade.fields.side = text.equals("b", in: frame) ? .buy : text.equals("s", in: frame) ? .sell : nil
            default: break
            }
            index += 1
        }
        trade.fields.id = hash.write(to: &bytes)
        return trade
    }
}
