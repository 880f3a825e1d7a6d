internal import CryptoCore

/// The medians of a column by the taker's side.
///
/// With an even number of values a median is the mean of the two in the middle. Up to `SideMedians.exactRows` rows all are
/// used. Above, a sample of as many is: those whose `_id` has the smallest hash. Whether a row is among them has nothing to do
/// with its time, side or value, so the sample is a random one without replacement; and it depends on nothing but the rows, so
/// every store and every call gives the same.
package struct SideMedians: Equatable, Sendable {
    /// Rows up to which all are used, and how many are used of more.
    package static let exactRows = 50_000

    /// One side's.
    package struct Side: Equatable, Sendable {
        /// Nil where no row of the side was used.
        package internal(set) var median: Double?
        /// Rows with a value.
        package internal(set) var rows = 0
        /// Of them those that the median is of.
        package internal(set) var sampled = 0
    }

    package internal(set) var buy = Side()
    package internal(set) var sell = Side()
    /// Rows that do not say their side.
    package internal(set) var unknown = Side()

    package var rows: Int { buy.rows + sell.rows + unknown.rows }
    package var sampled: Int { buy.sampled + sell.sampled + unknown.sampled }
    /// Whether every row was used.
    package var isExact: Bool { sampled == rows }
}

extension StoreReader {
    /// The medians of a column of the ticks that a query finds; its columns, order and limit do not matter.
    ///
    /// *Complexity*: reads every row once, in pages; keeps `exactRows` to twice as many in memory.
    /// - Parameter exactRows: rows up to which all are used, and how many are used of more.
    /// - Throws: `.badQuery` for a table without sides or a column that is not of numbers; `.away`, `.fatal`, `.replaced`.
    package func sideMedians(
        of column: String, _ rows: StoreQuery, exactRows: Int = SideMedians.exactRows
    ) throws(StoreError) -> SideMedians {
        var rows = try rows.reading([column, "side", "_id"])
        guard rows.columns[0].type == .real || rows.columns[0].type == .integer else {
            throw .badQuery("\(rows.table.name).\(column) is no number")
        }
        (rows.order, rows.limit) = (.oldestFirst, 20_000)
        var sample = SideSample(capacity: exactRows)
        try forEachPage(of: rows) { page throws(StoreError) in sample.add(page) }
        return sample.medians()
    }
}

/// The rows with the smallest hashes among those added, and how many there were.
struct SideSample {
    private struct Entry {
        let hash: UInt64
        let value: Double
        let side: UInt8
    }

    private let capacity: Int
    private var entries: [Entry] = []
    /// Whoever's hash is not below is not among the smallest.
    private var bound = UInt64.max
    private var rows = [0, 0, 0]

    init(capacity: Int) {
        self.capacity = capacity
        entries.reserveCapacity(2 * capacity)
    }

    /// Adds rows of value, side and `_id`.
    mutating func add(_ page: borrowing RowPage) {
        for row in 0..<page.count {
            guard let value = page.real(row, 0) else { continue }
            let side: UInt8 = page.equals(row, 1, "buy") ? 0 : page.equals(row, 1, "sell") ? 1 : 2
            add(value, side: side, hash: page.withBytes(row, 2, SideSample.hash) ?? 0)
        }
    }

    mutating func add(_ value: Double, side: UInt8, hash: UInt64) {
        rows[Int(side)] += 1
        guard hash < bound else { return }
        entries.append(Entry(hash: hash, value: value, side: side))
        if entries.count == 2 * capacity { shrink() }
    }

    /// Keeps the smallest.
    private mutating func shrink() {
        guard entries.count > capacity else { return }
        entries.sort { $0.hash < $1.hash }
        bound = entries[capacity].hash
        entries.removeSubrange(capacity...)
    }

    mutating func medians() -> SideMedians {
        shrink()
        var sides: [SideMedians.Side] = []
        for side in 0..<3 as Range<UInt8> {
            var values = entries.filter { $0.side == side }.map(\.value)
            values.sort()
            sides.append(
                SideMedians.Side(
                    median: SideSample.middle(of: values), rows: rows[Int(side)], sampled: values.count))
        }
        return SideMedians(buy: sides[0], sell: sides[1], unknown: sides[2])
    }

    private static func middle(of sorted: [Double]) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let upper = sorted[sorted.count / 2]
        if sorted.count % 2 == 1 { return upper }
        return sorted[sorted.count / 2 - 1] / 2 + upper / 2
    }

    /// FNV-1a over the bytes, mixed by the last steps of SplitMix64: FNV alone leaves the upper bits of short texts alike.
    ///
    /// *Source*: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", 2014.
    static func hash(_ bytes: RawSpan) -> UInt64 {
        var hash = FNV1a(bytes).value
        hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
        return hash ^ (hash >> 31)
    }
}
