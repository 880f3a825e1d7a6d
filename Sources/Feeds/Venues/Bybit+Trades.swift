internal import CryptoCore

/// The `data` of a `publicTrade` frame: 1 to 1024 trades in ascending time.
extension Bybit {
    mutating func trades(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ receivedMs: Int64, _ writer: inout TickWriter
    ) throws(DecodeError) -> Message {
        var added = 0
        var newest = Int64.min
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let item = try Bybit.trade(&scanner, frame)
            // A trade without symbol is the venue's error; one of a symbol nobody asked for is not ours.
            guard let id = seriesID(item.symbol, frame, &writer.series) else { continue }
            switch writer.add(item.fields, of: id, ingestTime: receivedMs, frame) {
            case .added:
                added += 1
                newest = max(newest, item.fields.eventTime)
            case .duplicate: break
            case .malformed: if isLive { writer.gaps.open(id, .malformed) }
            }
        }
        return .trades(added: added, newest: newest)
    }

    /// Reads one trade; members that it lacks stay empty and are found malformed by the writer.
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
            case UInt8(ascii: "T"): fields.eventTime = try scanner.integer(frame)
            case UInt8(ascii: "s"): symbol = try scanner.string(frame)
            case UInt8(ascii: "S"): fields.side = try side(&scanner, frame)
            case UInt8(ascii: "v"): fields.quantity = try scanner.string(frame)
            case UInt8(ascii: "p"): fields.price = try scanner.string(frame)
            case UInt8(ascii: "i"): fields.id = try scanner.string(frame)
            default:
                if key.equals("BT", in: frame) {
                    fields.isBlockTrade = try scanner.bool(frame)
                } else {
                    try scanner.skipValue(frame)
                }
            }
        }
        return (fields, symbol)
    }

    /// The taker's side, which is what Bybit gives.
    private static func side(_ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) -> Side? {
        let text = try scanner.string(frame)
        if text.equals("Buy", in: frame) { return .buy }
        return text.equals("Sell", in: frame) ? .sell : nil
    }
}
