internal import CryptoCore

/// The trades of one frame, held until it is known in which order they belong and whether they are history.
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

    init() { items.reserveCapacity(128) }

    /// Forgets the trades of the frame before.
    @inline(__always)
    mutating func removeAll() {
        items.removeAll(keepingCapacity: true)
        isAscending = true
        isDescending = true
    }

    @inline(__always)
    mutating func append(_ fields: TickWriter.TradeFields, of series: SeriesID, _ frame: RawSpan) {
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

    /// Writes the trades by ascending id, so that each market's are in order, and returns how many were new.
    @inline(__always)
    mutating func write(_ frame: RawSpan, receivedMs: Int64, into writer: inout TickWriter) -> Int {
        if !isAscending {
            if isDescending { items.reverse() } else { items.sort { $0.number < $1.number } }
        }
        var added = 0
        for item in items
        where writer.add(item.fields, of: item.series, ingestTime: receivedMs, frame) == .added { added &+= 1 }
        return added
    }
}
