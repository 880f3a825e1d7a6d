internal import CMongoC

/// One collection through one client. *Thread*: the client's.
final class MongoCollection {
    private let raw: OpaquePointer
    private let client: MongoClient
    private let unordered = BSONDocument(json: #"{"ordered":false}"#)

    init(adopting raw: OpaquePointer, of client: MongoClient) {
        self.raw = raw
        self.client = client
    }

    deinit { mongoc_collection_destroy(raw) }

    /// An empty bulk whose items go on where one fails.
    func bulk() -> MongoBulk {
        MongoBulk(adopting: mongoc_collection_create_bulk_operation_with_opts(raw, unordered.raw), of: self)
    }

    /// Calls `body` with each document that a filter finds, as the primary has it.
    /// - Parameters:
    ///   - limit: 0 for all.
    ///   - projection: which fields, as JSON; all where it is empty.
    func find(
        _ filter: BSONDocument, limit: Int, projection: String = "{}", _ body: (OpaquePointer) -> Void
    ) throws(MongoFailure) {
        let primary = mongoc_read_prefs_new(MONGOC_READ_PRIMARY)
        defer { mongoc_read_prefs_destroy(primary) }
        let options = BSONDocument(json: #"{"limit":\#(limit),"projection":\#(projection)}"#)
        try forEach(mongoc_collection_find_with_opts(raw, filter.raw, options.raw, primary), body)
    }

    /// The same with options (projection, sort, limit), as the URI's read preference wants it.
    func find(_ filter: BSONDocument, options: BSONDocument, _ body: (OpaquePointer) -> Void) throws(MongoFailure) {
        try forEach(mongoc_collection_find_with_opts(raw, filter.raw, options.raw, nil), body)
    }

    /// Calls `body` with each document that a pipeline, `{"pipeline": […]}`, makes.
    func aggregate(_ pipeline: BSONDocument, _ body: (OpaquePointer) -> Void) throws(MongoFailure) {
        // Before MongoDB 6 a server sorts no more than 100 MB otherwise.
        let options = BSONDocument(json: #"{"allowDiskUse": true}"#)
        try forEach(mongoc_collection_aggregate(raw, MONGOC_QUERY_NONE, pipeline.raw, options.raw, nil), body)
    }

    private func forEach(_ cursor: OpaquePointer?, _ body: (OpaquePointer) -> Void) throws(MongoFailure) {
        defer { mongoc_cursor_destroy(cursor) }
        var document: OpaquePointer?
        while mongoc_cursor_next(cursor, &document) {
            if let document { body(document) }
        }
        var error = bson_error_t()
        if mongoc_cursor_error(cursor, &error) { throw MongoFailure(error) }
        client.noteAnswer()
    }

    /// Name, single key field (nil when compound) and time to live of each index; none when there is no such
    /// collection.
    func indexes() throws(MongoFailure) -> [(name: String, field: String?, expireAfterSeconds: Int64?)] {
        let cursor = mongoc_collection_find_indexes_with_opts(raw, nil)
        defer { mongoc_cursor_destroy(cursor) }
        var found: [(name: String, field: String?, expireAfterSeconds: Int64?)] = []
        var document: OpaquePointer?
        while mongoc_cursor_next(cursor, &document) {
            guard let document else { break }
            let name = BSONIterator(document, at: "name")?.text ?? ""
            let field = BSONIterator(document, at: "key")?.onlyKey
            found.append((name, field, BSONIterator(document, at: "expireAfterSeconds")?.integer))
        }
        var error = bson_error_t()
        if mongoc_cursor_error(cursor, &error) { throw MongoFailure(error) }
        return found
    }
}

/// Inserts and replacements that travel together. Used once.
final class MongoBulk {
    private let raw: OpaquePointer
    private let collection: MongoCollection
    private let upsert = BSONDocument(json: #"{"upsert":true}"#)

    /// What became of a bulk's items.
    struct Outcome {
        /// Items that were written or found written.
        var done = 0
        /// Items that failed, by their index.
        var failures: [(index: Int, failure: MongoFailure, isID: Bool)] = []
        /// What stopped the bulk as a whole.
        var failure: MongoFailure?
    }

    init(adopting raw: OpaquePointer, of collection: MongoCollection) {
        self.raw = raw
        self.collection = collection
    }

    deinit { mongoc_bulk_operation_destroy(raw) }

    /// - Returns: why libmongoc will not send the document; nil when it was added.
    func insert(_ document: BSONDocument) -> String? {
        var error = bson_error_t()
        return mongoc_bulk_operation_insert_with_opts(raw, document.raw, nil, &error)
            ? nil : MongoFailure(error).message
    }

    /// Replaces what `selector` finds, or inserts.
    /// - Returns: why libmongoc will not send the document; nil when it was added.
    func replace(_ selector: BSONDocument, with document: BSONDocument) -> String? {
        var error = bson_error_t()
        return mongoc_bulk_operation_replace_one_with_opts(raw, selector.raw, document.raw, upsert.raw, &error)
            ? nil : MongoFailure(error).message
    }

    /// Changes what `selector` finds; `done` counts what it found.
    /// - Returns: why libmongoc will not send the document; nil when it was added.
    func update(_ selector: BSONDocument, with change: BSONDocument) -> String? {
        var error = bson_error_t()
        return mongoc_bulk_operation_update_one_with_opts(raw, selector.raw, change.raw, nil, &error)
            ? nil : MongoFailure(error).message
    }

    /// The same, or inserts what the selector and the change make together.
    /// - Returns: why libmongoc will not send the document; nil when it was added.
    func upsert(_ selector: BSONDocument, with change: BSONDocument) -> String? {
        var error = bson_error_t()
        return mongoc_bulk_operation_update_one_with_opts(raw, selector.raw, change.raw, upsert.raw, &error)
            ? nil : MongoFailure(error).message
    }

    /// Sends the items and waits for the answer.
    func execute() -> Outcome {
        var error = bson_error_t()
        let reply = MongoReply()
        let server = mongoc_bulk_operation_execute(raw, reply.raw, &error)
        var outcome = Outcome()
        for count in ["nInserted", "nMatched", "nUpserted"] { outcome.done += Int(reply.integer(count) ?? 0) }
        if server != 0 { return outcome }
        outcome.failures = reply.writeErrors
        if let failure = reply.writeConcernError {
            outcome.failure = failure
        } else if outcome.failures.isEmpty || error.domain != MONGOC_ERROR_SERVER.rawValue {
            outcome.failure = MongoFailure(error)
        }
        return outcome
    }
}

@available(*, unavailable)
extension MongoCollection: Sendable {}
@available(*, unavailable)
extension MongoBulk: Sendable {}
