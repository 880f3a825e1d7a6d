internal import CryptoCore

extension Coinbase {
    /// A trade of any of its interfaces.
    enum Members: TradeWords {
        static var market: StaticString { "product_id" }
        static var id: StaticString { "trade_id" }
        static var quantity: StaticString { "size" }

        @inline(__always)
        static func readTime(_ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) -> Int64? {
            ISOTime.milliseconds(try scanner.fieldText(frame), frame)
        }

        /// Coinbase gives the maker's side: where that one sold, the taker bought.
        @inline(__always)
        static func readSide(_ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) -> Side? {
            let text = try scanner.fieldText(frame)
            if text.equals("SELL", in: frame) || text.equals("sell", in: frame) { return .buy }
            return text.equals("BUY", in: frame) || text.equals("buy", in: frame) ? .sell : nil
        }
    }

    /// What the outer object of a frame says.
    struct Envelope: FrameEnvelope {
        var dataAt: Int?
        private(set) var number: Int64?
        private var channel: JSONText?
        private var type: JSONText?
        private var message: JSONText?
        private var reason: JSONText?
        /// A trade of the Exchange feed is a whole frame.
        private(set) var trade = VenueTrade()

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
            } else if try !Members.read(key, &scanner, frame, into: &trade) {
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
            guard let dataAt else { return symbols }
            var scanner = JSONScanner(at: dataAt)
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
