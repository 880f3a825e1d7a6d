package import CryptoCore

/// Reads the collections of a MongoDB database.
///
/// No index has the order of time and `_id` ready, and a server that sorts goes through all that a filter finds. So a page is
/// looked for in slices of time, as wide as about two pages were lately; where a slice is empty, the next row is found by
/// halving. That costs the same on MongoDB and on FerretDB, which never takes an order from an index.
package final class MongoStoreReader: StoreReader {
    private let client: MongoClient
    private let names: MongoIdentity
    package let identity: StoreIdentity?
    /// Ms of a slice of each table.
    private var widths: [Table: UInt64] = [:]

    private static let firstWidth: UInt64 = 3_600_000
    private static let widest: UInt64 = 1 << 40
    /// Rows that are sorted and grouped in one command, about.
    private static let groupedRows: Int64 = 50_000

    /// - Throws: `.missing` where the database has nothing of ours, `.fatal` when the server does not let us or a newer
    ///   version made the database, `.away`.
    init(pool: MongoPool) throws(StoreError) {
        client = MongoClient(of: pool)
        names = MongoIdentity(client)
        identity = try names.read()?.identity
        if identity != nil { return }
        for table in Table.allCases {
            if try find(table, BSONDocument(), MongoStoreReader.one, { _ in }) > 0 { return }
        }
        throw .missing("the database \(pool.database) holds no store")
    }

    private static var one: BSONDocument { BSONDocument(json: #"{"limit":1,"projection":{"_id":1}}"#) }

    package func check() throws(StoreError) {
        if let identity, try names.read()?.identity != identity {
            throw .replaced("the database was dropped, or its collection store")
        }
    }

    // MARK: Size

    /// A server's disk is its own affair.
    package var byteCount: Int64? { nil }

    /// As the collection's metadata has it.
    package func approximateCount(of table: Table) throws(StoreError) -> Int64? {
        let command = BSONDocument()
        command.append("count", text: table.name.description)
        do throws(MongoFailure) { return try client.read(command).integer("n") } catch {
            throw client.storeError(error, "count")
        }
    }

    // MARK: Rows

    package func read(
        _ query: StoreQuery, after cursor: StoreCursor?, into page: inout RowPage
    ) throws(StoreError) {
        page.begin(query, after: cursor)
        do throws(StoreError) { try fill(&page, query, after: cursor) } catch {
            page.begin(query, after: cursor)
            throw error
        }
        page.end(query)
    }

    private func fill(_ page: inout RowPage, _ query: StoreQuery, after cursor: StoreCursor?) throws(StoreError) {
        let select = MongoSelect(query: query)
        let decoder = MongoRowDecoder(query)
        var rest = select.span(after: cursor)
        var width = widths[query.table] ?? MongoStoreReader.firstWidth
        while !rest.isEmpty {
            let (slice, behind) = rest.cut(width, query.order)
            let before = page.count
            let limit = query.limit - before
            let isAtCursor = cursor.map { slice.from <= $0.time && $0.time < slice.to } ?? false
            let filter = select.filter(slice, after: isAtCursor ? cursor : nil)
            try find(query.table, filter, select.options(limit: limit)) {
                if !page.isFull(query) { decoder.append($0, to: &page) }
            }
            if page.isFull(query) { break }
            rest = behind
            if page.count == before { rest = try skipEmpty(rest, select, width) }
            if (page.count - before) * 2 < limit { width = min(width * 2, MongoStoreReader.widest) }
        }
        if page.count == query.limit, let first = page.firstTime {
            width = min(max(2 * UInt64(bitPattern: abs(page.lastTime &- first)), 1_000), MongoStoreReader.widest)
        }
        widths[query.table] = width
    }

    /// Cuts off what is empty at the start of a stretch, by halving.
    /// - Returns: a stretch that begins not more than `width` before its first row; empty when it has none.
    private func skipEmpty(
        _ span: TimeSpan, _ select: MongoSelect, _ width: UInt64, having value: ReadColumn? = nil
    ) throws(StoreError) -> TimeSpan {
        func hasRows(_ span: TimeSpan) throws(StoreError) -> Bool {
            try find(select.query.table, select.filter(span, having: value), MongoStoreReader.one) { _ in } > 0
        }
        var rest = span
        guard !rest.isEmpty, try hasRows(rest) else { return TimeSpan(from: 0, to: 0) }
        var searched = rest
        while searched.width > width {
            let (near, far) = searched.cut(searched.width / 2, select.query.order)
            if try hasRows(near) {
                searched = near
                continue
            }
            searched = far
            if select.query.order == .oldestFirst { rest.from = far.from } else { rest.to = far.to }
        }
        return rest
    }

    /// - Returns: how many documents there were.
    @discardableResult
    private func find(
        _ table: Table, _ filter: BSONDocument, _ options: BSONDocument, _ body: (OpaquePointer) -> Void
    ) throws(StoreError) -> Int {
        var count = 0
        do throws(MongoFailure) {
            try client.collection(table.name.description).find(filter, options: options) {
                count += 1
                body($0)
            }
        } catch {
            throw client.storeError(error, "find")
        }
        return count
    }

    // MARK: Buckets

    package func buckets(_ query: BucketQuery) throws(StoreError) -> [Bucket] {
        var rows = query.rows
        rows.order = .oldestFirst
        let select = MongoSelect(query: rows)
        var found: [Bucket] = []
        var rest = select.span(after: nil)
        var width = max(MongoStoreReader.firstWidth, UInt64(query.widthMs))
        while !rest.isEmpty, found.count < query.limit {
            let (slice, behind) = rest.cut(untilBucketEnd(width, query, from: rest.from), .oldestFirst)
            let slices = try group(query, select, slice, limit: query.limit - found.count)
            found += slices
            rest = behind
            let count = slices.reduce(0) { $0 + $1.count }
            if count == 0 {
                rest = try skipEmpty(rest, select, width, having: query.column)
                if !rest.isEmpty { rest.from = max(query.start(of: rest.from), behind.from) }
            }
            if count < MongoStoreReader.groupedRows / 2 { width = min(width * 2, MongoStoreReader.widest) }
            if count > MongoStoreReader.groupedRows * 2 { width = max(width / 2, UInt64(query.widthMs)) }
        }
        return found
    }

    /// At least `width` from here to where a bucket ends.
    private func untilBucketEnd(_ width: UInt64, _ query: BucketQuery, from: Int64) -> UInt64 {
        let bucket = UInt64(query.widthMs)
        let buckets = max(1, width / bucket) * bucket
        return buckets - UInt64(bitPattern: from &- query.start(of: from))
    }

    private func group(
        _ query: BucketQuery, _ select: MongoSelect, _ span: TimeSpan, limit: Int
    ) throws(StoreError) -> [Bucket] {
        var found: [Bucket] = []
        let iterator = BSONIterator()
        do throws(MongoFailure) {
            let collection = client.collection(query.rows.table.name.description)
            try collection.aggregate(select.pipeline(query, span, limit: limit)) { document in
                if let bucket = Bucket(document, iterator) { found.append(bucket) }
            }
        } catch {
            throw client.storeError(error, "aggregate")
        }
        return found
    }

    // MARK: Series

    package func series(in table: Table) throws(StoreError) -> [Series] {
        guard table.hasSeries else { return [] }
        var found: [Series] = []
        for source in try distinct("source", in: table, BSONDocument()).sorted() {
            let filter = BSONDocument()
            filter.append("source", text: source)
            found += try distinct("symbol", in: table, filter).sorted().map { Series(source: source, symbol: $0) }
        }
        return found
    }

    private func distinct(_ field: String, in table: Table, _ filter: BSONDocument) throws(StoreError) -> [String] {
        let command = BSONDocument()
        command.append("distinct", text: table.name.description)
        command.append("key", text: field)
        command.append("query", filter)
        do throws(MongoFailure) { return try client.read(command).texts("values") } catch {
            throw client.storeError(error, "distinct")
        }
    }
}

@available(*, unavailable)
extension MongoStoreReader: Sendable {}

extension Bucket {
    /// Nil for a document that is no bucket.
    fileprivate init?(_ document: OpaquePointer, _ iterator: BSONIterator) {
        guard let start = BSONIterator(document, at: "_id")?.integer, iterator.enter(document) else { return nil }
        self.init(start: start, count: 0, first: 0, last: 0, min: 0, max: 0, sum: 0)
        while iterator.next() {
            switch iterator.key {
            case "count": count = iterator.integer
            case "first": first = iterator.real
            case "last": last = iterator.real
            case "min": min = iterator.real
            case "max": max = iterator.real
            case "sum": sum = iterator.real
            default: break
            }
        }
    }
}
