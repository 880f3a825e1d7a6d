package import CryptoCore

/// How a venue tells a market's newest trades, which is all of the past that it tells: requests, and answers to trades. Pure.
package protocol RecentTrades: Sendable {
    /// Two requests are at least this far apart, so that the venue's limit is kept. *Units*: ms.
    var spacingMs: Int64 { get }

    /// As many of the newest trades of a symbol such as `BTC-USDT` as the venue tells.
    func request(_ symbol: String) -> VenueRequest

    /// - Throws: the body is not what the venue sends.
    func decode(_ response: VenueResponse, _ symbol: String) throws(DecodeError) -> RecentAnswer
}

/// What an answer held.
package enum RecentAnswer: Sendable {
    /// Oldest first; the texts of their fields lie in the answer's body.
    case trades([TickWriter.TradeFields])
    case refused(VenueRefusal)
}

/// How far the venue's newest trades reach.
enum RecentReach: Equatable, Sendable {
    /// From the last trade that is known, which stands before this place, to the newest that came.
    case whole(from: Int)
    /// To the newest that came; what lies between the last known one and the oldest of them cannot be had.
    case cut
    /// Not yet to the newest that came: another time they will.
    case behind
    /// They are of no use, and will never be.
    case useless(String)

    /// - Parameter trades: oldest first.
    init(_ trades: [TickWriter.TradeFields], known: KnownTrade, newest: KnownTrade?, _ body: RawSpan) {
        guard let oldest = trades.first, let last = trades.last else {
            self = .behind
            return
        }
        let first = RecentReach.place(of: known, trades, body)
        let end = newest.map { RecentReach.place(of: $0, trades, body) }
        self =
            switch (first, end) {
            case (.other, _), (_, .other?): .useless("the venue tells another trade by the id of one that came")
            case (.here(let place), .here?), (.here(let place), nil): .whole(from: place + 1)
            case (.here, .absent?): .behind
            case (.absent, _) where last.eventTime <= known.timeMs: .behind
            case (.absent, _) where oldest.eventTime < known.timeMs:
                .useless("the venue does not tell a trade that came")
            case (.absent, .here?): .cut
            case (.absent, .absent?) where last.eventTime <= newest?.timeMs ?? .max: .behind
            case (.absent, _): .useless("the venue's newest trades do not reach back far enough")
            }
    }

    private enum Place { case here(Int), absent, other }

    /// That the ids are the stream's nobody has promised, so everything else has to agree as well.
    private static func place(
        of known: KnownTrade, _ trades: [TickWriter.TradeFields], _ body: RawSpan
    ) -> Place {
        guard let place = trades.lastIndex(where: { $0.id.string(in: body) == known.id }) else { return .absent }
        return known.agrees(with: trades[place], body) ? .here(place) : .other
    }
}
