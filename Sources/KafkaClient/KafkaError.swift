internal import CRdkafka

/// Why a Kafka call failed, by what the caller can do about it.
///
/// `code` is librdkafka's `rd_kafka_resp_err_t`: positive from the broker, negative from the client library itself.
/// *Source*: librdkafka INTRODUCTION.md, "Transactional producer API" and "Fatal errors".
package enum KafkaError: Error, Equatable, Sendable {
    /// The property is unknown, its value does not parse, or it does not fit the others (then `key` is `configuration`).
    case badConfig(key: String, reason: String)
    /// Nothing is decided yet: call again with the same arguments, after a pause.
    case retriable(operation: String, code: Int32, reason: String)
    /// The transaction cannot be committed: abort it, restore what was done in it, go on.
    case abortable(operation: String, code: Int32, reason: String)
    /// The client is of no more use (fenced, or its guarantees are gone): destroy it and let the process exit 1.
    case fatal(operation: String, code: Int32, reason: String)
    /// Anything else: the request was refused, and the same request will be again.
    case failed(operation: String, code: Int32, reason: String)
}

extension KafkaError: CustomStringConvertible {
    /// One line for a log.
    package var description: String {
        switch self {
        case .badConfig(let key, let reason): "bad Kafka configuration: \(key): \(reason)"
        case .retriable(let operation, let code, let reason): "\(operation): \(reason) (\(code), retriable)"
        case .abortable(let operation, let code, let reason): "\(operation): \(reason) (\(code), abortable)"
        case .fatal(let operation, let code, let reason): "\(operation): \(reason) (\(code), fatal)"
        case .failed(let operation, let code, let reason): "\(operation): \(reason) (\(code))"
        }
    }
}

extension KafkaError {
    /// The error that a code stands for, outside transactions.
    init(_ code: rd_kafka_resp_err_t, _ operation: StaticString, reason: String? = nil) {
        let reason = reason ?? String(cString: rd_kafka_err2str(code))
        let name = "\(operation)"
        if KafkaError.fatalCodes.contains(code.rawValue) {
            self = .fatal(operation: name, code: code.rawValue, reason: reason)
        } else if KafkaError.retriableCodes.contains(code.rawValue) {
            self = .retriable(operation: name, code: code.rawValue, reason: reason)
        } else {
            self = .failed(operation: name, code: code.rawValue, reason: reason)
        }
    }

    /// The error that an error object stands for; librdkafka itself classifies those.
    init(borrowing error: OpaquePointer, _ operation: StaticString) {
        let code = rd_kafka_error_code(error)
        let reason = String(cString: rd_kafka_error_string(error))
        let name = "\(operation)"
        if rd_kafka_error_is_fatal(error) != 0 || KafkaError.fatalCodes.contains(code.rawValue) {
            self = .fatal(operation: name, code: code.rawValue, reason: reason)
        } else if rd_kafka_error_txn_requires_abort(error) != 0 {
            self = .abortable(operation: name, code: code.rawValue, reason: reason)
        } else if rd_kafka_error_is_retriable(error) != 0 {
            self = .retriable(operation: name, code: code.rawValue, reason: reason)
        } else {
            self.init(code, operation, reason: reason)
        }
    }

    /// The first fatal error of a client, if it had one.
    init?(fatalOf client: OpaquePointer, _ operation: StaticString) {
        let (code, reason) = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            text.initialize(repeating: 0)
            let code = rd_kafka_fatal_error(client, text.baseAddress, text.count)
            return (code, String(cString: text.baseAddress!))  // not nil: the capacity is not zero
        }
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        self = .fatal(operation: "\(operation)", code: code.rawValue, reason: reason)
    }

    private static let fatalCodes: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__FATAL, RD_KAFKA_RESP_ERR__FENCED, RD_KAFKA_RESP_ERR_PRODUCER_FENCED,
            RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH, RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID,
            RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED,
        ].map(\.rawValue))

    /// What passes by itself: connections, elections, coordinators that move or load, topics that are just being made.
    private static let retriableCodes: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__MSG_TIMED_OUT,
            RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__WAIT_COORD, RD_KAFKA_RESP_ERR__RETRY, RD_KAFKA_RESP_ERR__OUTDATED,
            RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, RD_KAFKA_RESP_ERR__NODE_UPDATE, RD_KAFKA_RESP_ERR__QUEUE_FULL,
            RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_NOT_CONTROLLER,
            RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT, RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
            RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED,
        ].map(\.rawValue))
}

extension KafkaError {
    /// Whether it is about a partition that its topic does not have, or not yet.
    package var isUnknownPartition: Bool {
        guard case .failed(_, let code, _) = self else { return false }
        return code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION.rawValue
    }

    /// Whether a client is of no more use because the transaction that it was to end is not open, though nobody has its id.
    package var isUnknownTransaction: Bool {
        guard case .fatal(_, let code, _) = self else { return false }
        return code == RD_KAFKA_RESP_ERR_INVALID_TXN_STATE.rawValue
    }

    /// Whether it is about a topic, or a partition of it, that Kafka does not know, or not yet.
    package var isUnknownTopic: Bool {
        switch self {
        case .failed(_, let code, _), .retriable(_, let code, _): KafkaError.unknownTopicCodes.contains(code)
        case .abortable, .fatal, .badConfig: false
        }
    }

    private static let unknownTopicCodes: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION,
            RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART,
        ].map(\.rawValue))

    /// Codes that say no more than that nobody answered.
    private static let silenceCodes: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__TRANSPORT,
            RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__WAIT_COORD,
        ].map(\.rawValue))

    /// The same error with the reason behind it: of a request librdkafka says only that it got no answer, and why there is no
    /// connection (refused, unknown name, wrong password) only to its error callback.
    func because(of problem: KafkaError?) -> KafkaError {
        guard case .retriable(let operation, let code, let words) = self, KafkaError.silenceCodes.contains(code),
            let problem
        else { return self }
        switch problem {
        case .retriable(_, _, let reason), .failed(_, _, let reason), .fatal(_, _, let reason),
            .abortable(_, _, let reason), .badConfig(_, let reason):
            return words.contains(reason)
                ? self : .retriable(operation: operation, code: code, reason: "\(words): \(reason)")
        }
    }
}

/// Frees an error object and throws what it says; nil is success.
func check(
    adopting error: OpaquePointer?, _ operation: StaticString, of client: KafkaHandle
) throws(KafkaError) {
    guard let error else { return }
    defer { rd_kafka_error_destroy(error) }
    throw KafkaError(borrowing: error, operation).because(of: client.currentProblem())
}

/// Throws what a code stands for, with the client's own words where it has some.
func check(
    _ code: rd_kafka_resp_err_t, _ operation: StaticString, of client: KafkaHandle? = nil
) throws(KafkaError) {
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
    if code == RD_KAFKA_RESP_ERR__FATAL, let client, let fatal = KafkaError(fatalOf: client.raw, operation) {
        throw fatal
    }
    throw KafkaError(code, operation).because(of: client?.currentProblem())
}
