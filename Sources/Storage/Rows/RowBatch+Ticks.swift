package import CryptoCore

extension RowBatch {
    /// Adds a tick as a row of `ticks`, read from its JSON in place.
    /// - Parameters:
    ///   - key: the record's Kafka key, which must be the tick's series.
    ///   - appendTime: when the broker wrote the record to its log (ms); nil where the record's time is not the broker's.
    /// - Throws: what is wrong with the record; the batch is as before then.
    package mutating func appendTick(
        _ value: RawSpan, key: RawSpan, appendTime: Int64? = nil, origin: RecordOrigin
    ) throws(DecodeError) {
        let view = try TickView(decoding: value)
        try view.check(appendTime: appendTime)
        if !view.hasKey(key, in: value) { throw DecodeError(.badField("key", "the tick's series"), at: 0) }
        let firstCell = cells.count
        let id = appendTickCells(view, value)
        rows.append(Row(table: .ticks, origin: origin, id: id, firstCell: firstCell))
    }

    /// Adds a late tick as a row of `late`.
    /// - Throws: what is wrong with the record; the batch is as before then.
    package mutating func appendLate(_ value: RawSpan, origin: RecordOrigin) throws(DecodeError) {
        let view = try TickView(decoding: value)
        let lateBy = try RowBatch.lateBy(value)
        let firstCell = cells.count
        _ = appendTickCells(view, value)
        cells.append(.integer(lateBy))
        rows.append(Row(table: .late, origin: origin, id: appendOriginID(origin), firstCell: firstCell))
    }

    private static func lateBy(_ bytes: RawSpan) throws(DecodeError) -> Int64 {
        var scanner = JSONScanner()
        var found: JSONScanner?
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            if key.equals("late_by", in: bytes) { found = JSONScanner(at: scanner.at) }
            try scanner.skipValue(bytes)
        }
        guard var found else { throw DecodeError(.missing("late_by"), at: 0) }
        let start = found.at
        do { return try found.integer(bytes) } catch {
            throw DecodeError(.badField("late_by", "a whole number"), at: start)
        }
    }

    /// Appends the cells that every tick has; returns the tick's own id, `<series>:…`, which holds the texts of the
    /// series.
    private mutating func appendTickCells(_ view: TickView, _ bytes: RawSpan) -> TextRange {
        let start = text.count
        let source = add(view.source, bytes)
        text.append(UInt8(ascii: ":"))
        let symbol = add(view.symbol, bytes)
        cells.append(.text(source))
        cells.append(.text(symbol))
        switch view.kind {
        case .trade: return appendTrade(view, bytes, idStart: start)
        case .quote: return appendQuote(view, source: source, symbol: symbol)
        case .gap: return appendGap(view, bytes, idStart: start)
        }
    }

    private mutating func appendTimes(_ view: TickView) {
        cells.append(.integer(view.eventTime))
        cells.append(.integer(view.ingestTime))
    }

    private mutating func appendNulls(_ count: Int) {
        for _ in 0..<count { cells.append(.null) }
    }

    private mutating func appendIfKnown(_ number: Double) { cells.append(number.isNaN ? .null : .real(number)) }

    private mutating func appendTrade(_ view: TickView, _ bytes: RawSpan, idStart: Int) -> TextRange {
        text.append(UInt8(ascii: ":"))
        let tradeID = add(view.tradeID, bytes)
        let id = range(since: idStart)
        cells.append(.text(add("trade")))
        appendTimes(view)
        cells.append(.text(tradeID))
        cells.append(.real(view.price))
        cells.append(.real(view.quantity))
        switch view.side {
        case .buy: cells.append(.text(add("buy")))
        case .sell: cells.append(.text(add("sell")))
        case nil: cells.append(.null)
        }
        cells.append(view.isBlockTrade ? .bool(true) : .null)
        cells.append(view.isBackfilled ? .bool(true) : .null)
        appendNulls(8)
        return id
    }

    private mutating func appendQuote(_ view: TickView, source: TextRange, symbol: TextRange) -> TextRange {
        cells.append(.text(add("quote")))
        appendTimes(view)
        cells.append(.null)
        cells.append(.real(view.price))
        appendNulls(4)
        appendIfKnown(view.bid)
        appendIfKnown(view.ask)
        appendIfKnown(view.change24hPct)
        appendIfKnown(view.volume24h)
        appendIfKnown(view.marketCap)
        appendNulls(3)
        return appendQuoteID(view.eventTime, source: source, symbol: symbol)
    }

    private mutating func appendGap(_ view: TickView, _ bytes: RawSpan, idStart: Int) -> TextRange {
        _ = add(":gap:")
        add(view.gapFrom)
        let id = range(since: idStart)
        cells.append(.text(add("gap")))
        appendTimes(view)
        appendNulls(11)
        cells.append(.integer(view.gapFrom))
        cells.append(.integer(view.gapTo))
        cells.append(.text(add(view.reason, bytes)))
        return id
    }

    /// `BTC_2025-11-21T10:00:00Z` for a USD quote of CoinGecko, `<series>_<ms>` for any other.
    mutating func appendQuoteID(_ time: Int64, source: TextRange, symbol: TextRange) -> TextRange {
        let usd: StaticString = "-USD"
        let baseEnd = symbol.indices.upperBound - usd.utf8CodeUnitCount
        let isSeed =
            equals(source.indices, "coingecko") && baseEnd > symbol.indices.lowerBound
            && equals(baseEnd..<symbol.indices.upperBound, usd)
        let start = text.count
        if isSeed { repeatText(symbol.indices.lowerBound..<baseEnd) } else { addSeries(source, symbol) }
        text.append(UInt8(ascii: "_"))
        if isSeed { UTCTime.write(time, to: &text) } else { add(time) }
        return range(since: start)
    }

    func equals(_ indices: Range<Int>, _ literal: StaticString) -> Bool {
        guard indices.count == literal.utf8CodeUnitCount else { return false }
        for i in 0..<indices.count where text[indices.lowerBound &+ i] != literal.utf8Start[i] { return false }
        return true
    }
}

/// Cells of a tick that the backends look at.
enum TickColumn {
    static let symbol = Table.ticks.index(of: "symbol")
    static let eventTime = Table.ticks.index(of: "event_time")
    static let price = Table.ticks.index(of: "price")
    static let bid = Table.ticks.index(of: "bid")
    static let ask = Table.ticks.index(of: "ask")
}
