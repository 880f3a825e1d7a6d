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
    let leavesGaps: Bool
    /// The series that the frame may have told of, where it could not be read and a gap has to say so.
    var broken: [SeriesID] = []

    init(leavesGaps: Bool = false) {
        self.leavesGaps = leavesGaps
        items.reserveCapacity(128)
    }

    /// Forgets the trades of the frame before.
    @inline(__always)
    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        if !broken.isEmpty { broken = [] }
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
