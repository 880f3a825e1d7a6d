package import CryptoCore

/// A trade that is on record, as far as it takes to know it again where somebody else tells it.
package struct KnownTrade: Sendable, Equatable {
    package var id: String
    /// *Units*: ms since the epoch.
    package var timeMs: Int64
    package var price: Double
    package var side: Side?

    /// *Units*: `timeMs` ms since the epoch.
    package init(id: String, timeMs: Int64, price: Double, side: Side?) {
        self.id = id
        self.timeMs = timeMs
        self.price = price
        self.side = side
    }

    /// A trade of the ticks topic, whose JSON is `json`; nil for what is none.
    package init?(_ view: TickView, in json: RawSpan) {
        guard view.kind == .trade else { return nil }
        self.init(id: view.tradeID.string(in: json), timeMs: view.eventTime, price: view.price, side: view.side)
    }

    /// A tick's JSON; nil where it is no trade's.
    init?(json: RawSpan) {
        guard let view = try? TickView(decoding: json) else { return nil }
        self.init(view, in: json)
    }

    /// Whether a trade with this id is this one in everything else, too.
    func agrees(with trade: TickWriter.TradeFields, _ body: RawSpan) -> Bool {
        trade.eventTime == timeMs && trade.side == side && DecimalText.value(trade.price, in: body) == price
    }
}
