internal import CryptoCore

extension Coinbase {
    /// Reads the value of `key` when it is one of a trade's, which both feeds name alike; else false, and nothing was read.
    @inline(__always)
    static func readField(
        _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan, _ fields: inout TickWriter.TradeFields,
        _ product: inout JSONText
    ) throws(DecodeError) -> Bool {
        if key.equals("product_id", in: frame) {
            product = try scanner.fieldText(frame)
        } else if key.equals("trade_id", in: frame) {
            fields.id = try scanner.fieldText(frame)
        } else if key.equals("price", in: frame) {
            fields.price = try scanner.fieldText(frame)
        } else if key.equals("size", in: frame) {
            fields.quantity = try scanner.fieldText(frame)
        } else if key.equals("time", in: frame) {
            fields.eventTime = ISOTime.milliseconds(try scanner.fieldText(frame), frame) ?? .min
        } else if key.equals("side", in: frame) {
            fields.side = takerSide(try scanner.fieldText(frame), frame)
        } else {
            return false
        }
        return true
    }

    /// Coinbase gives the maker's side: where that one sold, the taker bought.
    @inline(__always)
    private static func takerSide(_ text: JSONText, _ frame: RawSpan) -> Side? {
        if text.equals("SELL", in: frame) || text.equals("sell", in: frame) { return .buy }
        return text.equals("BUY", in: frame) || text.equals("buy", in: frame) ? .sell : nil
    }

    /// What the outer object of a frame says.
    struct Envelope {
        var eventsAt: Int?
        private(set) var number: Int64?
        private var channel: JSONText?
        private var type: JSONText?
        private var message: JSONText?
        private var reason: JSONText?
        // A trade of the Exchange feed is a whole frame.
        private(set) var fields = TickWriter.TradeFields()
        private(set) var product = JSONText()

        init() { fields.eventTime = .min }

        @inline(__always)
        func isTrades(_ frame: RawSpan) -> Bool { channel?.equals("market_trades", in: frame) == true }

        /// Whether a trade of the Exchange feed is the one from before the subscription; nil when the frame is no trade.
        func isOldMatch(_ frame: RawSpan) -> Bool? {
            guard let type else { return nil }
            if type.equals("match", in: frame) { return false }
            return type.equals("last_match", in: frame) ? true : nil
        }

        mutating func read(
            _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan
        ) throws(DecodeError) {
            if key.equals("channel", in: frame) {
                channel = try scanner.fieldString(frame)
            } else if key.equals("sequence_num", in: frame) {
                number = try scanner.fieldInteger(frame)
            } else if key.equals("type", in: frame) {
                type = try scanner.fieldString(frame)
            } else if key.equals("message", in: frame) {
                message = try scanner.fieldString(frame)
            } else if key.equals("reason", in: frame) {
                reason = try scanner.fieldString(frame)
            } else if try !Coinbase.readField(key, &scanner, frame, &fields, &product) {
                try scanner.skipValue(frame)
            }
        }

        /// What a frame without trades is. An error names no request; its words may name one of `wanted`.
        func answer(_ frame: RawSpan, _ wanted: [String]) throws(DecodeError) -> StreamMessage {
            if type?.equals("error", in: frame) == true {
                let words = [message, reason].compactMap { frame.words($0) }.joined(separator: ": ")
                return Envelope.refusal(words.isEmpty ? "no reason given" : words, wanted)
            }
            if channel?.equals("heartbeats", in: frame) == true { return .heartbeat }
            if channel?.equals("subscriptions", in: frame) == true {
                let symbols = try subscribed(frame)
                return symbols.isEmpty ? .heartbeat : .acknowledged(requestID: nil, symbols: symbols)
            }
            return .ignored
        }

        private static func refusal(_ words: String, _ wanted: [String]) -> StreamMessage {
            let plain = words.lowercased()
            if ["authenti", "unauthorized", "jwt"].contains(where: { plain.contains($0) }) {
                return .unauthorized(reason: words)
            }
            // These are about the connection, not about a symbol.
            if ["rate limit", "too many", "unavailable", "timeout"].contains(where: { plain.contains($0) }) {
                return .closing(reason: words)
            }
            // `BTC-USD` stands in `BTC-USDC` too.
            let named = wanted.filter { words.contains($0) }.max { $0.utf8.count < $1.utf8.count }
            return .refused(requestID: nil, symbol: named, Refusal(words, verdicts: ["product", "delisted"]))
        }

        /// All markets whose trades the connection holds, by what `subscriptions` lists.
        private func subscribed(_ frame: RawSpan) throws(DecodeError) -> [String] {
            var symbols: [String] = []
            guard let eventsAt else { return symbols }
            var scanner = JSONScanner(at: eventsAt)
            try scanner.forEach(frame) { (scanner: inout JSONScanner) throws(DecodeError) in
                try scanner.forMember("subscriptions", frame) { (scanner: inout JSONScanner) throws(DecodeError) in
                    try scanner.forMember("market_trades", frame) { (scanner: inout JSONScanner) throws(DecodeError) in
                        try scanner.forEach(frame) { (scanner: inout JSONScanner) throws(DecodeError) in
                            if let name = frame.words(try scanner.fieldString(frame)) { symbols.append(name) }
                        }
                    }
                }
            }
            return symbols
        }
    }
}

/// For answers, which are rare.
extension JSONScanner {
    /// Gives each element of the array that comes next to `body`, which reads it; anything else is passed over.
    mutating func forEach(
        _ frame: RawSpan, _ body: (inout JSONScanner) throws(DecodeError) -> Void
    ) throws(DecodeError) {
        guard try peek(frame) == .array else { return try skipValue(frame) }
        try enterArray(frame)
        while try nextElement(frame) { try body(&self) }
    }

    /// Gives the value of `name` in the object that comes next to `body`, which reads it; anything else is passed over.
    mutating func forMember(
        _ name: StaticString, _ frame: RawSpan, _ body: (inout JSONScanner) throws(DecodeError) -> Void
    ) throws(DecodeError) {
        guard try peek(frame) == .object else { return try skipValue(frame) }
        try enterObject(frame)
        while let key = try nextKey(frame) {
            if key.equals(name, in: frame) { try body(&self) } else { try skipValue(frame) }
        }
    }
}
