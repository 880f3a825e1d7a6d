internal import CryptoCore

/// A venue whose frames are objects that hold trades under one key and say in others which channel they are of: what such venues
/// have in common.
protocol TradeStream: StreamVenue {
    associatedtype Envelope: FrameEnvelope
    associatedtype Members: TradeWords

    /// The key of the trades.
    static var dataKey: StaticString { get }
    /// Whether the ids number each market's trades one by one.
    static var numbersTrades: Bool { get }

    var symbols: VenueSymbols { get set }
    var trades: FrameTrades { get set }

    /// Reads what stands under `dataKey`; by default an array of trades.
    mutating func readData(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ envelope: Envelope, _ table: inout SeriesTable
    ) throws(DecodeError)

    /// Takes a trade of the frame to the others.
    mutating func add(_ fields: TickWriter.TradeFields, of series: SeriesID, _ frame: RawSpan)
}

/// What a frame says beside its trades.
protocol FrameEnvelope {
    init()

    /// Where the trades are, or what else stands in their place.
    var dataAt: Int? { get set }
    /// The market that all trades are of, where the frame says it; nil: it was not read.
    var market: JSONText? { get }

    /// Whether the frame holds trades, by what was read so far.
    func isTrades(_ frame: RawSpan) -> Bool

    /// Whether trades of a market can stand in this frame.
    func allows(_ market: JSONText, _ frame: RawSpan) -> Bool

    /// Reads the value of `key`.
    mutating func read(_ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError)
}

extension FrameEnvelope {
    var market: JSONText? { nil }

    @inline(__always)
    func allows(_ market: JSONText, _ frame: RawSpan) -> Bool { true }
}

extension TradeStream {
    static var dataKey: StaticString { "data" }

    package var brokenSeries: [SeriesID] { trades.broken }

    /// Reads a frame, its trades into `trades`, whichever of its keys comes first.
    /// - Throws: the frame is not JSON, or a trade in it lacks what the venue always tells; `brokenSeries` says then whose trades it
    ///   may have held.
    @inline(__always)
    mutating func read(
        _ frame: RawSpan, into envelope: inout Envelope, _ writer: inout TickWriter
    ) throws(DecodeError) {
        writer.beginFrame()
        trades.removeAll()
        do throws(DecodeError) {
            try read(frame, &envelope, &writer.series)
        } catch {
            if trades.leavesGaps {
                if let market = envelope.market {
                    // Of a market that nobody asked for nothing is missing.
                    trades.broken = symbols.id(market, frame, &writer.series).map { [$0] } ?? []
                } else {
                    trades.broken = symbols.all
                }
            }
            throw error
        }
    }

    @inline(__always)
    private mutating func read(
        _ frame: RawSpan, _ envelope: inout Envelope, _ table: inout SeriesTable
    ) throws(DecodeError) {
        var isRead = false
        var scanner = JSONScanner()
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            guard key.equals(Self.dataKey, in: frame) else {
                try envelope.read(key, &scanner, frame)
                continue
            }
            envelope.dataAt = scanner.at
            isRead = envelope.isTrades(frame)
            if isRead { try readData(&scanner, frame, envelope, &table) } else { try scanner.skipValue(frame) }
        }
        try scanner.end(frame)
        guard !isRead, envelope.isTrades(frame) else { return }
        // The keys' order is not promised: the data came before the channel.
        guard let dataAt = envelope.dataAt else { throw DecodeError(.missing("data"), at: 0) }
        scanner = JSONScanner(at: dataAt)
        try readData(&scanner, frame, envelope, &table)
    }

    mutating func readData(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ envelope: Envelope, _ table: inout SeriesTable
    ) throws(DecodeError) {
        try readTrades(&scanner, frame, envelope, &table)
    }

    /// Reads an array of trades; those of markets that nobody asked for are not ours.
    @inline(__always)
    mutating func readTrades(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ envelope: Envelope, _ table: inout SeriesTable
    ) throws(DecodeError) {
        try scanner.enterArray(frame)
        while try scanner.nextElement(frame) {
            let start = scanner.at
            let trade = try Members.trade(&scanner, frame)
            try trade.check(at: start)
            guard envelope.allows(trade.market, frame) else {
                throw DecodeError(.badField("trade", "one of the frame's market"), at: start)
            }
            if let id = symbols.id(trade.market, frame, &table) { add(trade.fields, of: id, frame) }
        }
    }

    @inline(__always)
    mutating func add(_ fields: TickWriter.TradeFields, of series: SeriesID, _ frame: RawSpan) {
        if Self.numbersTrades {
            trades.appendNumbered(fields, of: series, frame)
        } else {
            trades.append(fields, of: series)
        }
    }
}

/// A venue's words for the members of a trade, on its socket or over HTTP, and how it writes times and sides.
protocol TradeWords {
    static var market: StaticString { get }
    static var id: StaticString { get }
    static var price: StaticString { get }
    static var quantity: StaticString { get }
    static var time: StaticString { get }
    static var side: StaticString { get }

    /// The next value as a time, nil where it is none. *Units*: ms since the epoch.
    static func readTime(_ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) -> Int64?

    /// The next value as the taker's side, nil where it is none.
    static func readSide(_ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) -> Side?

    /// Reads the value of another key that matters; else false, and nothing was read.
    static func readOther(
        _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan, into trade: inout VenueTrade
    ) throws(DecodeError) -> Bool
}

extension TradeWords {
    static var market: StaticString { "symbol" }
    static var price: StaticString { "price" }
    static var time: StaticString { "time" }
    static var side: StaticString { "side" }

    @inline(__always)
    static func readTime(_ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) -> Int64? {
        try scanner.fieldInteger(frame)
    }

    @inline(__always)
    static func readSide(_ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) -> Side? {
        try scanner.side(frame, "buy", "sell")
    }

    /// Reads an object; members that it lacks stay empty.
    @inline(__always)
    static func trade(_ scanner: inout JSONScanner, _ frame: RawSpan) throws(DecodeError) -> VenueTrade {
        var trade = VenueTrade()
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            if try !read(key, &scanner, frame, into: &trade) { try scanner.skipValue(frame) }
        }
        return trade
    }

    /// Reads the value of `key` when it is a trade's; else false, and nothing was read.
    @inline(__always)
    static func read(
        _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan, into trade: inout VenueTrade
    ) throws(DecodeError) -> Bool {
        if key.equals(market, in: frame) {
            trade.market = try scanner.fieldText(frame)
        } else if key.equals(id, in: frame) {
            trade.fields.id = try scanner.fieldText(frame)
        } else if key.equals(price, in: frame) {
            trade.fields.price = try scanner.fieldText(frame)
        } else if key.equals(quantity, in: frame) {
            trade.fields.quantity = try scanner.fieldText(frame)
        } else if key.equals(time, in: frame) {
            trade.fields.eventTime = try readTime(&scanner, frame) ?? .min
        } else if key.equals(side, in: frame) {
            trade.fields.side = try readSide(&scanner, frame)
        } else {
            return try readOther(key, &scanner, frame, into: &trade)
        }
        return true
    }

    @inline(__always)
    static func readOther(
        _ key: JSONText, _ scanner: inout JSONScanner, _ frame: RawSpan, into trade: inout VenueTrade
    ) throws(DecodeError) -> Bool { false }
}

/// A trade as its venue tells it: what its texts say lies in the frame.
struct VenueTrade {
    var market = JSONText()
    var fields = TickWriter.TradeFields()

    init() { fields.eventTime = .min }

    /// Whether all fields were told.
    @inline(__always)
    var isComplete: Bool {
        !fields.id.isEmpty && !fields.price.isEmpty && !fields.quantity.isEmpty && fields.eventTime != .min
            && fields.side != nil
    }

    /// A live trade needs what each venue always tells, and the market that it is of.
    ///
    /// Whether its price, quantity and time make sense is the writer's to see.
    /// - Throws: something is absent, or the side is none that the venue has.
    @inline(__always)
    func check(at offset: Int) throws(DecodeError) {
        if isComplete, !market.isEmpty { return }
        throw DecodeError(.badField("trade", "one with market, id, price, quantity, time and side"), at: offset)
    }

    /// A past trade needs all of its fields, with a time that makes sense.
    ///
    /// - Parameter name: the market that was asked about, where the answer names it.
    /// - Returns: the fields, as those of history.
    /// - Throws: it is not.
    func past(of name: String? = nil, _ bytes: RawSpan, at offset: Int) throws(DecodeError) -> TickWriter.TradeFields {
        guard isComplete, TickView.isTime(fields.eventTime), name == nil || market.string(in: bytes) == name else {
            throw DecodeError(
                .badField("trade", "one of the market, with id, price, quantity, time and side"), at: offset)
        }
        var fields = fields
        fields.isBackfilled = true
        return fields
    }

    /// A past trade of a venue that numbers them.
    /// - Throws: it lacks something, or its id is no number.
    func numbered(_ bytes: RawSpan, at offset: Int) throws(DecodeError) -> HistoricTrade {
        guard let id = bytes.wholeNumber(fields.id) else {
            throw DecodeError(.badField("trade", "one whose id is a number"), at: offset)
        }
        return HistoricTrade(id: id, fields: try past(bytes, at: offset))
    }
}
