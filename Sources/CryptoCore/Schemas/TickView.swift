/// What kind of tick a record is.
public enum TickKind: UInt8, BitwiseCopyable, Sendable { case trade, quote, gap }

/// A tick read in place: numbers by value, texts as places in the record's bytes. Decoding it allocates nothing.
///
/// Everything the design calls malformed is refused here, but for the record's Kafka key, which is checked with `hasKey`.
public struct TickView: BitwiseCopyable, Sendable {
    /// Longer source and symbol texts (bytes in JSON) are refused, so that no record made of a tick is too large for Kafka.
    public static let maximumNameBytes = 255
    /// The same for trade ids and reasons.
    public static let maximumTextBytes = 1_024

    public var kind: TickKind = .trade
    public var side: Side?
    public var isBlockTrade = false
    public var isBackfilled = false
    public var source = JSONText()
    public var symbol = JSONText()
    public var tradeID = JSONText()
    public var reason = JSONText()
    public var eventTime: Int64 = 0
    public var ingestTime: Int64 = 0
    public var gapFrom: Int64 = 0
    public var gapTo: Int64 = 0
    public var price = Double.nan
    public var quantity = Double.nan
    /// Of a quote; NaN where the source does not tell.
    public var bid = Double.nan
    public var ask = Double.nan
    public var change24hPct = Double.nan
    public var volume24h = Double.nan
    public var marketCap = Double.nan

    /// Fields met, a bit each.
    var seen: UInt32 = 0

    /// Reads one record, the whole of `bytes`.
    /// - Throws: the first thing that is wrong with it.
    public init(decoding bytes: RawSpan) throws(DecodeError) {
        try self.init(reading: bytes)
        try checkSeries(bytes)
    }

    /// The same but for the form of source and symbol, which need no check where they are those of a series known before.
    init(reading bytes: RawSpan) throws(DecodeError) {
        if !readCanonicalTrade(bytes) {
            self = TickView()
            try readFields(bytes)
        }
        try check()
    }

    init() {}

    /// The general way: fields in any order, white space, escapes, unknown fields.
    private mutating func readFields(_ bytes: RawSpan) throws(DecodeError) {
        var scanner = JSONScanner()
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) { try readField(key, &scanner, bytes) }
        try scanner.end(bytes)
    }

    /// Whether `key` (a record's Kafka key) is this tick's series.
    public func hasKey(_ key: RawSpan, in bytes: RawSpan) -> Bool {
        if source.isEscaped || symbol.isEscaped { return hasKeySlowly(key, in: bytes) }
        guard key.byteCount == source.count &+ 1 &+ symbol.count else { return false }
        for i in 0..<source.count {
            let byte = key.byte(i)
            // The key splits at its first colon: with one in the source, another series could have the same key.
            if byte != bytes.byte(source.offset &+ i) || byte == UInt8(ascii: ":") { return false }
        }
        guard key.byte(source.count) == UInt8(ascii: ":") else { return false }
        let start = source.count &+ 1
        for i in 0..<symbol.count where key.byte(start &+ i) != bytes.byte(symbol.offset &+ i) { return false }
        return true
    }

    func hasKeySlowly(_ key: RawSpan, in bytes: RawSpan) -> Bool {
        let series = Series(source: source.string(in: bytes), symbol: symbol.string(in: bytes))
        return Series.isSource(series.source) && key.withUnsafeBytes { $0.elementsEqual(series.description.utf8) }
    }
}

/// The fields, in the order in which we write them: a bit in `TickView.seen` each.
enum TickField: UInt32 {
    case source, symbol, kind, eventTime, ingestTime, tradeID, price, quantity, side, blockTrade, backfilled, bid, ask
    case change24hPct, volume24h, marketCap, gapFrom, gapTo, reason

    /// The field that `key` names; nil for a field that this version does not know.
    static func named(_ key: JSONText, in bytes: RawSpan) -> TickField? {
        switch key.count {
        case 3:
            if key.equals("bid", in: bytes) { return .bid }
            if key.equals("ask", in: bytes) { return .ask }
        case 4:
            if key.equals("kind", in: bytes) { return .kind }
            if key.equals("side", in: bytes) { return .side }
        case 5: if key.equals("price", in: bytes) { return .price }
        case 6:
            if key.equals("source", in: bytes) { return .source }
            if key.equals("symbol", in: bytes) { return .symbol }
            if key.equals("gap_to", in: bytes) { return .gapTo }
            if key.equals("reason", in: bytes) { return .reason }
        case 8:
            if key.equals("trade_id", in: bytes) { return .tradeID }
            if key.equals("quantity", in: bytes) { return .quantity }
            if key.equals("gap_from", in: bytes) { return .gapFrom }
        case 10:
            if key.equals("event_time", in: bytes) { return .eventTime }
            if key.equals("backfilled", in: bytes) { return .backfilled }
            if key.equals("volume_24h", in: bytes) { return .volume24h }
            if key.equals("market_cap", in: bytes) { return .marketCap }
        case 11:
            if key.equals("ingest_time", in: bytes) { return .ingestTime }
            if key.equals("block_trade", in: bytes) { return .blockTrade }
        case 14: if key.equals("change_24h_pct", in: bytes) { return .change24hPct }
        default: break
        }
        return key.isEscaped ? namedSlowly(key, in: bytes) : nil
    }

    static func namedSlowly(_ key: JSONText, in bytes: RawSpan) -> TickField? {
        let names = [
            "source", "symbol", "kind", "event_time", "ingest_time", "trade_id", "price", "quantity", "side",
            "block_trade",
            "backfilled", "bid", "ask", "change_24h_pct", "volume_24h", "market_cap", "gap_from", "gap_to", "reason",
        ]
        return names.firstIndex(of: key.string(in: bytes)).flatMap { TickField(rawValue: UInt32($0)) }
    }
}

extension TickView {
    mutating func readField(_ key: JSONText, _ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) {
        guard let field = TickField.named(key, in: bytes) else { return try scanner.skipValue(bytes) }
        seen |= 1 &<< field.rawValue
        switch field {
        case .source: source = try TickView.text("source", &scanner, bytes)
        case .symbol: symbol = try TickView.text("symbol", &scanner, bytes)
        case .kind: kind = try TickView.kind(&scanner, bytes)
        case .eventTime: eventTime = try TickView.time("event_time", &scanner, bytes)
        case .ingestTime: ingestTime = try TickView.time("ingest_time", &scanner, bytes)
        case .tradeID: tradeID = try TickView.text("trade_id", &scanner, bytes)
        case .price: price = try TickView.number("price", &scanner, bytes)
        case .quantity: quantity = try TickView.number("quantity", &scanner, bytes)
        case .side: side = try TickView.side(&scanner, bytes)
        case .blockTrade: isBlockTrade = try TickView.flag("block_trade", &scanner, bytes)
        case .backfilled: isBackfilled = try TickView.flag("backfilled", &scanner, bytes)
        case .bid: bid = try TickView.number("bid", &scanner, bytes)
        case .ask: ask = try TickView.number("ask", &scanner, bytes)
        case .change24hPct: change24hPct = try TickView.number("change_24h_pct", &scanner, bytes)
        case .volume24h: volume24h = try TickView.number("volume_24h", &scanner, bytes)
        case .marketCap: marketCap = try TickView.number("market_cap", &scanner, bytes)
        case .gapFrom: gapFrom = try TickView.time("gap_from", &scanner, bytes)
        case .gapTo: gapTo = try TickView.time("gap_to", &scanner, bytes)
        case .reason: reason = try TickView.text("reason", &scanner, bytes)
        }
    }

    static func text(
        _ field: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> JSONText {
        guard try scanner.peek(bytes) == .string else { throw DecodeError(.badField(field, "a text"), at: scanner.at) }
        let text = try scanner.string(bytes)
        if text.isEmpty { throw DecodeError(.badField(field, "a text that is not empty"), at: scanner.at) }
        return text
    }

    static func number(
        _ field: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> Double {
        guard try scanner.peek(bytes) == .number else {
            throw DecodeError(.badField(field, "a number"), at: scanner.at)
        }
        let value = try scanner.number(bytes)
        if !value.isFinite { throw DecodeError(.badField(field, "a finite number"), at: scanner.at) }
        return value
    }

    static func time(_ field: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> Int64 {
        guard try scanner.peek(bytes) == .number else {
            throw DecodeError(.badField(field, "whole milliseconds since 1970"), at: scanner.at)
        }
        let start = scanner.at
        let time: Int64
        do { time = try scanner.integer(bytes) } catch {
            throw DecodeError(.badField(field, "whole milliseconds since 1970"), at: start)
        }
        if let wanted = TickView.wanted(insteadOf: time) { throw DecodeError(.badField(field, wanted), at: start) }
        return time
    }

    static func flag(_ field: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> Bool {
        guard try scanner.peek(bytes) == .bool else {
            throw DecodeError(.badField(field, "true or false"), at: scanner.at)
        }
        return try scanner.bool(bytes)
    }

    static func kind(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> TickKind {
        let text = try text("kind", &scanner, bytes)
        if text.equals("trade", in: bytes) { return .trade }
        if text.equals("quote", in: bytes) { return .quote }
        if text.equals("gap", in: bytes) { return .gap }
        throw DecodeError(.badField("kind", "trade, quote or gap"), at: text.offset)
    }

    static func side(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> Side {
        let text = try text("side", &scanner, bytes)
        if text.equals("buy", in: bytes) { return .buy }
        if text.equals("sell", in: bytes) { return .sell }
        throw DecodeError(.badField("side", "buy or sell"), at: text.offset)
    }

    func require(_ field: TickField, _ name: StaticText) throws(DecodeError) {
        if seen & (1 &<< field.rawValue) == 0 { throw DecodeError(.missing(name), at: 0) }
    }

    private func checkLengths() throws(DecodeError) {
        let name = TickView.maximumNameBytes
        if source.count > name { throw DecodeError(.badField("source", "at most 255 bytes"), at: source.offset) }
        if symbol.count > name { throw DecodeError(.badField("symbol", "at most 255 bytes"), at: symbol.offset) }
        let text = TickView.maximumTextBytes
        if tradeID.count > text { throw DecodeError(.badField("trade_id", "at most 1024 bytes"), at: tradeID.offset) }
        if reason.count > text { throw DecodeError(.badField("reason", "at most 1024 bytes"), at: reason.offset) }
    }

    /// What the fields must be together.
    func check() throws(DecodeError) {
        try require(.source, "source")
        try require(.symbol, "symbol")
        try require(.kind, "kind")
        try require(.eventTime, "event_time")
        try require(.ingestTime, "ingest_time")
        try checkLengths()
        if eventTime &- ingestTime > TickView.maximumLead {
            throw DecodeError(.badField("event_time", "at most a minute after ingest_time"), at: 0)
        }
        switch kind {
        case .trade:
            try require(.tradeID, "trade_id")
            try require(.price, "price")
            try require(.quantity, "quantity")
            if !(quantity > 0) { throw DecodeError(.badField("quantity", "greater than 0"), at: 0) }
            if !(price > 0) { throw DecodeError(.badField("price", "greater than 0"), at: 0) }
        case .quote:
            try require(.price, "price")
            if !(price > 0) { throw DecodeError(.badField("price", "greater than 0"), at: 0) }
        case .gap:
            try require(.gapFrom, "gap_from")
            try require(.gapTo, "gap_to")
            try require(.reason, "reason")
            if gapFrom >= gapTo { throw DecodeError(.badField("gap_to", "after gap_from"), at: 0) }
        }
    }

    func checkSeries(_ bytes: RawSpan) throws(DecodeError) {
        if source.isEscaped || symbol.isEscaped { return try checkSeriesSlowly(bytes) }
        for i in source.offset..<source.offset &+ source.count {
            if bytes.byte(i) == UInt8(ascii: ":") || bytes.byte(i) <= 0x20 {
                throw DecodeError(.badField("source", "without colon or space"), at: i)
            }
        }
        var lastDash = -1
        for i in 0..<symbol.count {
            let byte = bytes.byte(symbol.offset &+ i)
            if byte == UInt8(ascii: "-") { lastDash = i }
            if byte <= 0x20 { lastDash = symbol.count }
            if byte <= 0x20 { break }
        }
        if lastDash <= 0 || lastDash >= symbol.count &- 1 {
            throw DecodeError(.badField("symbol", "<BASE>-<QUOTE>"), at: symbol.offset)
        }
    }

    func checkSeriesSlowly(_ bytes: RawSpan) throws(DecodeError) {
        if !Series.isSource(source.string(in: bytes)) {
            throw DecodeError(.badField("source", "without colon or space"), at: source.offset)
        }
        if !Series.isSymbol(symbol.string(in: bytes)) {
            throw DecodeError(.badField("symbol", "<BASE>-<QUOTE>"), at: symbol.offset)
        }
    }
}
