internal import CryptoCore

/// Rows as documents of a MongoDB database, an unordered bulk for each collection of a batch.
///
/// Ticks, predictions, late ticks and dead letters are inserted, a duplicate `_id` being the same record written before, or of a
/// tick what a prediction began. Trends, scores and final windows replace. A provisional window replaces only what is
/// provisional and counts no more: where something else has its id, the upsert ends in a duplicate key, and that is the
/// answer wanted. What the default model says of a tick is set in the tick's document, too (`MongoDocument+Joining`).
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
            if rows.isEmpty { continue }
            let way: Way = table.isImmutable ? .insert : .replace
            let known = try write(rows, way, of: batch, now: now, rejected: &rejected)
            if table == .ticks {
                let begun = try begun(known, of: batch)
                _ = try write(begun, .complete, of: batch, now: now, rejected: &rejected)
            }
            let refused = Set(rejected.map(\.row))
            let joined = rows.filter { batch.isJoined($0) && !refused.contains($0) }
            _ = try write(joined, .join, of: batch, now: now, rejected: &rejected)
        }
        if rejected.isEmpty { try hold(holding) }
        var outcome = WriteOutcome()
        swap(&outcome.taken, &taken)
        outcome.rejected = rejected.sorted { $0.row < $1.row }
        return outcome
    }

    /// How rows get into a collection.
    private enum Way {
        /// As new documents; where there is one, it stays.
        case insert
        /// In place of what is there, if that may be replaced.
        case replace
        /// Ticks, into the documents that predictions began; a whole one stays.
        case complete
        /// What predictions say, into the documents of their ticks; what is there may stay.
        case join
    }

    /// The ticks among these that are not there as such, but begun by a prediction, or gone meanwhile.
    private func begun(_ rows: [Int], of batch: borrowing RowBatch) throws(StoreError) -> [Int] {
        guard !rows.isEmpty, let index = tables.firstIndex(of: .ticks) else { return [] }
        encoder.findWhole(rows, of: batch)
        var whole: Set<String> = []
        do throws(MongoFailure) {
            try collections[index].find(encoder.selector, limit: 0, projection: #"{"_id":1}"#) { document in
                if let id = BSONIterator(document, at: "_id")?.text { whole.insert(id) }
            }
        } catch { throw client.storeError(error, "find") }
        return rows.filter { !whole.contains(batch.id($0)) }
    }

    /// Writes rows of one table.
    /// - Returns: those of whose `_id` a document was there, where they were to be inserted.
    private func write(
        _ rows: [Int], _ way: Way, of batch: borrowing RowBatch, now: Int64, rejected: inout [RejectedRow]
    ) throws(StoreError) -> [Int] {
        var rows = rows
        var known: [Int] = []
        if rows.isEmpty { return known }
        for _ in 0..<MongoStore.attempts {
            let result = try send(rows, way, of: batch, now: now, rejected: &rejected)
            known += result.known
            if !result.doubtful.isEmpty {
                if result.done == 0, result.doubtful.count >= MongoStore.suspiciousRows { throw .away(result.fault) }
                known += try settle(result.doubtful, way, of: batch, now: now, rejected: &rejected)
            }
            // Two upserts of one id at the same moment: "the operation may fail with a duplicate key error", and is
            // to be tried again.
            rows = result.again
            if rows.isEmpty { return known }
        }
        // Somebody else's prediction is there again and again: it is one that stays.
        if way == .join { return known }
        for row in rows { rejected.append(RejectedRow(row: row, reason: "duplicate key in an index that is not ours")) }
        return known
    }

    /// Finds out row by row (halving) whether the rows or the server are to blame.
    /// - Returns: as `write`.
    private func settle(
        _ rows: [Int], _ way: Way, of batch: borrowing RowBatch, now: Int64, rejected: inout [RejectedRow]
    ) throws(StoreError) -> [Int] {
        try writeProbe(now: now)
        var known: [Int] = []
        guard rows.count == 1 else {
            let middle = rows.count / 2
            for half in [Array(rows[..<middle]), Array(rows[middle...])] {
                let result = try send(half, way, of: batch, now: now, rejected: &rejected)
                known += result.known
                let left = result.doubtful + result.again
                if !left.isEmpty { known += try settle(left, way, of: batch, now: now, rejected: &rejected) }
            }
            return known
        }
        var reason = ""
        for _ in 0..<MongoStore.attempts {
            let result = try send(rows, way, of: batch, now: now, rejected: &rejected)
            if result.doubtful.isEmpty, result.again.isEmpty || way == .join { return result.known }
            reason = result.fault.description
            try writeProbe(now: now)
        }
        rejected.append(RejectedRow(row: rows[0], reason: reason))
        return known
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
        /// Of whose `_id` a document was there, where they were to be inserted.
        var known: [Int] = []
        var doubtful: [Int] = []
        var again: [Int] = []
        var fault = StoreFault("", "")
    }

    /// Sends one bulk and sorts out its answer.
    private func send(
        _ rows: [Int], _ way: Way, of batch: borrowing RowBatch, now: Int64, rejected: inout [RejectedRow]
    ) throws(StoreError) -> Sent {
        let table = batch.rows[rows[0]].table
        guard let index = tables.firstIndex(of: way == .join ? .ticks : table) else {
            preconditionFailure("the store has no collection \(table)")
        }
        let bulk = collections[index].bulk()
        var sent: [Int] = []
        for row in rows {
            let reason = add(row, way, of: batch, to: bulk, now: now)
            if let reason { rejected.append(RejectedRow(row: row, reason: reason)) } else { sent.append(row) }
        }
        if sent.isEmpty { return Sent(done: 1) }
        let outcome = bulk.execute()
        var result = Sent(done: outcome.done)
        // What is set in another row's document is no row more.
        if way != .join { taken[table, default: 0] += outcome.done }
        let operation = way == .insert ? "insert" : "update"
        for (index, failure, isID) in outcome.failures where sent.indices.contains(index) {
            switch failure.verdict {
            case .away, .denied: throw client.storeError(failure, operation)
            case .refused: rejected.append(RejectedRow(row: sent[index], reason: failure.fault(operation).description))
            case .doubtful:
                result.doubtful.append(sent[index])
                result.fault = failure.fault(operation)
            case .duplicate where isID && isAnswer(sent[index], way, of: batch):
                result.done += 1
                if way == .insert { result.known.append(sent[index]) }
            case .duplicate: result.again.append(sent[index])
            }
        }
        if let failure = outcome.failure {
            guard [.refused, .doubtful].contains(failure.verdict) else { throw client.storeError(failure, operation) }
            return Sent(doubtful: sent, fault: failure.fault(operation))
        }
        return result
    }

    /// Whether that a document of this `_id` is there is all that there is to know.
    private func isAnswer(_ row: Int, _ way: Way, of batch: borrowing RowBatch) -> Bool {
        switch way {
        case .insert, .complete: true
        case .replace: MongoDocument.isProvisional(row, of: batch)
        // The tick may have come in between.
        case .join: false
        }
    }

    /// - Returns: why the row cannot be sent at all; nil when it was added.
    private func add(_ row: Int, _ way: Way, of batch: borrowing RowBatch, to bulk: MongoBulk, now: Int64) -> String? {
        if batch.text.count > StoreLimits.rowBytes, batch.byteCount(row) > StoreLimits.rowBytes {
            return StoreLimits.tooLarge
        }
        switch way {
        case .insert:
            encoder.read(row, of: batch, now: now)
            return bulk.insert(encoder.document)
        case .replace:
            encoder.read(row, of: batch, now: now)
            encoder.select(row, of: batch)
            return bulk.replace(encoder.selector, with: encoder.document)
        case .complete:
            encoder.complete(row, of: batch, now: now)
            return bulk.upsert(encoder.selector, with: encoder.document)
        case .join:
            encoder.join(row, of: batch, now: now)
            return bulk.upsert(encoder.selector, with: encoder.document)
        }
    }
}

@available(*, unavailable)
extension MongoStore: Sendable {}
