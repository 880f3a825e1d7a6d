/// A trade or a quote as features see it: numbers only, no text. Its time is one that a tick can have (`TickView.eventTimes`), so that
/// sums of times do not overflow.
package struct Observation: BitwiseCopyable, Sendable {
    /// `.trade` or `.quote`.
    package var kind: TickKind
    /// The taker's side; nil where unknown, and of quotes.
    package var side: Side?
    /// The exchange's time, ms since the epoch.
    package let eventTime: Int64
    /// In the quote currency.
    package var price: Double
    /// In base units; NaN of quotes.
    package var quantity = Double.nan
    /// Percent; NaN where unknown, and of trades.
    package var change24hPct = Double.nan
    /// In the quote currency; NaN where unknown, and of trades.
    package var volume24h = Double.nan
    /// A trade id that is digits only, as a number; 0 for any other.
    var number: UInt64 = 0
    var id = TradeID(high: 0, low: 0)

    /// A trade; nil when its time is outside the years 1 to 9999.
    /// - Parameter id: the trade id's text, UTF-8.
    package init?(price: Double, quantity: Double, side: Side?, eventTime: Int64, id: RawSpan) {
        guard TickView.eventTimes.contains(eventTime) else { return nil }
        kind = .trade
        self.side = side
        self.eventTime = eventTime
        self.price = price
        self.quantity = quantity
        number = Observation.number(id)
        self.id = TradeID(id, from: 0, to: id.byteCount)
    }

    /// A quote; NaN where the source does not tell. Nil when its time is outside the years 1 to 9999.
    package init?(quote price: Double, change24hPct: Double = .nan, volume24h: Double = .nan, eventTime: Int64) {
        guard TickView.eventTimes.contains(eventTime) else { return nil }
        kind = .quote
        self.eventTime = eventTime
        self.price = price
        self.change24hPct = change24hPct
        self.volume24h = volume24h
    }

    /// A trade that was one before, without its id.
    init(packedTrade price: Double, quantity: Double, side: Side?, eventTime: Int64) {
        kind = .trade
        self.side = side
        self.eventTime = eventTime
        self.price = price
        self.quantity = quantity
    }

    /// A quote that was one before.
    init(packedQuote price: Double, change24hPct: Double, volume24h: Double, eventTime: Int64) {
        kind = .quote
        self.eventTime = eventTime
        self.price = price
        self.change24hPct = change24hPct
        self.volume24h = volume24h
    }

    /// Nil for gaps and for block trades, of which no rows are made.
    package init?(_ tick: Tick) {
        switch tick.kind {
        case .trade(let trade):
            if trade.isBlockTrade { return nil }
            let id = Array(trade.tradeID.utf8)
            self.init(
                price: trade.price, quantity: trade.quantity, side: trade.side, eventTime: tick.eventTime,
                id: id.span.bytes)
        case .quote(let quote):
            self.init(
                quote: quote.price, change24hPct: quote.change24hPct ?? .nan, volume24h: quote.volume24h ?? .nan,
                eventTime: tick.eventTime)
        case .gap: return nil
        }
    }

    /// The same of a tick read in place, without allocation (but for an id with escapes).
    package init?(_ view: TickView, in bytes: RawSpan) {
        switch view.kind {
        case .trade where view.isBlockTrade: return nil
        case .trade where view.tradeID.isEscaped:
            let id = Array(view.tradeID.string(in: bytes).utf8)
            self.init(view, id: id.span.bytes)
        case .trade:
            let start = view.tradeID.offset
            self.init(view, id: bytes.extracting(start..<start + view.tradeID.count))
        case .quote:
            self.init(
                quote: view.price, change24hPct: view.change24hPct, volume24h: view.volume24h,
                eventTime: view.eventTime)
        case .gap: return nil
        }
    }

    private init?(_ trade: TickView, id: RawSpan) {
        self.init(
            price: trade.price, quantity: trade.quantity, side: trade.side, eventTime: trade.eventTime, id: id)
    }

    private static func number(_ text: RawSpan) -> UInt64 {
        var number: UInt64 = 0
        for i in 0..<text.byteCount {
            let digit = text.byte(i) &- UInt8(ascii: "0")
            let (tens, tooLong) = number.multipliedReportingOverflow(by: 10)
            let (next, tooLarge) = tens.addingReportingOverflow(UInt64(digit))
            if digit > 9 || tooLong || tooLarge { return 0 }
            number = next
        }
        return number
    }
}
