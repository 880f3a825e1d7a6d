package import CryptoCore

/// How a venue tells a market's newest trades, whose ids cannot be counted, and perhaps those before them: requests, and answers to
/// trades. Pure.
package protocol RecentTrades: Sendable {
    /// Two requests are at least this far apart, so that the venue's limit is kept. *Units*: ms.
    var spacingMs: Int64 { get }

    /// As many of the newest trades of a symbol such as `BTC-USDT` as the venue tells.
    func request(_ symbol: String) -> VenueRequest

    /// The trades before the one with this id; nil where the venue tells its newest only.
    func request(_ symbol: String, before id: String) -> VenueRequest?

    /// - Throws: the body is not what the venue sends.
    func decode(_ response: VenueResponse, _ symbol: String) throws(DecodeError) -> RecentAnswer
}

extension RecentTrades {
    package func request(_ symbol: String, before id: String) -> VenueRequest? { nil }
}

/// What an answer held.
package enum RecentAnswer: Sendable {
    /// Oldest first; the texts of their fields lie in the answer's body.
    case trades([TickWriter.TradeFields])
    case refused(VenueRefusal)
}

/// Answers about one market, each older than the one before, as one.
struct JoinedAnswers: Sendable {
    /// Oldest first; their texts lie in `body`.
    private(set) var trades: [TickWriter.TradeFields] = []
    private(set) var body: [UInt8] = []
    private(set) var count = 0
    private var ids: Set<String> = []

    /// The id of the oldest one; nil where there is none.
    var oldestID: String? { trades.first?.id.string(in: body.span.bytes) }

    /// Takes an answer's trades, the oldest first, before those that are here.
    /// - Returns: whether there were others among them.
    mutating func add(_ older: [TickWriter.TradeFields], _ text: [UInt8]) -> Bool {
        let new = older.filter { ids.insert($0.id.string(in: text.span.bytes)).inserted }
        trades = new.map { $0.moved(by: body.count) } + trades
        body = body.isEmpty ? text : body + text
        count += 1
        return !new.isEmpty
    }
}

extension TickWriter.TradeFields {
    /// The same, of texts that lie so many bytes further on.
    fileprivate func moved(by count: Int) -> TickWriter.TradeFields {
        var fields = self
        for text in [\TickWriter.TradeFields.id, \.price, \.quantity] {
            let old = self[keyPath: text]
            fields[keyPath: text] = JSONText(offset: old.offset + count, count: old.count, isEscaped: old.isEscaped)
        }
        return fields
    }
}

/// How far the venue's newest trades reach.
enum RecentReach: Equatable, Sendable {
    /// From the last trade that is known, which stands before this place, to the newest that came.
    case whole(from: Int)
    /// To the newest that came; what lies between the last known one and the one at this place is not among them.
    case cut(from: Int)
    /// Not yet to the newest that came: another time they will.
    case behind
    /// They are of no use, and will never be.
    case useless(String)

    private static let tooShort = RecentReach.useless("the venue's newest trades do not reach back far enough")

    /// Whether trades before them would be of use.
    var wantsOlder: Bool { self == .cut(from: 0) || self == .tooShort }

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
            case (.absent, .here?) where oldest.eventTime < known.timeMs:
                .cut(from: trades.firstIndex { $0.eventTime > known.timeMs } ?? 0)
            case (.absent, _) where oldest.eventTime < known.timeMs:
                .useless("the venue does not tell a trade that came")
            case (.absent, .here?): .cut(from: 0)
            case (.absent, .absent?) where last.eventTime <= newest?.timeMs ?? .max: .behind
            // Nothing shows that the ids are the stream's.
            case (.absent, _): .tooShort
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
