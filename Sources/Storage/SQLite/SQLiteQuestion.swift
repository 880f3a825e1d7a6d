internal import CSQLite
internal import CryptoCore
internal import System

/// One statement of a stranger's, answered by a connection that is opened for it and closed behind it.
///
/// The file is opened for reading, `query_only` is set, and an authorizer refuses everything but looking into the store's tables. SQLite's
/// heap limit would need its count of memory, which this process switches off; what sorts and groups beyond a few MB lies in
/// temporary files instead. *Source*: sqlite.org/security.html.
final class SQLiteQuestion {
    private let raw: OpaquePointer
    private let limits: QuestionLimits
    private let watch: SQLiteWatch

    /// Bytes of a value, a row or a text on its way: a function that compares two long texts cannot be interrupted.
    private static let valueBytes: Int32 = 256 << 10
    /// Instructions between two looks at the clock.
    private static let stepsALook: Int32 = 2_000

    /// - Throws: `.store` where the file cannot be read.
    init(
        path: String, _ limits: QuestionLimits, while isWanted: @escaping @Sendable () -> Bool
    ) throws(QuestionFault) {
        // Says in words what is wrong with a file.
        do throws(StoreError) { _ = try SQLiteStoreReader(path: path) } catch { throw .store(error) }
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil)
        guard let opened else { throw .store(.away(StoreFault("sqlite3_open_v2", code: Int(code), "no memory"))) }
        raw = opened
        self.limits = limits
        watch = SQLiteWatch(timeMs: limits.timeMs, while: isWanted)
        guard code == SQLITE_OK else {
            throw .store(.away(StoreFault("sqlite3_open_v2", code: Int(code), message)))
        }
        sqlite3_busy_timeout(raw, 1_000)
        let settings = "PRAGMA query_only = 1; PRAGMA temp_store = FILE; PRAGMA cache_size = -8192"
        sqlite3_exec(raw, settings, nil, nil, nil)
        let bounds: [(Int32, Int32)] = [
            (SQLITE_LIMIT_LENGTH, SQLiteQuestion.valueBytes), (SQLITE_LIMIT_SQL_LENGTH, 100_000),
            (SQLITE_LIMIT_EXPR_DEPTH, 100), (SQLITE_LIMIT_COMPOUND_SELECT, 50), (SQLITE_LIMIT_COLUMN, 200),
            (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100), (SQLITE_LIMIT_ATTACHED, 0), (SQLITE_LIMIT_WORKER_THREADS, 0),
            (SQLITE_LIMIT_VDBE_OP, 100_000), (SQLITE_LIMIT_FUNCTION_ARG, 50),
        ]
        for (bound, value) in bounds { sqlite3_limit(raw, bound, value) }
        sqlite3_set_authorizer(raw, authorize, nil)
        sqlite3_progress_handler(
            raw, SQLiteQuestion.stepsALook,
            { context in
                guard let context else { return 1 }
                return Unmanaged<SQLiteWatch>.fromOpaque(context).takeUnretainedValue().isOver ? 1 : 0
            }, Unmanaged.passUnretained(watch).toOpaque())
    }

    deinit { sqlite3_close_v2(raw) }

    func answer(_ sql: String) throws(QuestionFault) -> StoreAnswer {
        let statement = try prepare(sql)
        defer { sqlite3_finalize(statement) }
        var answer = StoreAnswer()
        let count = sqlite3_column_count(statement)
        for i in 0..<count {
            answer.columns.append(sqlite3_column_name(statement, i).map { String(cString: $0) } ?? "")
        }
        while true {
            let code = sqlite3_step(statement)
            if code == SQLITE_DONE { return answer }
            guard code == SQLITE_ROW else { throw fault(code) }
            guard answer.rows.count < limits.rows else { break }
            let row = (0..<count).map { value(statement, $0, &answer) }
            if !answer.add(row, limits) { break }
        }
        answer.isTruncated = true
        return answer
    }

    /// The one statement of a text.
    private func prepare(_ sql: String) throws(QuestionFault) -> OpaquePointer {
        guard sql.utf8.count <= QuestionLimits.questionBytes else {
            throw .refused("a question has at most \(QuestionLimits.questionBytes) bytes: shorten it")
        }
        guard !sql.utf8.contains(0) else { throw .refused("a NUL ends the question: leave it out") }
        let (first, rest) = try compile(sql[...])
        guard let first else { throw .refused("there is no statement: write SELECT …") }
        // What follows may be blank, or comments, which make no statement.
        var tail = rest
        while !tail.isEmpty {
            let (other, behind): (OpaquePointer?, Substring)
            do throws(QuestionFault) { (other, behind) = try compile(tail) } catch {
                sqlite3_finalize(first)
                throw .refused("one statement at a time: leave out what follows the first semicolon")
            }
            guard other == nil else {
                sqlite3_finalize(other)
                sqlite3_finalize(first)
                throw .refused("one statement at a time: leave out what follows the first semicolon")
            }
            tail = behind.utf8.count < tail.utf8.count ? behind : ""
        }
        guard sqlite3_stmt_readonly(first) != 0, sqlite3_column_count(first) > 0 else {
            sqlite3_finalize(first)
            throw .refused("the store is only read here: write one SELECT")
        }
        return first
    }

    private func compile(_ sql: Substring) throws(QuestionFault) -> (OpaquePointer?, Substring) {
        var statement: OpaquePointer?
        var used = 0
        let bytes = Array(sql.utf8) + [0]
        let code = bytes.withUnsafeBytes { raw in
            let start = raw.assumingMemoryBound(to: CChar.self).baseAddress
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v2(self.raw, start, Int32(raw.count), &statement, &tail)
            if let tail, let start { used = tail - start }
            return code
        }
        guard code == SQLITE_OK else { throw fault(code) }
        let end = min(used, bytes.count - 1)
        return (statement, Substring(String(decoding: bytes[end..<bytes.count - 1], as: UTF8.self)))
    }

    private func value(_ statement: OpaquePointer, _ column: Int32, _ answer: inout StoreAnswer) -> StoreAnswer.Value {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(statement, column))
        case SQLITE_FLOAT:
            let number = sqlite3_column_double(statement, column)
            return number.isFinite ? .real(number) : .null
        case SQLITE_TEXT:
            let start = UnsafeRawPointer(sqlite3_column_text(statement, column))
            let count = Int(sqlite3_column_bytes(statement, column))
            return answer.text(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count), limits)
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(statement, column)
            let count = start == nil ? 0 : Int(sqlite3_column_bytes(statement, column))
            let kept = min(count, limits.cellBytes * 3 / 4)
            if kept < count { answer.isTruncated = true }
            var text = Array("base64:".utf8)
            Base64.encode(UnsafeRawBufferPointer(start: start, count: kept).bytes, to: &text)
            return .text(String(decoding: text, as: UTF8.self))
        default: return .null
        }
    }

    private var message: String { String(cString: sqlite3_errmsg(raw)) }

    private func fault(_ code: Int32) -> QuestionFault {
        switch code & 0xFF {
        case SQLITE_INTERRUPT: return watch.isTooLate ? .tooSlow(ms: limits.timeMs) : .notWanted
        case SQLITE_AUTH: return .refused("\(message): only a SELECT from the store's tables is answered here")
        case SQLITE_TOOBIG:
            return .refused("\(message): no value of a question may exceed \(SQLiteQuestion.valueBytes >> 10) KiB")
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_NOTADB, SQLITE_CORRUPT, SQLITE_FULL:
            return .store(.away(StoreFault("sqlite3_step", code: Int(code), message)))
        default: return .refused(message)
        }
    }
}

@available(*, unavailable)
extension SQLiteQuestion: Sendable {}

/// Decides what a statement of a stranger may do: SELECT, read columns, call functions that stay within the database, recurse.
///
/// *Source*: sqlite.org/c3ref/set_authorizer.html.
private func authorize(
    _ context: UnsafeMutableRawPointer?, _ action: Int32, _ first: UnsafePointer<CChar>?,
    _ second: UnsafePointer<CChar>?, _ database: UnsafePointer<CChar>?, _ view: UnsafePointer<CChar>?
) -> Int32 {
    func name(_ text: UnsafePointer<CChar>?) -> String { text.map { String(cString: $0).lowercased() } ?? "" }
    let isAllowed =
        switch action {
        case SQLITE_SELECT, SQLITE_RECURSIVE: true
        case SQLITE_READ: !foreignTables.contains(name(first)) && !name(first).hasPrefix("pragma_")
        case SQLITE_FUNCTION: !foreignFunctions.contains(name(second))
        default: false
        }
    return isAllowed ? SQLITE_OK : SQLITE_DENY
}

/// Tables that are made of the file's pages or of the connection's state: none of them is the store's.
private let foreignTables: Set<String> = ["sqlite_dbpage", "dbstat", "sqlite_stmt", "bytecode", "tables_used"]

/// Functions that reach out of the database, two that make large values of nothing, and two that count to a billion within one
/// instruction, which cannot be interrupted (`printf('%.*c', 999999999, 'x')`).
private let foreignFunctions: Set<String> = [
    "load_extension", "readfile", "writefile", "edit", "fts3_tokenizer", "sqlite_log", "zeroblob", "randomblob",
    "printf", "format",
]

/// When a statement has to end. *Thread*: bound to the one that runs the statement.
final class SQLiteWatch {
    private let clock = SystemClock()
    private let endMs: Int64
    private let isWanted: () -> Bool

    init(timeMs: Int64, while isWanted: @escaping () -> Bool) {
        endMs = clock.monotonicMs() + timeMs
        self.isWanted = isWanted
    }

    var isTooLate: Bool { clock.monotonicMs() >= endMs }
    var isOver: Bool { isTooLate || !isWanted() }
}

@available(*, unavailable)
extension SQLiteWatch: Sendable {}
