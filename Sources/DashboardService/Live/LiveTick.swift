internal import CryptoCore

/// The newest price of a series, with what its tick says beside it. *Units*: times in ms, prices in the quote currency.
struct LiveTick: Sendable {
    let kind: TickKind
    let time: Int64
    let ingestTime: Int64
    let price: Double
    let side: Side?
    let bid: Double?
    let ask: Double?
    /// What the source itself says of the last 24 hours; nil where it does not.
    let change24hPct: Double?
    let volume24h: Double?

    /// A trade or a quote; nil for a gap.
    init?(_ view: TickView) {
        guard view.kind != .gap else { return nil }
        kind = view.kind
        time = view.eventTime
        ingestTime = view.ingestTime
        price = view.price
        side = view.side
        bid = LiveTick.known(view.bid)
        ask = LiveTick.known(view.ask)
        change24hPct = LiveTick.known(view.change24hPct)
        volume24h = LiveTick.known(view.volume24h)
    }

    /// Appends its members to a row that is open.
    func encode(_ parts: RowPart, into json: inout JSONWriter) {
        json.field("price", price)
        json.field("time", time)
        json.field("ingest_time", ingestTime)
        json.field("kind", kind == .trade ? "trade" : "quote")
        if let side {
            json.field("side", side.description)
        } else {
            json.field("side", nil, in: parts)
        }
        json.field("bid", bid, in: parts)
        json.field("ask", ask, in: parts)
    }

    private static func known(_ number: Double) -> Double? { number.isFinite ? number : nil }
}
