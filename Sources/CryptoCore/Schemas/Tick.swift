/// Which side took liquidity.
public enum Side: UInt8, BitwiseCopyable, Sendable, CustomStringConvertible {
    case buy, sell

    /// As it stands in JSON.
    public var description: String { self == .buy ? "buy" : "sell" }
}

/// `crypto.ticks` (`tick/1`): a trade, a quote, or a gap in one series.
///
/// Decode with `TickView`, which checks; `init(_:in:)` makes this value of it.
public struct Tick: Equatable, Sendable {
    /// One trade. *Units*: price in the quote currency, quantity in base units.
    public struct Trade: Equatable, Sendable {
        public var tradeID: String
        public var price: Double
        public var quantity: Double
        /// The taker's side; nil where the venue does not tell.
        public var side: Side?
        /// Negotiated away from the book: counted, but in no window.
        public var isBlockTrade: Bool
        /// Came by REST after its time.
        public var isBackfilled: Bool

        public init(
            tradeID: String, price: Double, quantity: Double, side: Side?, isBlockTrade: Bool = false,
            isBackfilled: Bool = false
        ) {
            self.tradeID = tradeID
            self.price = price
            self.quantity = quantity
            self.side = side
            self.isBlockTrade = isBlockTrade
            self.isBackfilled = isBackfilled
        }
    }

    /// A price that nobody need have traded at, with what else the source knows.
    public struct Quote: Equatable, Sendable {
        public var price: Double
        public var bid: Double?
        public var ask: Double?
        /// Percent, 1.5 for one and a half.
        public var change24hPct: Double?
        public var volume24h: Double?
        public var marketCap: Double?

        public init(
            price: Double, bid: Double? = nil, ask: Double? = nil, change24hPct: Double? = nil,
            volume24h: Double? = nil,
            marketCap: Double? = nil
        ) {
            self.price = price
            self.bid = bid
            self.ask = ask
            self.change24hPct = change24hPct
            self.volume24h = volume24h
            self.marketCap = marketCap
        }
    }

    /// The feed was down or lost messages in `from ..< to` (ms since the epoch).
    public struct Gap: Equatable, Sendable {
        public var from: Int64
        public var to: Int64
        public var reason: String

        public init(from: Int64, to: Int64, reason: String) {
            self.from = from
            self.to = to
            self.reason = reason
        }
    }

    public enum Kind: Equatable, Sendable {
        case trade(Trade)
        case quote(Quote)
        case gap(Gap)
    }

    public var series: Series
    public var kind: Kind
    /// The exchange's time, ms since the epoch.
    public var eventTime: Int64
    /// When we got it, ms since the epoch.
    public var ingestTime: Int64

    public init(series: Series, kind: Kind, eventTime: Int64, ingestTime: Int64) {
        self.series = series
        self.kind = kind
        self.eventTime = eventTime
        self.ingestTime = ingestTime
    }

    /// Appends the record's JSON object.
    public func encode(into json: inout JSONWriter) {
        json.beginObject()
        encodeFields(into: &json)
        json.endObject()
    }

    /// The record's JSON in bytes of its own.
    public func encoded() -> [UInt8] {
        var json = JSONWriter(reservingBytes: 256)
        encode(into: &json)
        return json.bytes
    }

    /// The members alone, for records that carry a tick and more.
    func encodeFields(into json: inout JSONWriter) {
        json.field("source", series.source)
        json.field("symbol", series.symbol)
        switch kind {
        case .trade: json.field("kind", "trade")
        case .quote: json.field("kind", "quote")
        case .gap: json.field("kind", "gap")
        }
        json.field("event_time", eventTime)
        json.field("ingest_time", ingestTime)
        switch kind {
        case .trade(let trade):
            json.field("trade_id", trade.tradeID)
            json.field("price", trade.price)
            json.field("quantity", trade.quantity)
            if let side = trade.side { json.field("side", side.description) }
            if trade.isBlockTrade { json.field("block_trade", true) }
            if trade.isBackfilled { json.field("backfilled", true) }
        case .quote(let quote):
            json.field("price", quote.price)
            json.field("bid", ifKnown: quote.bid)
            json.field("ask", ifKnown: quote.ask)
            json.field("change_24h_pct", ifKnown: quote.change24hPct)
            json.field("volume_24h", ifKnown: quote.volume24h)
            json.field("market_cap", ifKnown: quote.marketCap)
        case .gap(let gap):
            json.field("gap_from", gap.from)
            json.field("gap_to", gap.to)
            json.field("reason", gap.reason)
        }
    }
}

extension Tick {
    /// The tick that `view` found in `bytes`.
    public init(_ view: TickView, in bytes: RawSpan) {
        series = Series(source: view.source.string(in: bytes), symbol: view.symbol.string(in: bytes))
        eventTime = view.eventTime
        ingestTime = view.ingestTime
        func known(_ value: Double) -> Double? { value.isNaN ? nil : value }
        switch view.kind {
        case .trade:
            kind = .trade(
                Trade(
                    tradeID: view.tradeID.string(in: bytes), price: view.price, quantity: view.quantity,
                    side: view.side,
                    isBlockTrade: view.isBlockTrade, isBackfilled: view.isBackfilled))
        case .quote:
            kind = .quote(
                Quote(
                    price: view.price, bid: known(view.bid), ask: known(view.ask),
                    change24hPct: known(view.change24hPct),
                    volume24h: known(view.volume24h), marketCap: known(view.marketCap)))
        case .gap:
            kind = .gap(Gap(from: view.gapFrom, to: view.gapTo, reason: view.reason.string(in: bytes)))
        }
    }

    /// Decodes and checks one record.
    /// - Throws: what is wrong with it; such a record is a dead letter.
    public init(decoding bytes: RawSpan) throws(DecodeError) {
        self.init(try TickView(decoding: bytes), in: bytes)
    }
}
