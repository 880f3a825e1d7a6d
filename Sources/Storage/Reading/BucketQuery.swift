internal import CryptoCore

/// A column of numbers to be summed up for each bucket of time.
package struct BucketQuery: Equatable, Sendable {
    /// The rows; their order and limit do not matter.
    package let rows: StoreQuery
    package let column: ReadColumn
    /// Ms of a bucket; buckets begin at multiples of it, before 1970 too.
    package let widthMs: Int64
    /// Buckets at most: the oldest are given then, and the next call begins where the last of them ends.
    package var limit = 100_000

    /// - Throws: `.badQuery` for a column that is not of numbers, or a width under 1 ms or over a thousand years.
    package init(_ rows: StoreQuery, column: String, widthMs: Int64) throws(StoreError) {
        let resolved = try ReadColumn(column, in: rows.table)
        guard resolved.type == .real || resolved.type == .integer else {
            throw .badQuery("\(rows.table.name).\(column) is no number")
        }
        guard 1...31_557_600_000_000 ~= widthMs else { throw .badQuery("a bucket of \(widthMs) ms") }
        self.rows = rows
        self.column = resolved
        self.widthMs = widthMs
    }

    /// The start of the bucket that holds a time.
    func start(of time: Int64) -> Int64 {
        let rest = time % widthMs
        let start =
            rest < 0 ? time.subtractingReportingOverflow(rest &+ widthMs) : time.subtractingReportingOverflow(rest)
        return start.overflow ? .min : start.partialValue
    }
}

/// What the values of a column were in a bucket, rows without a value aside.
package struct Bucket: BitwiseCopyable, Equatable, Sendable {
    /// Its first ms.
    package let start: Int64
    package internal(set) var count: Int64
    /// By time, ties by `_id`.
    package internal(set) var first: Double
    package internal(set) var last: Double
    package internal(set) var min: Double
    package internal(set) var max: Double
    package internal(set) var sum: Double
}

/// Sums up rows that come in the order of their time.
struct BucketFold {
    private let query: BucketQuery
    private(set) var buckets: [Bucket] = []
    /// What the sum of the open bucket lacks.
    private var correction = 0.0

    init(_ query: BucketQuery) { self.query = query }

    /// Whether there are as many buckets as wanted, and the last of them is whole.
    private(set) var isDone = false

    mutating func add(_ value: Double, at time: Int64) {
        let start = query.start(of: time)
        guard let open = buckets.indices.last, buckets[open].start == start else {
            settle()
            if buckets.count >= query.limit { return isDone = true }
            return buckets.append(
                Bucket(start: start, count: 1, first: value, last: value, min: value, max: value, sum: value))
        }
        buckets[open].count &+= 1
        buckets[open].last = value
        buckets[open].min = Swift.min(buckets[open].min, value)
        buckets[open].max = Swift.max(buckets[open].max, value)
        // *Source*: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974.
        let sum = buckets[open].sum
        let total = sum + value
        correction += abs(sum) >= abs(value) ? (sum - total) + value : (value - total) + sum
        buckets[open].sum = total
    }

    /// - Returns: the buckets, once all rows were added.
    mutating func finish() -> [Bucket] {
        settle()
        return buckets
    }

    private mutating func settle() {
        if let open = buckets.indices.last, correction.isFinite { buckets[open].sum += correction }
        correction = 0
    }
}

extension StoreReader {
    /// Sums up in this process, page by page: for a store that is a part of it.
    func foldedBuckets(_ query: BucketQuery) throws(StoreError) -> [Bucket] {
        var rows = try query.rows.reading([query.rows.table.timeName, query.column.name])
        rows.order = .oldestFirst
        rows.limit = 20_000
        var fold = BucketFold(query)
        var page = RowPage()
        repeat {
            try read(rows, after: page.cursor, into: &page)
            for row in 0..<page.count {
                if let value = page.real(row, 1), let time = page.integer(row, 0) { fold.add(value, at: time) }
            }
        } while page.hasMore && !fold.isDone
        return fold.finish()
    }
}
