internal import CryptoCore

/// `--keep`: deletes rows that were inserted too long ago, in steps of some thousand rows.
///
/// A step costs the same however large the tables are, and no index on `inserted_at` is needed. Where rows lie in the
/// order in which they were inserted (by rowid), it looks at the oldest. Ticks lie in the order of their event time:
/// steps go through those that are old enough, and begin anew at the end, so that an old day that was replayed today
/// does not hide what lies behind it.
struct SQLiteTidying {
    private let connection: SQLiteConnection
    private let keepMs: Int64
    private let oldest: [SQLiteStatement]
    /// The event time behind so many rows; deletes between two event times. Nil where ticks have rowids.
    private let sweep: (end: SQLiteStatement, delete: SQLiteStatement)?
    /// Where the next step over the ticks begins.
    private var from = Int64.min
    private var nextMs = Int64.min

    /// Rows of each table that a step looks at.
    private static let rows: Int64 = 5000
    /// Time between steps when nothing is overdue.
    private static let everyMs: Int64 = 60_000
    /// How far a tick's event time may be ahead of its arrival.
    private static let aheadMs: Int64 = 60_000

    /// - Parameter keepMs: 0 keeps all.
    init(_ connection: SQLiteConnection, _ tables: [Table], keepMs: Int64) throws(StoreError) {
        self.connection = connection
        self.keepMs = keepMs
        let isByTime = tables.contains(.ticks) && SQLiteSchema.isByTime(connection)
        var oldest: [SQLiteStatement] = []
        for table in tables where table != .ticks || !isByTime {
            oldest.append(
                try connection.prepare(
                    """
                    DELETE FROM \(table.name) WHERE rowid IN (SELECT rowid FROM \(table.name) ORDER BY rowid LIMIT ?)
                    AND inserted_at < ?
                    """))
        }
        self.oldest = oldest
        sweep =
            isByTime
            ? (
                try connection.prepare(
                    "SELECT event_time FROM ticks WHERE event_time >= ? ORDER BY event_time LIMIT 1 OFFSET ?"),
                try connection.prepare(
                    "DELETE FROM ticks WHERE event_time >= ? AND event_time < ? AND inserted_at < ?")
            ) : nil
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
        if try !sweepTicks(insertedBefore: now - keepMs) { isBehind = true }
        nextMs = isBehind ? now : now + SQLiteTidying.everyMs
    }

    /// - Returns: whether it went through all that may be old enough.
    private mutating func sweepTicks(insertedBefore ms: Int64) throws(StoreError) -> Bool {
        guard let sweep else { return true }
        sweep.end.bind(from, at: 1)
        sweep.end.bind(SQLiteTidying.rows, at: 2)
        let limit = ms + SQLiteTidying.aheadMs
        var end = min(try sweep.end.integer() ?? limit, limit)
        // More rows than a step's may have the same time.
        if end == from { end += 1 }
        sweep.delete.bind(from, at: 1)
        sweep.delete.bind(end, at: 2)
        sweep.delete.bind(ms, at: 3)
        _ = try sweep.delete.run()
        from = end < limit ? end : .min
        return from == .min
    }
}
