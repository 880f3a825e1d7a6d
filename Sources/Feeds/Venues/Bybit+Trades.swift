internal import CryptoCore

/// The `data` of a `publicTrade` frame: 1 to 1024 trades in ascending time.
extension Bybit {
    mutating func trades(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ receivedMs: Int64, _ writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        var added = 0
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let item = try Bybit.trade(&scanner, frame)
            // A trade without a symbol is one of the topic's; one of a symbol that nobody asked for is not ours.
            let id = item.symbol.isEmpty ? brokenSeries : seriesID(item.symbol, frame, &writer.series)
            guard let id else { continue }
            switch writer.add(item.fields, of: id, ingestTime: receivedMs, frame) {
            case .added: added += 1
            case .duplicate: break
            case .malformed: if isLive { writer.openGapBehindHeld(id, .malformed, nowMs: receivedMs) }
            }
        }
        return .data(added: added)
    }

    /// Reads one trade; members that it lacks stay empty and are found malformed by the writer.
    @inline(__always)
    private static func trade(
        _ scanner: inout JSONScanner, _ frame: RawSpan
    ) throws(DecodeError) -> (fields: TickWriter.TradeFields, symbol: JSONText) {
        var fields = TickWriter.TradeFields()
        var symbol = JSONText()
        fields.eventTime = .min
        guard try scanner.peek(frame) == .object else {
            try scanner.skipValue(frame)
            return (fields, symbol)
        }
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
