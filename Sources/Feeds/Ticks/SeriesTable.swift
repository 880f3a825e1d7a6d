package import CryptoCore

/// A series as a small number; only good for the table that gave it.
package struct SeriesID: Hashable, BitwiseCopyable, Sendable {
    /// The index in the table, from 0.
    package let index: Int32

    package init(index: Int32) { self.index = index }
}

/// A value for each series, the same one for those that were never changed.
///
/// *Complexity*: an array, which grows to the newest series that is changed.
struct BySeries<Value> {
    /// The value of those that were never changed, then those of the others.
    private var values: [Value]

    init(_ blank: Value) { values = [blank] }

    subscript(id: SeriesID) -> Value {
        // Not `_read`: whoever wants a single member would copy the whole value.
        @inline(__always) get {
            let place = Int(id.index) &+ 1
            return values[place < values.count ? place : 0]
        }
        // One `yield`: an accessor with two is called, not inlined, which costs 80 ns a trade.
        @inline(__always) _modify {
            let place = Int(id.index) &+ 1
            if place >= values.count { grow(to: place) }
            yield &values[place]
        }
    }

    @inline(never)
    private mutating func grow(to place: Int) {
        values += [Value](repeating: values[0], count: place + 1 - values.count)
    }
}

/// Series interned once, with the bytes that every tick of theirs begins with.
package struct SeriesTable: Sendable {
    /// The series, in the order in which they came.
    package private(set) var all: [Series] = []
    private var ids: [Series: SeriesID] = [:]
    /// Put before the source of each series at its first mention; whoever mentions it leaves it out.
    package var sourcePrefix = ""
    /// `{"source":"bybit","symbol":"BTC-USDT","kind":"trade","event_time":` of each, one behind the other.
    private(set) var tradeHeads: [UInt8] = []
    private(set) var headEnds: [Int] = []

    /// Names in frames of which nobody knew for certain which market they are.
    private var doubts: [DoubtfulName] = []

    /// How much of the base one contract is, of series whose quantities count contracts.
    private var contractSizes: [SeriesID: ContractSize] = [:]

    package init() {}

    /// From here on the quantities of a series count contracts of this size.
    mutating func count(_ id: SeriesID, inContractsOf size: ContractSize) { contractSizes[id] = size }

    /// How much of the base one contract is; nil where quantities are in the base.
    @inline(__always)
    func contractSize(_ id: SeriesID) -> ContractSize? { contractSizes.isEmpty ? nil : contractSizes[id] }

    /// Notes a name that could not be split for certain.
    mutating func doubt(_ name: DoubtfulName) { doubts.append(name) }

    /// The doubtful names that were met since the last call, each at most once for each decoder.
    package mutating func takeDoubts() -> [DoubtfulName] {
        defer { doubts = [] }
        return doubts
    }

    /// Number of series.
    package var count: Int { all.count }

    package subscript(id: SeriesID) -> Series { all[Int(id.index)] }

    /// The number of `series`, given out at its first mention.
    package mutating func intern(_ series: Series) -> SeriesID {
        if let known = ids[series] { return known }
        let id = SeriesID(index: Int32(all.count))
        ids[series] = id
        let series = Series(source: sourcePrefix + series.source, symbol: series.symbol)
        all.append(series)
        var head = JSONWriter(reservingBytes: 96)
        head.beginObject()
        head.field("source", series.source)
        head.field("symbol", series.symbol)
        head.field("kind", "trade")
        head.key("event_time")
        tradeHeads += head.bytes
        headEnds.append(tradeHeads.count)
        return id
    }

    /// The number of `series`, nil when it was never mentioned.
    package func id(of series: Series) -> SeriesID? { ids[series] }

    /// Where the head of a trade of `id` lies in `tradeHeads`.
    func headRange(_ id: SeriesID) -> Range<Int> {
        let index = Int(id.index)
        return (index == 0 ? 0 : headEnds[index - 1])..<headEnds[index]
    }
}
