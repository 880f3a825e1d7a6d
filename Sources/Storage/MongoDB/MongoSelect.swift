import CryptoCore

/// A stretch of time, half-open, ms.
struct TimeSpan: Equatable {
    var from: Int64
    var to: Int64

    var isEmpty: Bool { from >= to }
    /// Ms; a stretch of 2^64 does not exist.
    var width: UInt64 { isEmpty ? 0 : UInt64(bitPattern: to &- from) }

    /// Its first or last `width` ms, at most all of it, and what remains.
    func cut(_ width: UInt64, _ order: StoreQuery.Order) -> (near: TimeSpan, rest: TimeSpan) {
        let width = Int64(bitPattern: min(width, self.width))
        switch order {
        case .oldestFirst: return (TimeSpan(from: from, to: from &+ width), TimeSpan(from: from &+ width, to: to))
        case .newestFirst: return (TimeSpan(from: to &- width, to: to), TimeSpan(from: from, to: to &- width))
        }
    }
}

/// The commands of one query: filter, projection and sort.
struct MongoSelect {
    let query: StoreQuery

    /// The stretch of time that the query still wants.
    func span(after cursor: StoreCursor?) -> TimeSpan {
        var span = TimeSpan(from: query.from, to: query.to)
        guard let cursor else { return span }
        switch query.order {
        case .oldestFirst: span.from = max(span.from, cursor.time)
        case .newestFirst: if cursor.time < span.to { span.to = cursor.time + 1 }
        }
        return span
    }

    /// - Parameter value: a column that must have a number.
    func filter(_ span: TimeSpan, after cursor: StoreCursor? = nil, having value: ReadColumn? = nil) -> BSONDocument {
        let filter = BSONDocument()
        if let series = query.series {
            filter.append("source", text: series.source)
            filter.append("symbol", text: series.symbol)
        }
        let times = BSONDocument()
        appendTime("$gte", span.from, to: times)
        appendTime("$lt", span.to, to: times)
        filter.append(query.table.timeName, times)
        for (column, value) in query.filters.map({ ($0.column, $0.value) }) {
            switch value {
            case .text(let text): filter.append(column, text: text)
            case .integer(let number): filter.append(column, number)
            case .bool(let flag): filter.append(column, flag)
            }
        }
        if let value { filter.append(value.name, BSONDocument(json: #"{"$type":"number"}"#)) }
        if let ids = gapIDs { filter.append("_id", ids) }
        if let cursor { filter.append("$or", array: behind(cursor)) }
        return filter
    }

    /// Gaps are few among the ticks of a series, and the index on `_id` has them side by side, as `<series>:gap:<gap_from>`.
    private var gapIDs: BSONDocument? {
        guard query.table == .ticks, let series = query.series, query.wantsGaps else { return nil }
        let ids = BSONDocument()
        ids.append("$gte", text: "\(series):gap:")
        ids.append("$lt", text: "\(series):gap;")  // the character behind the colon
        return ids
    }

    /// Behind the cursor's time, or at it with an `_id` behind the cursor's.
    private func behind(_ cursor: StoreCursor) -> [BSONDocument] {
        let operation = query.order == .oldestFirst ? "$gt" : "$lt"
        let times = BSONDocument()
        appendTime(operation, cursor.time, to: times)
        let later = BSONDocument()
        later.append(query.table.timeName, times)
        let ids = BSONDocument()
        ids.append(operation, text: String(decoding: cursor.id, as: UTF8.self))
        let same = BSONDocument()
        appendTime(query.table.timeName, cursor.time, to: same)
        same.append("_id", ids)
        return [later, same]
    }

    /// `inserted_at` is a date, the other times are integers.
    private func appendTime(_ key: String, _ ms: Int64, to document: BSONDocument) {
        if query.table.timeColumn == nil { document.appendDate(key, ms) } else { document.append(key, ms) }
    }

    func options(limit: Int) -> BSONDocument {
        let options = BSONDocument()
        let projection = BSONDocument()
        for name in Set(query.columns.map(\.name) + ["_id", query.table.timeName]) {
            projection.append(name, 1 as Int64)
        }
        options.append("projection", projection)
        options.append("sort", sort)
        options.append("limit", Int64(limit))
        options.append("batchSize", Int64(limit))
        return options
    }

    private var sort: BSONDocument {
        let direction: Int64 = query.order == .oldestFirst ? 1 : -1
        let sort = BSONDocument()
        sort.append(query.table.timeName, direction)
        sort.append("_id", direction)
        return sort
    }

    /// Groups the rows of a stretch by bucket; `_id` is a bucket's start.
    func pipeline(_ buckets: BucketQuery, _ span: TimeSpan, limit: Int) -> BSONDocument {
        let match = BSONDocument()
        match.append("$match", filter(span, having: buckets.column))
        // Fewer bytes to sort; MongoDB would find that out by itself.
        let fields = BSONDocument(json: "{\"$project\":{\"\(query.table.timeName)\":1,\"\(buckets.column.name)\":1}}")
        let order = BSONDocument()
        order.append("$sort", sort)
        let time = query.table.timeColumn == nil ? #"{"$toLong":"$inserted_at"}"# : "\"$\(query.table.timeName)\""
        let width = buckets.widthMs
        // The remainder of a time before 1970 is negative.
        let rest = #"{"$mod":[{"$add":[{"$mod":[\#(time),\#(width)]},\#(width)]},\#(width)]}"#
        let value = "\"$\(buckets.column.name)\""
        let group = BSONDocument(
            json: """
                {"$group":{"_id":{"$subtract":[\(time),\(rest)]},"count":{"$sum":1},"first":{"$first":\(value)},
                "last":{"$last":\(value)},"min":{"$min":\(value)},"max":{"$max":\(value)},"sum":{"$sum":\(value)}}}
                """)
        let pipeline = BSONDocument()
        pipeline.append(
            "pipeline",
            array: [
                match, fields, order, group, BSONDocument(json: #"{"$sort":{"_id":1}}"#),
                BSONDocument(json: #"{"$limit":\#(limit)}"#),
            ])
        return pipeline
    }
}
