package import CryptoCore

/// A page of a venue's past trades that is wanted.
package struct HistoryPage: Sendable, Equatable {
    /// Such as `BTC-USDT`.
    package var symbol: String
    /// The first trade id that is wanted; nil where only a time is known.
    package var first: Int64?
    /// The id behind the last one that is wanted; nil: up to the newest.
    package var end: Int64?
    /// No trade that is wanted is older. *Units*: ms since the epoch.
    package var sinceMs: Int64
    /// What the answer before this one said about how to go on.
    package var cursor: String?
    /// The newest trades are asked for, whatever their ids: what can be had without a key.
    package var isRecent: Bool

    package init(
        symbol: String, first: Int64?, end: Int64? = nil, sinceMs: Int64, cursor: String? = nil, isRecent: Bool = false
    ) {
        self.symbol = symbol
        self.first = first
        self.end = end
        self.sinceMs = sinceMs
        self.cursor = cursor
        self.isRecent = isRecent
    }
}

/// A past trade; the texts of its fields lie in the answer's body.
package struct HistoricTrade: Sendable, BitwiseCopyable {
    package var id: Int64
    package var fields: TickWriter.TradeFields

    package init(id: Int64, fields: TickWriter.TradeFields) {
        self.id = id
        self.fields = fields
    }
}

/// What an answer held.
package enum HistoryAnswer: Sendable {
    /// Trades by ascending id, also such as were not asked for; how to go on where the venue says so. Without any, there are
    /// none.
    case trades([HistoricTrade], cursor: String?)
    case refused(VenueRefusal)
}

/// How a venue that numbers a market's trades one by one tells the past ones: requests, and answers to trades. Pure.
package protocol TradeHistory: Sendable {
    /// Trades in a page, at most.
    var pageSize: Int { get }
    /// Two requests are at least this far apart, so that the venue's limit is kept. *Units*: ms.
    var spacingMs: Int64 { get }
    /// Whether a page can begin at a time; else only at an id.
    var takesTime: Bool { get }
    /// Whether the newest trades can be had without a key when the others are forbidden.
    var hasRecent: Bool { get }

    func request(_ page: HistoryPage) -> VenueRequest

    /// - Throws: the body is not what the venue sends.
    func decode(_ response: VenueResponse, _ page: HistoryPage) throws(DecodeError) -> HistoryAnswer
}
