/// The SQL of each table.
enum SQLiteSchema {
    /// Creates the table and its indexes; adds columns that an older file has not.
    static func create(_ table: Table, on connection: SQLiteConnection) throws(StoreError) {
        let columns = table.columns.map { "\"\($0.name)\" \(sqlType($0.type))" }.joined(separator: ", ")
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS \(table.name)
            (_id TEXT PRIMARY KEY NOT NULL, \(columns), inserted_at INTEGER NOT NULL) STRICT
            """)
        for column in table.columns where !connection.hasColumn(column.name.description, in: table.name.description) {
            try connection.execute("ALTER TABLE \(table.name) ADD COLUMN \"\(column.name)\" \(sqlType(column.type))")
        }
        if let time = table.timeColumn {
            try connection.execute(
                """
                CREATE INDEX IF NOT EXISTS \(table.name)_by_series
                ON \(table.name) (source, symbol, \(table.columns[time].name))
                """)
        }
    }

    /// Parameters: `_id`, the columns in order, `inserted_at`.
    static func upsert(_ table: Table) -> String {
        let names = table.columns.map { "\"\($0.name)\"" } + ["inserted_at"]
        let marks = Array(repeating: "?", count: names.count + 1).joined(separator: ", ")
        let insert = "INSERT INTO \(table.name) (_id, \(names.joined(separator: ", "))) VALUES (\(marks))"
        if table.isImmutable { return "\(insert) ON CONFLICT (_id) DO NOTHING" }
        let updates = names.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
        let update = "\(insert) ON CONFLICT (_id) DO UPDATE SET \(updates)"
        guard table == .windows else { return update }
        return update + " WHERE excluded.final OR (NOT windows.final AND excluded.count >= windows.count)"
    }

    /// Parameters: rows looked at, the time before which a row is deleted.
    ///
    /// Only the oldest rows by rowid are looked at, so that a step costs the same however large the table is and no
    /// index on `inserted_at` is needed. A row written again keeps its rowid; it is deleted when its new time is up.
    static func deleteOldest(_ table: Table) -> String {
        """
        DELETE FROM \(table.name) WHERE rowid IN (SELECT rowid FROM \(table.name) ORDER BY rowid LIMIT ?)
        AND inserted_at < ?
        """
    }

    private static func sqlType(_ type: ColumnType) -> String {
        switch type {
        case .integer, .bool: "INTEGER"
        case .real: "REAL"
        case .text, .numbers: "TEXT"
        case .bytes: "ANY"
        }
    }
}
