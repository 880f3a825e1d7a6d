internal import CSQLite
package import CryptoCore
internal import System

/// Reads an SQLite file on a connection of its own that cannot write.
///
/// A page is one read transaction, so it sees one state of the file and is over before `read` returns: the log can always be
/// emptied between two pages, however slowly they are asked for.
package final class SQLiteStoreReader: StoreReader {
    private let connection: SQLiteConnection
    private let path: String
    package let identity: StoreIdentity?
    /// Prepared for the queries asked so far, by their SQL.
    private var statements: [String: SQLiteStatement] = [:]
    private static let maximumStatements = 64

    /// - Parameter busyTimeoutMs: how long a lock is waited for (another program recovers the log, say).
    /// - Throws: `.missing` where there is no file, or nothing in it; `.fatal` when it is no store, or a newer version's;
    ///   `.away` while it is locked.
    package init(path: String, busyTimeoutMs: Int32 = 5000) throws(StoreError) {
        guard FileMark(path: path) != nil else { throw .missing("there is no file \(path)") }
        self.path = path
        connection = try SQLiteConnection(path: path, readOnly: true, busyTimeoutMs: busyTimeoutMs)
        do throws(StoreError) {
            try SQLiteSchema.checkLayout(connection, path)
        } catch .away(let fault) where fault.code & 0xFF == Int(SQLITE_CANTOPEN) {
            throw .fatal(fault, mend: "let this user write in the folder of \(path), where the log's files are")
        }
        identity = try SQLiteStoreReader.identity(connection, path)
    }

    /// - Throws: `.missing` for a file without tables, `.fatal` when the tables are not ours.
    private static func identity(_ connection: SQLiteConnection, _ path: String) throws(StoreError) -> StoreIdentity? {
        guard try connection.prepare("SELECT count(*) FROM sqlite_schema").integer() != 0 else {
            throw .missing("\(path) is empty")
        }
        let columns = [("ticks", "_id"), ("windows", "_id"), ("ticks", "event_time"), ("windows", "window_start")]
        guard columns.allSatisfy({ connection.hasColumn($0.1, in: $0.0) }) else {
            throw .fatal(StoreFault("open", "\(path) is no store of ours"), mend: "name the file that a sink writes")
        }
        guard connection.hasTable("store") else { return nil }
        return try SQLiteIdentity.read(connection)
    }

    package func check() throws(StoreError) {
        if connection.hasMoved { throw .replaced("\(path) was deleted, moved or replaced") }
    }

    // MARK: Size

    package var byteCount: Int64? {
        let counts = [path, "\(path)-wal"].map { (try? FileStamp(path: $0))?.count ?? 0 }
        return Int64(counts.reduce(0, +))
    }

    /// By the largest row number: rows that were deleted are the oldest or few. Tables without row numbers would have to be counted.
    package func approximateCount(of table: Table) throws(StoreError) -> Int64? {
        let name = table.name.description
        guard connection.hasTable(name), connection.hasColumn("rowid", in: name) else { return nil }
        try check()
        return try statement("SELECT coalesce(max(rowid) - min(rowid) + 1, 0) FROM \(name)").integer()
    }

    // MARK: Rows

    package func read(
        _ query: StoreQuery, after cursor: StoreCursor?, into page: inout RowPage
    ) throws(StoreError) {
        page.begin(query, after: cursor)
        guard connection.hasTable(query.table.name.description) else { return }
        try check()
        do throws(StoreError) {
            try snapshot { () throws(StoreError) in
                for part in try parts(query, after: cursor) where !page.isFull(query) {
                    try read(query, part, after: cursor, into: &page)
                }
            }
        } catch {
            page.begin(query, after: cursor)
            throw error
        }
        page.end(query)
    }

    /// SQLite is a part of this process: its rows go no way to be summed up. `GROUP BY` would find first and last by window
    /// functions only, in three times the time, and in one long read.
    package func buckets(_ query: BucketQuery) throws(StoreError) -> [Bucket] { try foldedBuckets(query) }

    private typealias Part = (path: SQLiteSelect.Path, from: Int64, to: Int64)

    /// How the rows are found, in the order of the query.
    private func parts(_ query: StoreQuery, after cursor: StoreCursor?) throws(StoreError) -> [Part] {
        let isNewestFirst = query.order == .newestFirst
        var (from, to) = (query.from, query.to)
        if let cursor, isNewestFirst, cursor.time < to { to = cursor.time + 1 }
        if let cursor, !isNewestFirst { from = max(from, cursor.time) }
        if from >= to { return [] }
        guard SQLiteSchema.isByTime(query.table, on: connection) else { return [(.index, from, to)] }
        guard query.table == .ticks else { return [(.scan, from, to)] }
        if query.wantsGaps { return [(.gaps, from, to)] }
        let mark = min(max(from, try tickTimesMark()), to)
        let parts: [Part] = [(.tickTimes, from, mark), (.scan, mark, to)].filter { $0.1 < $0.2 }
        return isNewestFirst ? parts.reversed() : parts
    }

    /// Ticks before this time are in `tick_times`.
    private func tickTimesMark() throws(StoreError) -> Int64 {
        guard connection.hasTable("tick_times_until") else { return .min }
        return try statement("SELECT event_time FROM tick_times_until").integer() ?? .min
    }

    private func read(
        _ query: StoreQuery, _ part: Part, after cursor: StoreCursor?, into page: inout RowPage
    ) throws(StoreError) {
        let select = SQLiteSelect(query: query, path: part.path, hasCursor: cursor != nil)
        let statement = try statement(select.text(connection))
        select.bind((part.from, part.to), cursor, to: statement)
        statement.bind(Int64(query.limit - page.count), at: 7)
        try statement.forEachRow(while: { row in
            page.append(row)
            return !page.isFull(query)
        })
    }

    /// Runs `body` in one read transaction.
    private func snapshot(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        _ = try statement("BEGIN").run()
        do throws(StoreError) { try body() } catch {
            if !connection.isIdle { try? connection.execute("ROLLBACK") }
            throw error
        }
        _ = try statement("COMMIT").run()
    }

    private func statement(_ sql: String) throws(StoreError) -> SQLiteStatement {
        if let known = statements[sql] { return known }
        if statements.count >= SQLiteStoreReader.maximumStatements { statements.removeAll() }
        let prepared = try connection.prepare(sql)
        statements[sql] = prepared
        return prepared
    }

    // MARK: Series

    package func series(in table: Table) throws(StoreError) -> [Series] {
        guard table.hasSeries, connection.hasTable(table.name.description) else { return [] }
        try check()
        var found: Set<Series> = []
        try snapshot { () throws(StoreError) in
            guard SQLiteSchema.isByTime(table, on: connection) else {
                return try search(table.name.description, &found)
            }
            let isIndexed = table == .ticks && connection.hasTable("tick_times")
            if isIndexed { try search("tick_times", &found) }
            let newest = try statement("SELECT DISTINCT source, symbol FROM \(table.name) WHERE \(table.timeName) >= ?")
            newest.bind(isIndexed ? try tickTimesMark() : .min, at: 1)
            try newest.forEachRow { found.insert(Series(source: $0.text(at: 0), symbol: $0.text(at: 1))) }
        }
        return found.sorted { ($0.source, $0.symbol) < ($1.source, $1.symbol) }
    }

    /// Goes from series to series by the table's index. (Of `(source, symbol) > (?, ?)` SQLite would search the source only.)
    private func search(_ table: String, _ found: inout Set<Series>) throws(StoreError) {
        let symbol = try statement(
            "SELECT source, symbol FROM \(table) WHERE source = ?1 AND symbol > ?2 ORDER BY symbol LIMIT 1")
        let source = try statement(
            "SELECT source, symbol FROM \(table) WHERE source > ?1 ORDER BY source, symbol LIMIT 1")
        func first(_ statement: SQLiteStatement, after series: Series) throws(StoreError) -> Series? {
            var next: Series?
            statement.bind(copyingText: series.source, at: 1)
            statement.bind(copyingText: series.symbol, at: 2)
            try statement.forEachRow { next = Series(source: $0.text(at: 0), symbol: $0.text(at: 1)) }
            return next
        }
        var last = Series(source: "", symbol: "")
        while true {
            var next = try first(symbol, after: last)
            if next == nil { next = try first(source, after: last) }
            guard let next else { return }
            found.insert(next)
            last = next
        }
    }
}

@available(*, unavailable)
extension SQLiteStoreReader: Sendable {}

extension RowPage {
    /// Appends the row that a statement stands at: time, `_id`, then the columns.
    fileprivate mutating func append(_ row: SQLiteStatement) {
        for i in columns.indices {
            let at = Int32(truncatingIfNeeded: i &+ 2)
            let type = row.type(at: at)
            guard type != SQLITE_NULL else {
                cells.append(.null)
                continue
            }
            switch columns[i].type {
            case .integer: cells.append(.integer(row.integer(at: at)))
            case .real: cells.append(.real(row.real(at: at)))
            case .bool: cells.append(.bool(row.integer(at: at) != 0))
            case .text, .json: cells.append(.text(row.withBytes(at: at) { addText($0) }))
            case .bytes:
                let range = row.withBytes(at: at) { addText($0) }
                cells.append(type == SQLITE_BLOB ? .bytes(range) : .text(range))
            }
        }
        row.withBytes(at: 1) { endRow(time: row.integer(at: 0), id: $0) }
    }
}
