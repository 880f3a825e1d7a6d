internal import CryptoCore

/// What our recorder notes beside frames.
enum RecordedEvent: Sendable {
    /// The producer was started.
    case run
    /// A connection stood.
    case connected(address: String)
    /// It was lost, given up or could not be made.
    case closed(GapReason)
    /// What was known of a series at the beginning.
    case series(RecordedSeries)
    /// A question over HTTP was sent.
    case asked(address: String)
    /// One came to nothing.
    case failed(address: String, reason: String)
    /// What a series lacks was not asked for any more.
    case unfilled(symbol: String)
    /// One was answered.
    case answered(address: String, VenueResponse)

    /// Reads a line of this type, with the connection that it is about and its time.
    /// - Throws: the line is not JSON, or has numbers or times that are none.
    /// - Returns: nil for a line that is no event of ours.
    static func read(
        _ type: JSONText, _ line: RawSpan
    ) throws(DecodeError) -> (event: RecordedEvent, connection: String, ms: Int64)? {
        let fields = try Fields(line)
        guard let ms = fields.ms, let event = event(type, fields, line) else { return nil }
        return (event, fields.text("conn", line) ?? "", ms)
    }

    private static func event(_ type: JSONText, _ fields: Fields, _ line: RawSpan) -> RecordedEvent? {
        if type.equals("header", in: line) { return fields.text("by", line) == RecordedText.author ? .run : nil }
        if type.equals("series", in: line) { return series(fields, line).map { .series($0) } }
        if type.equals("close", in: line) {
            return fields.text("reason", line).flatMap { GapReason(rawValue: $0) }.map { .closed($0) }
        }
        if type.equals("unfilled", in: line) { return fields.text("symbol", line).map { .unfilled(symbol: $0) } }
        guard let address = fields.text("addr", line) else { return nil }
        if type.equals("connect", in: line) { return .connected(address: address) }
        if type.equals("ask", in: line) { return .asked(address: address) }
        if type.equals("fail", in: line) {
            return .failed(address: address, reason: fields.text("reason", line) ?? "")
        }
        guard type.equals("http", in: line), let status = fields.numbers["status"].flatMap({ Int(exactly: $0) }),
            let body = fields.body(line)
        else { return nil }
        return .answered(
            address: address,
            VenueResponse(status: status, retryAfterMs: fields.numbers["retry_after_ms"], body: body))
    }

    private static func series(_ fields: Fields, _ line: RawSpan) -> RecordedSeries? {
        guard let source = fields.text("source", line), Series.isSource(source) else { return nil }
        let symbol = fields.text("symbol", line)
        if let symbol, !Series.isSymbol(symbol) { return nil }
        var known = RecordedSeries(source: source, symbol: symbol)
        known.lastMs = fields.numbers["last_ms"].flatMap { TickView.isTime($0) ? $0 : nil }
        known.lastID = fields.numbers["last_id"].flatMap { (0..<1_000_000_000_000_000_000).contains($0) ? $0 : nil }
        known.lastTradeMs = fields.numbers["last_trade_ms"].flatMap { TickView.isTime($0) ? $0 : nil }
        known.lastTrade = known.lastTradeMs.flatMap { lastTrade(fields, line, timeMs: $0) }
        known.historyMs = fields.numbers["history_ms"].flatMap { TickView.isTime($0) ? $0 : nil }
        known.backfillMs = fields.numbers["backfill_ms"].flatMap {
            (0...TickView.eventTimes.upperBound).contains($0) ? $0 : nil
        }
        known.top = fields.numbers["top"].flatMap { (0...1_000_000).contains($0) ? Int($0) : nil }
        known.beginsWithGap = fields.text("gap", line) != nil
        return known
    }

    private static func lastTrade(_ fields: Fields, _ line: RawSpan, timeMs: Int64) -> KnownTrade? {
        guard let id = fields.text("last_trade_id", line), !id.isEmpty, let price = fields.lastPrice,
            price.isFinite, price > 0
        else { return nil }
        let side = fields.text("last_side", line).flatMap { text in
            [Side.buy, .sell].first { $0.description == text }
        }
        return KnownTrade(id: id, timeMs: timeMs, price: price, side: side)
    }

    /// The members that are of use. These lines are rare: they may cost something.
    private struct Fields {
        private static let counts: Set<String> = [
            "status", "retry_after_ms", "last_ms", "last_id", "last_trade_ms", "history_ms", "backfill_ms", "top",
        ]

        var texts: [String: JSONText] = [:]
        var numbers: [String: Int64] = [:]
        /// *Units*: ms since the epoch.
        var ms: Int64?
        var lastPrice: Double?

        init(_ line: RawSpan) throws(DecodeError) {
            var scanner = JSONScanner()
            try scanner.enterObject(line)
            while let key = try scanner.nextKey(line) {
                let name = key.string(in: line)
                switch try scanner.peek(line) {
                case .string: texts[name] = try scanner.string(line)
                case .number where name == "ts": ms = RecordedLine.milliseconds(seconds: try scanner.number(line))
                case .number where name == "last_price": lastPrice = try scanner.number(line)
                case .number where Fields.counts.contains(name): numbers[name] = try scanner.integer(line)
                default: try scanner.skipValue(line)
                }
            }
        }

        func text(_ name: String, _ line: RawSpan) -> String? { texts[name]?.string(in: line) }

        func body(_ line: RawSpan) -> [UInt8]? {
            if let data = texts["data"] { return Array(data.string(in: line).utf8) }
            guard let packed = texts["base64"] else { return nil }
            return Base64.decode(line.extracting(packed.offset..<packed.offset + packed.count))
        }
    }
}
