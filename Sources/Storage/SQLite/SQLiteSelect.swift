import CryptoCore

/// The SQL of one page: the rows of a query between two times, behind a cursor if there is one.
///
/// Parameters: 1 source, 2 symbol, 3 from, 4 to, 5 and 6 the cursor's time and `_id`, 7 the limit, then the filters' values.
/// Columns: time, `_id`, then the query's.
struct SQLiteSelect {
    /// How rows are found.
    enum Path {
        /// By whatever index the table has.
        case index
        /// Ticks that lie by time: by `tick_times`.
        case tickTimes
        /// Ticks or predictions that lie by time: by going through those of all series.
        case scan
        /// Gaps among ticks that lie by time.
        case gaps
    }

    let query: StoreQuery
    let path: Path
    let hasCursor: Bool

    func text(_ connection: SQLiteConnection) -> String {
        """
        SELECT \(time), t._id\(query.columns.map { ", \(expression($0.name, connection))" }.joined())
        FROM \(rows) WHERE \(conditions(connection).joined(separator: " AND "))
        ORDER BY \(order.map { isDescending ? "\($0) DESC" : $0 }.joined(separator: ", ")) LIMIT ?7
        """
    }

    private var isDescending: Bool { query.order == .newestFirst }

    /// A column that the file has not yet is null in all its rows.
    private func expression(_ column: String, _ connection: SQLiteConnection) -> String {
        connection.hasColumn(column, in: query.table.name.description) ? "t.\"\(column)\"" : "NULL"
    }

    private var rows: String {
        switch path {
        case .index, .scan: "\(query.table.name) AS t"
        case .gaps: "ticks AS t INDEXED BY ticks_gaps"
        case .tickTimes:
            """
            tick_times AS i CROSS JOIN ticks AS t
            ON t.event_time = i.event_time AND t.source = i.source AND t.symbol = i.symbol
            """
        }
    }

    /// What time, source and symbol are taken from.
    private var outer: String { path == .tickTimes ? "i" : "t" }
    private var time: String { "\(outer).\(query.table.timeName)" }

    private var order: [String] {
        switch path {
        case .index, .tickTimes, .gaps: [time, "t._id"]
        case .scan: [time, "t.source", "t.symbol", "t._id"]
        }
    }

    private func conditions(_ connection: SQLiteConnection) -> [String] {
        var found = ["\(time) >= ?3", "\(time) < ?4"]
        if query.series != nil { found += ["\(outer).source = ?1", "\(outer).symbol = ?2"] }
        if hasCursor {
            found.append(isDescending ? "(\(time) < ?5 OR t._id < ?6)" : "(\(time) > ?5 OR t._id > ?6)")
        }
        for (i, filter) in query.filters.enumerated() {
            found.append("\(expression(filter.column, connection)) = ?\(8 + i)")
        }
        // Literally as the index on gaps says it.
        if path == .gaps { found.append("t.kind = 'gap'") }
        // The key of windows has the type before the time.
        if query.table == .windows, !query.filters.contains(where: { $0.column == "type" }) {
            found.append("t.type IN ('\(WindowType.tumbling)', '\(WindowType.sliding)')")
        }
        return found
    }

    /// Binds everything but the limit.
    func bind(_ times: (from: Int64, to: Int64), _ cursor: StoreCursor?, to statement: SQLiteStatement) {
        if let series = query.series {
            statement.bind(copyingText: series.source, at: 1)
            statement.bind(copyingText: series.symbol, at: 2)
        }
        statement.bind(times.from, at: 3)
        statement.bind(times.to, at: 4)
        if let cursor {
            statement.bind(cursor.time, at: 5)
            statement.bind(copyingText: String(decoding: cursor.id, as: UTF8.self), at: 6)
        }
        for (i, filter) in query.filters.enumerated() {
            let index = Int32(8 + i)
            switch filter.value {
            case .text(let text): statement.bind(copyingText: text, at: index)
            case .integer(let number): statement.bind(number, at: index)
            case .bool(let flag): statement.bind(flag ? 1 as Int64 : 0, at: index)
            }
        }
    }
}
