internal import Glibc

/// Keeps the write-ahead log short where somebody always reads.
///
/// SQLite begins the log anew by itself, but only when a commit meets nobody who reads an older state. Readers that ask for page
/// after page may never leave such a moment: a log that has grown past its limit is therefore emptied with some waiting, for
/// the pages under way. Whoever comes meanwhile reads the new state and is in nobody's way. Where one long read holds the log,
/// this is tried again when it has grown by as much once more.
struct SQLiteLog {
    /// How long a write may wait for the readers, which the limit makes rare.
    private static let waitMs: Int32 = 250

    private let connection: SQLiteConnection
    private let path: String
    private let limitBytes: Int64
    private var nextBytes: Int64

    /// - Parameter path: of the database.
    init(_ connection: SQLiteConnection, path: String, limitBytes: Int64) {
        self.connection = connection
        self.path = "\(path)-wal"
        self.limitBytes = limitBytes
        nextBytes = limitBytes
    }

    /// Empties the log if it is too long; outside of a transaction.
    mutating func shorten() throws(StoreError) {
        let bytes = byteCount
        guard bytes > nextBytes else {
            if bytes <= limitBytes { nextBytes = limitBytes }
            return
        }
        nextBytes = bytes + limitBytes
        try connection.withBusyTimeout(ms: SQLiteLog.waitMs) { () throws(StoreError) in
            // Says by a row that it was in vain; that is no failure.
            try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }

    /// 0 where there is no log.
    private var byteCount: Int64 {
        var status = stat()
        return stat(path, &status) == 0 ? Int64(status.st_size) : 0
    }
}
