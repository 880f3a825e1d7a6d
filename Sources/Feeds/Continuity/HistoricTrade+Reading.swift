internal import CryptoCore

/// What the decoders of past trades share.
extension HistoricTrade {
    /// A back-filled trade of which nothing is known yet.
    static var blank: HistoricTrade {
        var fields = TickWriter.TradeFields()
        fields.eventTime = .min
        fields.isBackfilled = true
        return HistoricTrade(id: -1, fields: fields)
    }

    /// Reads an id that is a number, or the digits of one as text.
    mutating func readNumericID(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) {
        if try scanner.peek(bytes) == .string {
            let text = try scanner.string(bytes)
            guard !text.isEscaped, let number = Int64(text.string(in: bytes)) else {
                throw DecodeError(.badField("trade_id", "a whole number"), at: text.offset)
            }
            id = number
            fields.id = text
        } else {
            let start = scanner.at
            id = try scanner.integer(bytes)
            fields.id = JSONText(offset: start, count: scanner.at - start)
        }
    }

    /// The trade, if it has what makes one.
    func checked(at offset: Int) throws(DecodeError) -> HistoricTrade {
        guard (0..<1_000_000_000_000_000_000).contains(id), fields.isComplete, TickView.isTime(fields.eventTime) else {
            throw DecodeError(.badField("trade", "one with id, price, quantity, time and side"), at: offset)
        }
        return self
    }
}

extension [HistoricTrade] {
    /// By ascending id, each once; answers mostly are so already.
    func sortedByID() -> [HistoricTrade] {
        if zip(self, dropFirst()).allSatisfy({ $0.id < $1.id }) { return self }
        var seen: Set<Int64> = []
        return sorted { $0.id < $1.id }.filter { seen.insert($0.id).inserted }
    }
}
