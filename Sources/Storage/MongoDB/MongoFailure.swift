internal import CMongoC

/// An error of libmongoc, and what follows from it.
struct MongoFailure: Error, Equatable, Sendable {
    let domain: UInt32
    let code: Int
    let message: String

    init(_ error: bson_error_t) {
        domain = error.domain
        code = Int(error.code)
        message = withUnsafeBytes(of: error.message) { raw in
            String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
        }
    }

    /// One of a bulk's write errors.
    init(serverCode: Int, message: String) {
        domain = MONGOC_ERROR_SERVER.rawValue
        code = serverCode
        self.message = message
    }

    enum Verdict: Equatable {
        /// Wait and do it again.
        case away
        /// Credentials or rights.
        case denied
        /// The document is what is wrong.
        case refused
        /// 11000.
        case duplicate
        /// May be the document or the server: ask the server by writing something that is surely right.
        case doubtful
    }

    var verdict: Verdict {
        switch domain {
        case MONGOC_ERROR_SERVER.rawValue, MONGOC_ERROR_WRITE_CONCERN.rawValue, MONGOC_ERROR_QUERY.rawValue:
            return MongoFailure.verdict(serverCode: code)
        case MONGOC_ERROR_CLIENT.rawValue where code == Int(MONGOC_ERROR_CLIENT_AUTHENTICATE.rawValue): return .denied
        case MONGOC_ERROR_BSON.rawValue: return .refused
        case MONGOC_ERROR_COMMAND.rawValue: return .doubtful
        default: return .away  // stream, server selection, protocol, pool: the connection, not the document
        }
    }

    /// *Source*: mongodb/mongo `src/mongo/base/error_codes.yml`; the retriable ones also in "Retryable Writes" of the
    /// driver specifications.
    static func verdict(serverCode: Int) -> Verdict {
        switch serverCode {
        case 11000, 11001, 12582: .duplicate
        case 11, 13, 18, 33, 334: .denied  // UserNotFound, Unauthorized, AuthenticationFailed, …
        // HostUnreachable, HostNotFound, LockTimeout, LockBusy, ExceededTimeLimit, WriteConcernFailed,
        // NetworkTimeout, shutdowns, elections, WriteConflict, OutOfDiskSpace, and the like.
        case 6, 7, 24, 46, 50, 63, 64, 79, 89, 91, 100, 112, 133, 134, 150, 189, 202, 234, 262, 290, 317, 384, 402,
            9001,
            10058, 10107, 11600, 11602, 13388, 13435, 13436, 14031, 16500:
            .away
        // FailedToParse, TypeMismatch, InvalidBSON, DottedFieldName, DollarPrefixedFieldName,
        // CannotIndexParallelArrays, DocumentValidationFailure, BSONObjectTooLarge, and the like.
        case 9, 14, 22, 52, 55, 56, 57, 121, 171, 10334, 16755, 17280, 17419, 17420: .refused
        // 1 InternalError is how FerretDB says that its own database is gone; 2 BadValue may be either.
        default: .doubtful
        }
    }

    func fault(_ operation: String) -> StoreFault { StoreFault(operation, code: code, message) }

    /// The failure as the store's caller sees it, where the document is not to blame.
    ///
    /// - Parameter credentialsWorked: whether this process has been let in before. A server that cannot reach its own
    ///   storage refuses to authenticate too, with the same code as for a wrong password: who was let in once waits,
    ///   who never was is told to look.
    func storeError(_ operation: String, credentialsWorked: Bool) -> StoreError {
        let isAuthentication = domain == MONGOC_ERROR_CLIENT.rawValue
        guard verdict == .denied, !(isAuthentication && credentialsWorked) else { return .away(fault(operation)) }
        return .fatal(
            fault(operation), mend: "check user, password and authSource in the URI, and the user's role (readWrite)")
    }
}
