internal import CSQLite

/// One open database. *Thread*: bound to the thread that opened it.
final class SQLiteConnection {
    private let raw: OpaquePointer
    private let path: String
    private let busyTimeoutMs: Int32
    /// SQLite's own count of its memory, which nobody reads, takes 4 % of the time to write a row. Where something else of this
    /// process was there before, it stays.
    private static let countsMemory = sqlite_shim_count_no_memory() != SQLITE_OK

    /// Opens or creates the file; with `readOnly` it must be there, and stays as it is.
    /// - Throws: `.fatal` when there is no such folder or no right to it, or it is not a database.
    init(path: String, readOnly: Bool = false, busyTimeoutMs: Int32) throws(StoreError) {
        _ = SQLiteConnection.countsMemory
        var opened: OpaquePointer?
        let access = readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        // One thread uses it: SQLite need not lock for us.
        let code = sqlite3_open_v2(path, &opened, access | SQLITE_OPEN_NOMUTEX, nil)
        guard let opened else { throw .away(StoreFault("sqlite3_open_v2", code: Int(code), "no memory")) }
        raw = opened
        self.path = path
        self.busyTimeoutMs = busyTimeoutMs
        sqlite3_extended_result_codes(raw, 1)
        if code & 0xFF == SQLITE_CANTOPEN {
            throw .fatal(fault("sqlite3_open_v2", code), mend: mend)
        }
        try check(code, "sqlite3_open_v2")
        sqlite3_busy_timeout(raw, busyTimeoutMs)
    }

    deinit { sqlite3_close_v2(raw) }

    private var mend: String { "make \(path) and its folder writable for this user, or name another file" }

    /// Whether the database's file is not at its path any more. *Source*: sqlite3.h, `SQLITE_FCNTL_HAS_MOVED`.
    var hasMoved: Bool {
        var answer: Int32 = 0
        return sqlite3_file_control(raw, "main", SQLITE_FCNTL_HAS_MOVED, &answer) == SQLITE_OK && answer != 0
    }

    /// Whether no transaction is open.
    var isIdle: Bool { sqlite3_get_autocommit(raw) != 0 }

    /// Rows that the last statement changed.
    var changes: Int { Int(sqlite3_changes(raw)) }

    /// Runs statements that give no rows, or whose rows do not matter.
    func execute(_ sql: String) throws(StoreError) { try check(sqlite3_exec(raw, sql, nil, nil, nil), "sqlite3_exec") }

    /// Runs `body` with another time to wait for locks.
    func withBusyTimeout(ms: Int32, _ body: () throws(StoreError) -> Void) throws(StoreError) {
        sqlite3_busy_timeout(raw, ms)
        defer { sqlite3_busy_timeout(raw, busyTimeoutMs) }
        try body()
    }

    func prepare(_ sql: String) throws(StoreError) -> SQLiteStatement {
        var statement: OpaquePointer?
        try check(
            sqlite3_prepare_v3(raw, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil), "sqlite3_prepare")
        guard let statement else { preconditionFailure("an SQL text without a statement") }
        return SQLiteStatement(adopting: statement, of: self)
    }

    /// Whether there is such a table, or in this one such a column.
    func hasTable(_ table: String) -> Bool {
        sqlite3_table_column_metadata(raw, nil, table, nil, nil, nil, nil, nil, nil) == SQLITE_OK
    }

    func hasColumn(_ column: String, in table: String) -> Bool {
        sqlite3_table_column_metadata(raw, nil, table, column, nil, nil, nil, nil, nil) == SQLITE_OK
    }

    /// Maps a result code: ok and done pass, the rest is thrown.
    func check(_ code: Int32, _ operation: StaticString) throws(StoreError) {
        switch code & 0xFF {
        case SQLITE_OK, SQLITE_DONE, SQLITE_ROW: return
        case SQLITE_NOTADB:
            throw .fatal(fault(operation, code), mend: "\(path) is no SQLite database: name another file")
        case SQLITE_CORRUPT:
            throw .fatal(fault(operation, code), mend: "\(path) is damaged: restore it, or name another file")
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH:
            throw .fatal(fault(operation, code), mend: mend)
        case SQLITE_ERROR, SQLITE_SCHEMA, SQLITE_MISUSE:
            let mend = "\(path) has tables of another program or version: name another file"
            throw .fatal(fault(operation, code), mend: mend)
        default:  // BUSY, LOCKED, FULL, IOERR, NOMEM, CANTOPEN (no descriptors), PROTOCOL, INTERRUPT: these pass.
            throw .away(fault(operation, code))
        }
    }

    private func fault(_ operation: StaticString, _ code: Int32) -> StoreFault {
        StoreFault(operation.description, code: Int(code), message)
    }

    /// What SQLite says about the last failure.
    var message: String { String(cString: sqlite3_errmsg(raw)) }
}

/// A prepared statement, used again for each row.
final class SQLiteStatement {
    private let raw: OpaquePointer
    private let connection: SQLiteConnection

    init(adopting raw: OpaquePointer, of connection: SQLiteConnection) {
        self.raw = raw
        self.connection = connection
    }

    deinit { sqlite3_finalize(raw) }

    func bind(_ number: Int64, at index: Int32) { sqlite3_bind_int64(raw, index, number) }
    func bind(_ number: Double, at index: Int32) { sqlite3_bind_double(raw, index, number) }
    func bindNull(at index: Int32) { sqlite3_bind_null(raw, index) }

    /// UTF-8 that stays where it is until the statement is reset.
    func bind(borrowingText text: UnsafeBufferPointer<UInt8>, at index: Int32) {
        text.withMemoryRebound(to: CChar.self) { text in
            _ = sqlite3_bind_text64(
                raw, index, text.baseAddress, UInt64(text.count), nil, UInt8(SQLITE_UTF8))
        }
    }

    /// Bytes that stay where they are until the statement is reset.
    func bind(borrowingBytes bytes: UnsafeBufferPointer<UInt8>, at index: Int32) {
        sqlite3_bind_blob64(raw, index, bytes.baseAddress, UInt64(bytes.count), nil)
    }

    /// Runs a query for the first column of its first row; nil where there is none.
    func integer() throws(StoreError) -> Int64? {
        let code = sqlite3_step(raw)
        let number = code == SQLITE_ROW ? sqlite3_column_int64(raw, 0) : nil
        sqlite3_reset(raw)
        try connection.check(code, "sqlite3_step")
        return number
    }

    func bind(copyingText text: String, at index: Int32) {
        var text = text
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)  // SQLITE_TRANSIENT: SQLite copies
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                _ = sqlite3_bind_text64(raw, index, $0.baseAddress, UInt64($0.count), transient, UInt8(SQLITE_UTF8))
            }
        }
    }

    /// Calls `body` with the statement at each of its rows.
    func forEachRow(_ body: (SQLiteStatement) -> Void) throws(StoreError) {
        try forEachRow(while: {
            body($0)
            return true
        })
    }

    /// The same until `body` returns false.
    func forEachRow(while body: (SQLiteStatement) -> Bool) throws(StoreError) {
        defer { sqlite3_reset(raw) }
        while true {
            let code = sqlite3_step(raw)
            guard code == SQLITE_ROW else { return try connection.check(code, "sqlite3_step") }
            if !body(self) { return }
        }
    }

    /// What the value of the row is: `SQLITE_NULL`, `SQLITE_TEXT`, ….
    func type(at column: Int32) -> Int32 { sqlite3_column_type(raw, column) }
    func integer(at column: Int32) -> Int64 { sqlite3_column_int64(raw, column) }
    func real(at column: Int32) -> Double { sqlite3_column_double(raw, column) }
    func text(at column: Int32) -> String { sqlite3_column_text(raw, column).map { String(cString: $0) } ?? "" }

    /// Calls `body` with a text as UTF-8, or with a blob.
    func withBytes<Result>(at column: Int32, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let isText = sqlite3_column_type(raw, column) == SQLITE_TEXT
        let start = isText ? UnsafeRawPointer(sqlite3_column_text(raw, column)) : sqlite3_column_blob(raw, column)
        return body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(raw, column))))
    }

    /// Runs the statement for one row.
    /// - Returns: why the database refuses this row (a constraint, a type, its size); nil when it took it.
    /// - Throws: what is wrong with the database.
    func run() throws(StoreError) -> String? {
        let code = sqlite3_step(raw)
        let message = code == SQLITE_DONE || code == SQLITE_ROW ? nil : connection.message
        sqlite3_reset(raw)
        switch code & 0xFF {
        case SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE: return message
        default:
            try connection.check(code, "sqlite3_step")
            return nil
        }
    }
}

@available(*, unavailable)
extension SQLiteConnection: Sendable {}
@available(*, unavailable)
extension SQLiteStatement: Sendable {}
