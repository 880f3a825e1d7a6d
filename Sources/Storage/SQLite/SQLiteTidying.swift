internal import CryptoCore

/// `--keep`: deletes rows that were inserted too long ago, in steps of some thousand rows.
///
/// A step costs the same however large the tables are, and no index on `inserted_at` is needed. Where rows lie in the
/// order in which they were inserted (by rowid), it looks at the oldest. Ticks and predictions lie in the order of their event time:
/// steps go through those that are old enough, and begin anew at the end, so that an old day that was replayed today
/// does not hide what lies behind it.
struct SQLiteTidying {
    private let connection: SQLiteConnection
    private let keepMs: Int64
    private let oldest: [SQLiteStatement]
    private var sweeps: [Sweep]
    private var nextMs = Int64.min

    /// Rows of each table that a step looks at.
    private static let rows: Int64 = 5000
    /// Time between steps when nothing is overdue.
    private static let everyMs: Int64 = 60_000
    /// How far an event time may be ahead of its arrival.
    private static let aheadMs: Int64 = 60_000

    /// - Parameter keepMs: 0 keeps all.
    init(_ connection: SQLiteConnection, _ tables: [Table], keepMs: Int64) throws(StoreError) {
        self.connection = connection
        self.keepMs = keepMs
        var oldest: [SQLiteStatement] = []
        sweeps = []
        for table in tables {
            if let time = table.timeColumn, SQLiteSchema.isByTime(table, on: connection) {
                sweeps.append(try Sweep(table, time: table.columns[time].name, connection))
            } else {
                oldest.append(
                    try connection.prepare(
                        """
                        DELETE FROM \(table.name)
                        WHERE rowid IN (SELECT rowid FROM \(table.name) ORDER BY rowid LIMIT ?) AND inserted_at < ?
                        """))
            }
        }
        self.oldest = oldest
    }

    /// Whether it is time for a step.
    func isDue(_ now: Int64) -> Bool { keepMs > 0 && now >= nextMs }

    /// Takes a step, within a transaction.
    mutating func step(_ now: Int64) throws(StoreError) {
        var isBehind = false
        for statement in oldest {
            statement.bind(SQLiteTidying.rows, at: 1)
            statement.bind(now - keepMs, at: 2)
            _ = try statement.run()
            if connection.changes == SQLiteTidying.rows { isBehind = true }
        }
        for i in sweeps.indices where try !sweeps[i].step(insertedBefore: now - keepMs) { isBehind = true }
        nextMs = isBehind ? now : now + SQLiteTidying.everyMs
    }

    /// Goes through a table that lies in the order of time.
    private struct Sweep {
        /// The time behind so many rows.
        private let end: SQLiteStatement
        /// Deletes between two times.
        private let delete: SQLiteStatement
        /// Where the next step begins.
        private var from = Int64.min

        init(_ table: Table, time: StaticString, _ connection: SQLiteConnection) throws(StoreError) {
            end = try connection.prepare(
                "SELECT \(time) FROM \(table.name) WHERE \(time) >= ? ORDER BY \(time) LIMIT 1 OFFSET ?")
            delete = try connection.prepare(
                "DELETE FROM \(table.name) WHERE \(time) >= ? AND \(time) < ? AND inserted_at < ?")
        }

        /// - Returns: whether it went through all that may be old enough.
        mutating func step(insertedBefore ms: Int64) throws(StoreError) -> Bool {
            self.end.bind(from, at: 1)
            self.end.bind(SQLiteTidying.rows, at: 2)
            let limit = ms + SQLiteTidying.aheadMs
            var end = min(try self.end.integer() ?? limit, limit)
            // More rows than a step's may have the same time.
            if end == from { end += 1 }
            delete.bind(from, at: 1)
            delete.bind(end, at: 2)
            delete.bind(ms, at: 3)
            _ = try delete.run()
            from = end < limit ? end : .min
            return from == .min
        }
    }
}
