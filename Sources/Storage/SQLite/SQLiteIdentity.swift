/// The tables `store` (one row: who the store is) and `store_offsets` (what it holds of each partition).
struct SQLiteIdentity {
    private let connection: SQLiteConnection
    private let name: SQLiteStatement
    private let all: SQLiteStatement
    private let upsert: SQLiteStatement

    /// Creates the tables.
    static func create(on connection: SQLiteConnection) throws(StoreError) {
        try connection.execute(
            """
            CREATE TABLE IF NOT EXISTS store (id TEXT NOT NULL, prefix TEXT NOT NULL) STRICT;
            CREATE TABLE IF NOT EXISTS store_offsets
            (cluster TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
            last INTEGER NOT NULL, newest INTEGER NOT NULL, PRIMARY KEY (cluster, topic, partition))
            STRICT, WITHOUT ROWID;
            """)
    }

    init(_ connection: SQLiteConnection) throws(StoreError) {
        self.connection = connection
        name = try connection.prepare(SQLiteIdentity.query)
        all = try connection.prepare("SELECT cluster, topic, partition, next, last, newest FROM store_offsets")
        upsert = try connection.prepare(
            """
            INSERT INTO store_offsets (cluster, topic, partition, next, last, newest) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET next = excluded.next, last = excluded.last, newest = excluded.newest
            """)
    }

    private static let query = "SELECT id, prefix FROM store LIMIT 1"

    func read() throws(StoreError) -> StoreIdentity? { try SQLiteIdentity.read(name) }

    /// The identity of a file that is only read.
    static func read(_ connection: SQLiteConnection) throws(StoreError) -> StoreIdentity? {
        try read(connection.prepare(query))
    }

    private static func read(_ name: SQLiteStatement) throws(StoreError) -> StoreIdentity? {
        var found: StoreIdentity?
        try name.forEachRow { found = StoreIdentity(id: $0.text(at: 0), prefix: $0.text(at: 1)) }
        return found
    }

    /// Within a transaction.
    func insert(_ identity: StoreIdentity) throws(StoreError) {
        let insert = try connection.prepare("INSERT INTO store (id, prefix) VALUES (?, ?)")
        insert.bind(copyingText: identity.id, at: 1)
        insert.bind(copyingText: identity.prefix, at: 2)
        _ = try insert.run()
    }

    func held() throws(StoreError) -> [HeldPartition] {
        var found: [HeldPartition] = []
        try all.forEachRow { row in
            found.append(
                HeldPartition(
                    cluster: row.text(at: 0), topic: row.text(at: 1), partition: Int32(clamping: row.integer(at: 2)),
                    next: row.integer(at: 3), last: row.integer(at: 4), newestMs: row.integer(at: 5)))
        }
        return found
    }

    /// Within a transaction.
    func hold(_ partitions: [HeldPartition]) throws(StoreError) {
        for held in partitions {
            upsert.bind(copyingText: held.cluster, at: 1)
            upsert.bind(copyingText: held.topic, at: 2)
            upsert.bind(Int64(held.partition), at: 3)
            upsert.bind(held.next, at: 4)
            upsert.bind(held.last, at: 5)
            upsert.bind(held.newestMs, at: 6)
            _ = try upsert.run()
        }
    }
}
