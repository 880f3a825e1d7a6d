internal import CryptoCore

/// Rows as documents of a MongoDB database, an unordered bulk for each collection of a batch.
///
/// Ticks, late ticks and dead letters are inserted, a duplicate `_id` being the same record written before. Trends
/// and final windows replace. A provisional window replaces only what is provisional and counts no more: where
/// something else has its id, the upsert ends in a duplicate key, and that is the answer wanted.
package final class MongoStore: Store {
    private let client: MongoClient
    private let keepMs: Int64
    private let names: MongoIdentity
    package private(set) var identity: StoreIdentity?
    private let tables: [Table]
    private let collections: [MongoCollection]
    private let probe: MongoCollection
    private let encoder: MongoDocument
    /// Rows taken since `write` returned last: those of attempts that threw are told with the one that did not.
    private var taken: [Table: Int] = [:]
    /// How often a row that a healthy server will not take is tried before it is refused.
    private static let attempts = 3
    /// A bulk of at least so many rows none of which was taken is the collection's fault, not the rows'.
    private static let suspiciousRows = 8

    /// Takes a connection and prepares collections and indexes.
    /// - Parameter tables: those that rows may be of.
    /// - Throws: `.away` while the server does not answer, `.fatal` when it does not let us.
    init(pool: MongoPool, tables: [Table] = Table.allCases, keepMs: Int64) throws(StoreError) {
        self.tables = tables
        encoder = MongoDocument(tables)
        client = MongoClient(of: pool)
        self.keepMs = keepMs
        names = MongoIdentity(client)
        // First, so that whoever drops the database behind this line is noticed.
        identity = try names.read()?.identity
        try MongoIndexes.prepare(client, tables, keepMs: keepMs)
        client.noteAnswer()
        collections = tables.map { [client] in client.collection($0.name.description) }
        probe = client.collection("sink_probe")
    }

    // MARK: Identity

    package func hasRows() throws(StoreError) -> Bool {
        var found = false
        for collection in collections where !found {
            do throws(MongoFailure) { try collection.find(BSONDocument(), limit: 1) { _ in found = true } } catch {
                throw client.storeError(error, "find")
            }
        }
        return found
    }

    package func begin(_ identity: StoreIdentity, holding: [HeldPartition]) throws(StoreError) {
        try names.insert(identity, holding)
        // Another writer may have been first.
        guard let first = try names.read() else { throw .replaced(MongoStore.gone) }
        self.identity = first.identity
        try MongoIndexes.prepare(client, tables, keepMs: keepMs)
    }

    package func held() throws(StoreError) -> [HeldPartition] { try names.read()?.held ?? [] }

    package func hold(_ partitions: [HeldPartition]) throws(StoreError) {
        guard let identity, !partitions.isEmpty else { return }
        if try !names.hold(partitions, of: identity) { throw .replaced(MongoStore.gone) }
    }

    package func check() throws(StoreError) {
        if let identity, try names.read()?.identity != identity { throw .replaced(MongoStore.gone) }
    }

    private static let gone = "the database was dropped, or its collection store"

    // MARK: Rows

    package func write(
        _ batch: borrowing RowBatch, holding: [HeldPartition], now: Int64
    ) throws(StoreError) -> WriteOutcome {
        var rejected: [RejectedRow] = []
        for table in tables {
            let rows = batch.rows.indices.filter { batch.rows[$0].table == table }
            if !rows.isEmpty { try write(rows, of: batch, now: now, rejected: &rejected) }
        }
        if rejected.isEmpty { try hold(holding) }
        var outcome = WriteOutcome()
        swap(&outcome.taken, &taken)
        outcome.rejected = rejected.sorted { $0.row < $1.row }
        return outcome
    }

    /// Writes rows of one table.
    private func write(
        _ rows: [Int], of batch: borrowing RowBatch, now: Int64, rejected: inout [RejectedRow]
    ) throws(StoreError) {
        var rows = rows
        for _ in 0..<MongoStore.attempts {
            let result = try send(rows, of: batch, now: now, rejected: &rejected)
            if !result.doubtful.isEmpty {
                if result.done == 0, result.doubtful.count >= MongoStore.suspiciousRows { throw .away(result.fault) }
                try settle(result.doubtful, of: batch, now: now, rejected: &rejected)
            }
            // Two upserts of one id at the same moment: "the operation may fail with a duplicate key error", and is
            // to be tried again.
            rows = result.again
            if rows.isEmpty { return }
        }
        for row in rows { rejected.append(RejectedRow(row: row, reason: "duplicate key in an index that is not ours")) }
    }

    /// Finds out row by row (halving) whether the rows or the server are to blame.
    private func settle(
        _ rows: [Int], of batch: borrowing RowBatch, now: Int64, rejected: inout [RejectedRow]
    ) throws(StoreError) {
        try writeProbe(now: now)
        guard rows.count == 1 else {
            let middle = rows.count / 2
            for half in [Array(rows[..<middle]), Array(rows[middle...])] {
                let result = try send(half, of: batch, now: now, rejected: &rejected)
                let left = result.doubtful + result.again
                if !left.isEmpty { try settle(left, of: batch, now: now, rejected: &rejected) }
            }
            return
        }
        var reason = ""
        for _ in 0..<MongoStore.attempts {
            let result = try send(rows, of: batch, now: now, rejected: &rejected)
            if result.doubtful.isEmpty, result.again.isEmpty { return }
            reason = result.fault.description
            try writeProbe(now: now)
        }
        rejected.append(RejectedRow(row: rows[0], reason: reason))
    }

    /// Writes a document that is surely right.
    /// - Throws: `.away` when the server takes not even that.
    private func writeProbe(now: Int64) throws(StoreError) {
        let id = BSONDocument(json: #"{"_id":"probe"}"#)
        let document = BSONDocument(json: #"{"_id":"probe"}"#)
        document.appendDate(BSONKey("at"), now)
        let bulk = probe.bulk()
        _ = bulk.replace(id, with: document)
        let outcome = bulk.execute()
        if let failure = outcome.failure ?? outcome.failures.first?.failure, failure.verdict != .duplicate {
            throw client.storeError(failure, "update")
        }
    }

    private struct Sent {
        var done = 0
        var doubtful: [Int] = []
        var again: [Int] = []
        var fault = StoreFault("", "")
    }

    /// Sends one bulk and sorts out its answer.
    private func send(
        _ rows: [Int], of batch: borrowing RowBatch, now: Int64, rejected: inout [RejectedRow]
    ) throws(StoreError) -> Sent {
        let table = batch.rows[rows[0]].table
        guard let index = tables.firstIndex(of: table) else {
            preconditionFailure("the store has no collection \(table)")
        }
        let bulk = collections[index].bulk()
        var sent: [Int] = []
        for row in rows {
            if let reason = add(row, of: batch, to: bulk, now: now) {
                rejected.append(RejectedRow(row: row, reason: reason))
            } else {
                sent.append(row)
            }
        }
        if sent.isEmpty { return Sent(done: 1) }
        let outcome = bulk.execute()
        var result = Sent(done: outcome.done)
        taken[table, default: 0] += outcome.done
        let operation = table.isImmutable ? "insert" : "update"
        for (index, failure, isID) in outcome.failures where sent.indices.contains(index) {
            switch failure.verdict {
            case .away, .denied: throw client.storeError(failure, operation)
            case .refused: rejected.append(RejectedRow(row: sent[index], reason: failure.fault(operation).description))
            case .doubtful:
                result.doubtful.append(sent[index])
                result.fault = failure.fault(operation)
            case .duplicate where !isID: result.again.append(sent[index])
            case .duplicate where table.isImmutable || MongoDocument.isProvisional(sent[index], of: batch):
                result.done += 1
            case .duplicate: result.again.append(sent[index])
            }
        }
        if let failure = outcome.failure {
            guard [.refused, .doubtful].contains(failure.verdict) else { throw client.storeError(failure, operation) }
            return Sent(doubtful: sent, fault: failure.fault(operation))
        }
        return result
    }

    /// - Returns: why the row cannot be sent at all; nil when it was added.
    private func add(_ row: Int, of batch: borrowing RowBatch, to bulk: MongoBulk, now: Int64) -> String? {
        if batch.text.count > StoreLimits.rowBytes, batch.byteCount(row) > StoreLimits.rowBytes {
            return StoreLimits.tooLarge
        }
        encoder.read(row, of: batch, now: now)
        if batch.rows[row].table.isImmutable { return bulk.insert(encoder.document) }
        encoder.select(row, of: batch)
        return bulk.replace(encoder.selector, with: encoder.document)
    }
}

@available(*, unavailable)
extension MongoStore: Sendable {}
