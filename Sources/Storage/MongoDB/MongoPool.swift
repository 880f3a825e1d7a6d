internal import CMongoC
internal import CryptoCore
internal import Synchronization

/// Connections to one MongoDB deployment, shared by the stores of all threads.
///
/// Sendable: "mongoc_client_pool_t is the basis for multi-threading in the MongoDB C driver", thread-safe but for its
/// destruction, which happens when the last client has given up its reference.
final class MongoPool: @unchecked Sendable {
    private let raw: OpaquePointer
    let database: String
    /// Whether the server has ever done something for us.
    private let answered = Atomic<Bool>(false)

    /// Socket and server-selection limits of ours where the URI names none: a dead server is noticed before the
    /// group's session or the ten seconds of an orderly stop are over.
    private static let timeouts: [(option: String, ms: Int32)] = [
        ("socketTimeoutMS", 10_000), ("serverSelectionTimeoutMS", 5_000), ("connectTimeoutMS", 5_000),
    ]

    /// The driver's start, once in a process; its messages would go to stderr past our log.
    private static let start: Void = {
        mongoc_init()
        mongoc_log_set_handler(nil, nil)
    }()

    /// What is wrong with a URI; nil when it can be used. It shows no part of a password.
    static func problem(in text: String) -> String? {
        // libmongoc shows a whole password with a colon in it.
        if URICredentials(in: text)?.isEncoded == false { return MongoPool.encode }
        start
        var error = bson_error_t()
        guard let uri = mongoc_uri_new_with_error(text, &error) else {
            return "must be a MongoDB URI: \(MongoFailure(error).message)"
        }
        defer { mongoc_uri_destroy(uri) }
        let concern = mongoc_uri_get_write_concern(uri)
        let isLost = !mongoc_write_concern_is_default(concern) && !mongoc_write_concern_is_acknowledged(concern)
        return isLost ? "must not say w=0, which loses documents" : nil
    }

    private static let encode = """
        must have user and password percent-encoded: write @ as %40, : as %3A, / as %2F, ? as %3F, # as %23, % as %25
        """

    /// - Throws: `.badLocation` for a URI that is wrong, `.away` when DNS does not answer for `mongodb+srv`.
    init(uri text: String) throws(StoreError) {
        if let problem = MongoPool.problem(in: text) { throw .badLocation(problem) }
        var error = bson_error_t()
        guard let uri = mongoc_uri_new_with_error(text, &error) else {
            throw .badLocation(MongoFailure(error).message)
        }
        defer { mongoc_uri_destroy(uri) }
        for (option, ms) in MongoPool.timeouts where !mongoc_uri_has_option(uri, option) {
            mongoc_uri_set_option_as_int32(uri, option, ms)
        }
        MongoPool.preferMajority(uri)
        let database = mongoc_uri_get_database(uri).map { String(cString: $0) } ?? ""
        self.database = database.isEmpty ? "crypto" : database
        guard let pool = mongoc_client_pool_new_with_error(uri, &error) else {
            throw .away(MongoFailure(error).fault("mongoc_client_pool_new"))
        }
        raw = pool
        mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2)
        mongoc_client_pool_set_appname(pool, "cryptostream")
    }

    deinit { mongoc_client_pool_destroy(raw) }

    /// A write counts when a majority has it, unless the URI says otherwise.
    private static func preferMajority(_ uri: OpaquePointer) {
        guard mongoc_write_concern_is_default(mongoc_uri_get_write_concern(uri)) else { return }
        let majority = mongoc_write_concern_new()
        defer { mongoc_write_concern_destroy(majority) }
        mongoc_write_concern_set_wmajority(majority, timeouts[0].ms)
        mongoc_uri_set_write_concern(uri, majority)
    }

    /// Whether the server has ever done something for us: the credentials are right then.
    var hasAnswered: Bool { answered.load(ordering: .relaxed) }
    func noteAnswer() { answered.store(true, ordering: .relaxed) }

    func pop() -> OpaquePointer { mongoc_client_pool_pop(raw) }
    func push(_ client: OpaquePointer) { mongoc_client_pool_push(raw, client) }
}

/// A client of the pool while one store uses it. *Thread*: bound to one.
final class MongoClient {
    private let pool: MongoPool
    private let raw: OpaquePointer

    init(of pool: MongoPool) {
        self.pool = pool
        raw = pool.pop()
    }

    deinit { pool.push(raw) }

    func collection(_ name: String) -> MongoCollection {
        MongoCollection(adopting: mongoc_client_get_collection(raw, pool.database, name), of: self)
    }

    /// Runs a command of the database that writes.
    func run(_ command: BSONDocument) throws(MongoFailure) {
        var error = bson_error_t()
        if !mongoc_client_write_command_with_opts(raw, pool.database, command.raw, nil, nil, &error) {
            throw MongoFailure(error)
        }
        pool.noteAnswer()
    }

    /// Runs a command of the database that reads, where the URI's read preference wants it.
    func read(_ command: BSONDocument) throws(MongoFailure) -> MongoReply {
        var error = bson_error_t()
        let reply = MongoReply()
        if !mongoc_client_read_command_with_opts(raw, pool.database, command.raw, nil, nil, reply.raw, &error) {
            throw MongoFailure(error)
        }
        pool.noteAnswer()
        return reply
    }

    /// The failure as the store's caller sees it.
    func storeError(_ failure: MongoFailure, _ operation: String) -> StoreError {
        failure.storeError(operation, credentialsWorked: pool.hasAnswered)
    }

    func noteAnswer() { pool.noteAnswer() }
}

@available(*, unavailable)
extension MongoClient: Sendable {}
