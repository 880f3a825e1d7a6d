internal import CryptoCore

/// The SQL of each table.
///
/// A commit writes whole pages, so the keys keep what comes together together. `ticks` and `predictions` are clustered by
/// event time: whatever their ids and however many series there are, new ones go to the end of one tree, which also keeps
/// them single. (By series first, or with an index on ids that are random, each tick has a page of its own.) Few rows are
/// added to the other tables; what is written again and again there, the open minutes, changes no key.
///
/// A table that an older version made keeps its key, `_id`, and its indexes.
enum SQLiteSchema {
    /// What `PRAGMA user_version` says of files that this version reads and writes; 0 are those before it was noted. A file
    /// with a higher number is a newer version's.
    static let layout: Int64 = 1

    /// Looks whether the file's layout is one that this version knows.
    /// - Throws: `.fatal` when a newer version made it.
    static func checkLayout(_ connection: SQLiteConnection, _ path: String) throws(StoreError) {
        let found = try connection.prepare("PRAGMA user_version").integer() ?? 0
        guard found > layout else { return }
        let fault = StoreFault("PRAGMA user_version", "\(path) has layout \(found), this version knows \(layout)")
        throw .fatal(fault, mend: "a newer version made it: use that one, or name another file")
    }

    /// Creates the table and its indexes; adds columns that an older file has not.
    static func create(_ table: Table, on connection: SQLiteConnection) throws(StoreError) {
        let columns = table.columns.map { "\"\($0.name)\" \(sqlType($0.type))" }.joined(separator: ", ")
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS \(table.name)
            (_id TEXT NOT NULL, \(columns), inserted_at INTEGER NOT NULL, PRIMARY KEY (\(key(table).joined(separator: ", "))))
            STRICT\(isByTime(table) ? ", WITHOUT ROWID" : "")
            """)
        for column in table.columns where !connection.hasColumn(column.name.description, in: table.name.description) {
            try connection.execute("ALTER TABLE \(table.name) ADD COLUMN \"\(column.name)\" \(sqlType(column.type))")
        }
        if let index = index(table) { try connection.execute("CREATE \(index)") }
    }

    /// Whether the ticks lie in the order of their event time; else an older version made the table.
    static func isByTime(_ connection: SQLiteConnection) -> Bool { isByTime(.ticks, on: connection) }

    /// Whether a file's rows of a table lie in the order of their event time.
    static func isByTime(_ table: Table, on connection: SQLiteConnection) -> Bool {
        isByTime(table) && !connection.hasColumn("rowid", in: table.name.description)
    }

    /// Whether this version makes the table so.
    private static func isByTime(_ table: Table) -> Bool {
        switch table.identity {
        case .tick, .prediction: true
        case .parts, .origin: false
        }
    }

    /// What makes a row one: the same as `_id`. (A trade's id has one event time, and so has a prediction's.)
    private static func key(_ table: Table) -> [String] {
        switch table.identity {
        case .tick, .prediction: ["event_time", "source", "symbol", "_id"]
        case .parts: table.keyColumns.map(\.description)
        case .origin: ["_id"]
        }
    }

    private static func index(_ table: Table) -> String? {
        switch table.identity {
        // Few rows. A gap that is told twice may end at another time.
        case .tick:
            return "UNIQUE INDEX IF NOT EXISTS ticks_gaps ON ticks (source, symbol, gap_from) WHERE kind = 'gap'"
        case .origin:
            guard let time = table.timeColumn else {
                return "INDEX IF NOT EXISTS \(table.name)_by_time ON \(table.name) (inserted_at)"
            }
            let columns = "source, symbol, \(table.columns[time].name)"
            return "INDEX IF NOT EXISTS \(table.name)_by_series ON \(table.name) (\(columns))"
        case .parts, .prediction: return nil
        }
    }

    /// Parameters: `_id`, the columns in order, `inserted_at`.
    ///
    /// What is written again keeps its `inserted_at`, so that rows lie in that order, and its key.
    static func upsert(_ table: Table) -> String {
        let names = table.columns.map { "\"\($0.name)\"" }
        let marks = Array(repeating: "?", count: names.count + 2).joined(separator: ", ")
        let insert = "INSERT INTO \(table.name) (_id, \(names.joined(separator: ", ")), inserted_at) VALUES (\(marks))"
        if table.isImmutable { return "\(insert) ON CONFLICT DO NOTHING" }
        let updates = names.filter { name in !key(table).contains { "\"\($0)\"" == name } }
            .map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        let update = "\(insert) ON CONFLICT DO UPDATE SET \(updates)"
        guard case .provisional(let final, let count) = table.rewriting else { return update }
        let old = table.name
        return "\(update) WHERE excluded.\(final) OR (NOT \(old).\(final) AND excluded.\(count) >= \(old).\(count))"
    }

    private static func sqlType(_ type: FieldType) -> String {
        switch type {
        case .integer, .bool: "INTEGER"
        case .real: "REAL"
        case .text, .json: "TEXT"
        case .bytes: "ANY"
        }
    }
}
