package import CryptoCore
internal import Glibc
internal import System

/// Rows in an SQLite file: write-ahead log, a transaction a batch, durable (`synchronous=FULL`) before `write` returns.
///
/// SQLite has no -0.0: it comes back as 0. Times are INTEGER milliseconds, booleans 0 and 1, `averages` a JSON text.
package final class SQLiteStore: Store {
    private let connection: SQLiteConnection
    private let path: String
    private let names: SQLiteIdentity
    /// The database file and its write-ahead log: without one of them the other is no store.
    private let files: [FileMark?]
    package private(set) var identity: StoreIdentity?
    private let tables: [Table]
    private let upserts: [Upsert]
    private var tidying: SQLiteTidying
    /// Nil where ticks have an index by series.
    private(set) var tickTimes: SQLiteTickTimes?
    private var log: SQLiteLog

    /// Opens or creates the file and its tables.
    /// - Parameters:
    ///   - path: of the file; its folder must exist.
    ///   - tables: those that rows may be of.
    ///   - keepMs: rows inserted longer ago are deleted, a few thousand after each batch; 0 keeps all.
    ///   - busyTimeoutMs: how long a lock of another process is waited for before the store counts as away.
    ///   - logLimitBytes: of the write-ahead log; where readers keep it, it is emptied with some waiting.
    /// - Throws: `.away` while it is locked; `.fatal` when it cannot be opened or is no database.
    package init(
        path: String, tables: [Table] = Table.allCases, keepMs: Int64, busyTimeoutMs: Int32 = 5000,
        logLimitBytes: Int64 = 64 << 20
    ) throws(StoreError) {
        self.tables = tables
        connection = try SQLiteConnection(path: path, busyTimeoutMs: busyTimeoutMs)
        self.path = path
        try connection.execute(
            """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA cache_size = -16384;
            PRAGMA wal_autocheckpoint = 4000;
            PRAGMA journal_size_limit = 67108864;
            """)
        try connection.execute("BEGIN IMMEDIATE")
        try SQLiteSchema.checkLayout(connection, path)
        for table in tables { try SQLiteSchema.create(table, on: connection) }
        let isByTime = tables.contains(.ticks) && SQLiteSchema.isByTime(connection)
        if isByTime { try SQLiteTickTimes.create(on: connection) }
        try SQLiteViews.create(on: connection)
        try SQLiteIdentity.create(on: connection)
        try connection.execute("PRAGMA user_version = \(SQLiteSchema.layout); COMMIT")
        names = try SQLiteIdentity(connection)
        identity = try names.read()
        files = SQLiteStore.files(path)
        var upserts: [Upsert] = []
        for table in tables { upserts.append(Upsert(table, try connection.prepare(SQLiteSchema.upsert(table)))) }
        self.upserts = upserts
        tidying = try SQLiteTidying(connection, tables, keepMs: keepMs)
        log = SQLiteLog(connection, path: path, limitBytes: logLimitBytes)
        tickTimes = isByTime ? try SQLiteTickTimes(connection) : nil
    }

    private static func files(_ path: String) -> [FileMark?] { [path, "\(path)-wal"].map { FileMark(path: $0) } }

    package func hasRows() throws(StoreError) -> Bool {
        for table in tables {
            var found = false
            try connection.prepare("SELECT 1 FROM \(table.name) LIMIT 1").forEachRow { _ in found = true }
            if found { return true }
        }
        return false
    }

    package func begin(_ identity: StoreIdentity, holding: [HeldPartition]) throws(StoreError) {
        try transaction { () throws(StoreError) in
            if let first = try names.read() {
                self.identity = first
                return
            }
            try names.insert(identity)
            try names.hold(holding)
            self.identity = identity
        }
    }

    package func held() throws(StoreError) -> [HeldPartition] { try names.held() }

    package func hold(_ partitions: [HeldPartition]) throws(StoreError) {
        try transaction { () throws(StoreError) in try names.hold(partitions) }
    }

    package func check() throws(StoreError) {
        guard connection.hasMoved || SQLiteStore.files(path) != files else { return }
        leave()
        throw .replaced("\(path) was deleted, moved or replaced")
    }

    /// Leaves a file that is elsewhere now: it gets what its write-ahead log holds, and the log goes, or the next
    /// database at the path would take it for its own.
    private func leave() {
        let log = "\(path)-wal"
        guard let mark = FileMark(path: log), mark == files[1] else { return }
        try? connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        unlink(log)
        unlink("\(path)-shm")
    }

    package func write(
        _ batch: borrowing RowBatch, holding: [HeldPartition], now: Int64
    ) throws(StoreError) -> WriteOutcome {
        var outcome = WriteOutcome()
        try transaction { () throws(StoreError) in
            for row in 0..<batch.count {
                if let reason = try write(row, of: batch, now: now) {
                    outcome.rejected.append(RejectedRow(row: row, reason: reason))
                } else if connection.changes > 0 {
                    outcome.take(batch.rows[row].table)
                }
            }
            if outcome.rejected.isEmpty { try names.hold(holding) }
            // With the rows: a commit of its own would be one more to wait for.
            tickTimes?.note(batch)
            if tickTimes?.isDue(taken: outcome.taken[.ticks] ?? 0) == true { try tickTimes?.step() }
        }
        if tidying.isDue(now) { try transaction { () throws(StoreError) in try tidying.step(now) } }
        try log.shorten()
        return outcome
    }

    /// Runs `body` in a transaction, and behind it looks whether the file is still the one that was opened: what is
    /// committed to a file that nobody finds again is lost.
    private func transaction(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        do {
            try connection.execute("BEGIN IMMEDIATE")
            try body()
            try connection.execute("COMMIT")
        } catch {
            // Some errors have rolled back already; a failing ROLLBACK leaves nothing else to do.
            if !connection.isIdle { try? connection.execute("ROLLBACK") }
            try check()
            throw error
        }
        try check()
    }

    private func write(_ row: Int, of batch: borrowing RowBatch, now: Int64) throws(StoreError) -> String? {
        if batch.text.count > StoreLimits.rowBytes, batch.byteCount(row) > StoreLimits.rowBytes {
            return StoreLimits.tooLarge
        }
        let entry = batch.rows[row]
        let upsert = upsert(of: entry.table)
        let statement = upsert.statement
        let reason = try batch.text.withUnsafeBufferPointer { text throws(StoreError) in
            bind(entry, batch.cells, text, to: upsert, now: now)
            return try statement.run()
        }
        if reason != nil, connection.isIdle {
            throw .fatal(
                StoreFault("sqlite3_step", reason ?? ""),
                mend: "a trigger rolls the transaction back: let it abort instead")
        }
        return reason
    }

    private func bind(
        _ entry: Row, _ cells: [Cell], _ text: UnsafeBufferPointer<UInt8>, to upsert: Upsert, now: Int64
    ) {
        func slice(_ range: TextRange) -> UnsafeBufferPointer<UInt8> {
            UnsafeBufferPointer(rebasing: text[range.indices])
        }
        let statement = upsert.statement
        statement.bind(borrowingText: slice(entry.id), at: 1)
        let count = upsert.columnCount
        for i in 0..<count {
            let index = Int32(truncatingIfNeeded: i &+ 2)
            switch cells[entry.firstCell &+ i] {
            case .null: statement.bindNull(at: index)
            case .integer(let number): statement.bind(number, at: index)
            case .real(let number): statement.bind(number, at: index)
            case .bool(let flag): statement.bind(flag ? 1 as Int64 : 0, at: index)
            case .text(let range): statement.bind(borrowingText: slice(range), at: index)
            case .bytes(let range): statement.bind(borrowingBytes: slice(range), at: index)
            }
        }
        statement.bind(now, at: Int32(truncatingIfNeeded: count &+ 2))
    }

    /// The statement that writes a row of a table.
    private struct Upsert {
        let table: Table
        let statement: SQLiteStatement
        let columnCount: Int

        init(_ table: Table, _ statement: SQLiteStatement) {
            self.table = table
            self.statement = statement
            columnCount = table.columns.count
        }
    }

    private func upsert(of table: Table) -> Upsert {
        for upsert in upserts where upsert.table === table { return upsert }
        preconditionFailure("the store has no table \(table)")
    }
}

@available(*, unavailable)
extension SQLiteStore: Sendable {}
