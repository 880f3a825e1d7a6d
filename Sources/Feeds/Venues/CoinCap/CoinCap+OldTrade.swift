internal import CryptoCore

extension CoinCap {
    /// What version 2 sent: a trade without an id, or, after its end, an answer that looks like data.
    struct OldTrade {
        private(set) var exchange: JSONText?
        private(set) var base: JSONText?
        private(set) var quote: JSONText?
        private(set) var fields = TickWriter.TradeFields()
        /// What was said when the service ended.
        private(set) var ended: String?
        /// An error's words.
        private(set) var reason: String?
        private var direction = JSONText()
        private var time = JSONText()

        init() { fields.eventTime = .min }

        var isTrade: Bool { exchange != nil && base != nil && quote != nil }

        /// Reads the value of `key` when it is one of a trade's or an answer's; else false, and nothing was read.
        mutating func read(
            _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan
        ) throws(DecodeError) -> Bool {
            if key.equals("exchange", in: frame) {
                exchange = try scanner.fieldString(frame)
            } else if key.equals("base", in: frame) {
                base = try scanner.fieldString(frame)
            } else if key.equals("quote", in: frame) {
                quote = try scanner.fieldString(frame)
            } else if key.equals("direction", in: frame) {
                direction = try scanner.fieldText(frame)
                // Nobody says whose; both sides of other venues' trades agree with the taker's.
                fields.side = direction.equals("buy", in: frame) ? .buy : nil
                if direction.equals("sell", in: frame) { fields.side = .sell }
            } else if key.equals("price", in: frame) {
                fields.price = try scanner.fieldText(frame)
            } else if key.equals("volume", in: frame) {
                fields.quantity = try scanner.fieldText(frame)
            } else if key.equals("timestamp", in: frame) {
                time = try scanner.fieldText(frame)
                fields.eventTime = frame.wholeNumber(time) ?? .min
            } else {
                return try readAnswer(key, &scanner, frame)
            }
            return true
        }

        private mutating func readAnswer(
            _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan
        ) throws(DecodeError) -> Bool {
            if key.equals("data", in: frame), try scanner.peek(frame) == .object {
                try scanner.forMember("message", frame) { (scanner: inout JSONScanner) throws(DecodeError) in
                    ended = frame.words(try scanner.fieldString(frame))
                }
            } else if key.equals("error", in: frame) || key.equals("message", in: frame) {
                reason = frame.words(try scanner.fieldString(frame))
            } else {
                return false
            }
            return true
        }

        /// Of all fields but `priceUsd`, which follows from the others and may be absent.
        func hash(_ frame: RawSpan) -> FieldHash {
            var hash = FieldHash()
            for text in [exchange, base, quote, direction, fields.price, fields.quantity, time] {
                hash.add(text ?? JSONText(), frame)
            }
            return hash
        }
    }
}
