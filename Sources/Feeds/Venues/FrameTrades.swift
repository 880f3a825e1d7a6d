internal import CryptoCore

/// The trades of one frame, held until all of them are read: a frame that is broken writes nothing.
struct FrameTrades: Sendable {
    /// One trade; `number` is its id where that is a number.
    private struct Item: BitwiseCopyable {
        var fields: TickWriter.TradeFields
        var series: SeriesID
        var number: Int64
    }

    private var items: [Item] = []
    private var isAscending = true
    private var isDescending = true

    /// Whether a trade whose price, quantity or time is none leaves a gap in its series: where trades are numbered the next
    /// number tells of it, and a recording is taken as it is.
    private let leavesGaps: Bool

    init(leavesGaps: Bool = false) {
        self.leavesGaps = leavesGaps
        items.reserveCapacity(128)
    }

    /// Forgets the trades of the frame before.
    @inline(__always)
    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        isAscending = true
        isDescending = true
    }

    /// Adds a trade behind the others, whatever its id.
    @inline(__always)
    mutating func append(_ fields: TickWriter.TradeFields, of series: SeriesID) {
        items.append(Item(fields: fields, series: series, number: .max))
    }

    /// Adds a trade that is to stand where its number says.
    @inline(__always)
    mutating func appendNumbered(_ fields: TickWriter.TradeFields, of series: SeriesID, _ frame: RawSpan) {
        let number = frame.wholeNumber(fields.id) ?? .max
        if let last = items.last?.number {
            if number < last { isAscending = false }
            if number > last { isDescending = false }
        }
        items.append(Item(fields: fields, series: series, number: number))
    }

    /// All trades from the one at `start` on are history.
    @inline(__always)
    mutating func markBackfilled(from start: Int) {
        for index in start..<items.count { items[index].fields.isBackfilled = true }
    }

    var count: Int { items.count }

    /// Writes the trades, numbered ones by ascending number so that each market's are in order, and returns how many were new.
    @inline(__always)
    mutating func write(_ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter) -> Int {
        if !isAscending {
            if isDescending { items.reverse() } else { items.sort { $0.number < $1.number } }
        }
        var added = 0
        for item in items {
            switch writer.add(item.fields, of: item.series, ingestTime: receivedMs, frame) {
            case .added: added &+= 1
            case .repeated, .dropped: break
            case .malformed:
                if leavesGaps { writer.beginOutage(item.series, .malformed, nowMs: receivedMs) }
            }
        }
        return added
    }
}

extension TickWriter.TradeFields {
    /// A trade needs what each of our venues always tells, and the market that it is of.
    ///
    /// Whether its price, quantity and time make sense is the writer's to see.
    /// - Throws: something is absent, or the side is none that the venue has.
    @inline(__always)
    func checkPresence(_ symbol: JSONText, at offset: Int) throws(DecodeError) {
        if isComplete, !symbol.isEmpty { return }
        throw DecodeError(.badField("trade", "one with market, id, price, quantity, time and side"), at: offset)
    }

    /// A past trade needs all of its fields, with a time that makes sense, and has to be of the market that was asked about.
    /// - Throws: it is not.
    func check(isOfMarket: Bool, at offset: Int) throws(DecodeError) {
        if isOfMarket, isComplete, TickView.isTime(eventTime) { return }
        throw DecodeError(.badField("trade", "one of the market, with id, price, quantity, time and side"), at: offset)
    }

    /// Whether all of its fields were told.
    @inline(__always)
    var isComplete: Bool {
        !id.isEmpty && !price.isEmpty && !quantity.isEmpty && eventTime != .min && side != nil
    }
}
