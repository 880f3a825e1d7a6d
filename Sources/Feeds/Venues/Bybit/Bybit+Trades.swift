internal import CryptoCore

/// The `data` of a `publicTrade` frame: 1 to 1024 trades in ascending time.
extension Bybit {
    mutating func readTrades(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ writer: inout TickWriter
    ) throws(DecodeError) {
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let start = scanner.at
            let (fields, symbol) = try Bybit.trade(&scanner, frame)
            try fields.checkPresence(symbol, at: start)
            // A trade of a symbol that nobody asked for is not ours.
            if let id = seriesID(symbol, frame, &writer.series) { trades.append(fields, of: id) }
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
            // All keys that matter have one letter, `BT` apart.
            let letter = key.count == 1 ? frame.byte(key.offset) : 0
            switch letter {
            case UInt8(ascii: "T"): fields.eventTime = try scanner.fieldInteger(frame) ?? .min
            case UInt8(ascii: "s"): symbol = try scanner.fieldText(frame)
            case UInt8(ascii: "S"): fields.side = side(try scanner.fieldText(frame), frame)
            case UInt8(ascii: "v"): fields.quantity = try scanner.fieldText(frame)
            case UInt8(ascii: "p"): fields.price = try scanner.fieldText(frame)
            case UInt8(ascii: "i"): fields.id = try scanner.fieldText(frame)
            default:
                if key.equals("BT", in: frame) {
                    fields.isBlockTrade = try scanner.fieldBool(frame) ?? false
                } else {
                    try scanner.skipValue(frame)
                }
            }
        }
        return (fields, symbol)
    }

    /// The taker's side, which is what Bybit gives.
    @inline(__always)
    static func side(_ text: JSONText, _ frame: RawSpan) -> Side? {
        if text.equals("Buy", in: frame) { return .buy }
        return text.equals("Sell", in: frame) ? .sell : nil
    }
}
