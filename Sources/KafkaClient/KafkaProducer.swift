internal import CRdkafka

/// A topic of one producer, to be asked for once and kept: librdkafka wants one handle for each topic.
package struct ProducerTopic: Hashable, Sendable {
    let index: Int
}

/// An idempotent producer: what it accepted reaches the log once and in order, or is reported as failed.
///
/// *Thread*: one thread owns it. It has no thread of its own: reports, logs and statistics come out of `serve`, `flush`
/// and the transaction calls. Dropping it drops what is not delivered: `flush` first.
package final class KafkaProducer {
    /// Below every setting of ours and of the user's.
    private static let defaults: [(key: String, value: String)] = [
        ("client.id", "cryptostream"), ("log.queue", "true"), ("statistics.interval.ms", "1000"),
        ("socket.nagle.disable", "true"), ("reconnect.backoff.max.ms", "1000"),
        ("topic.metadata.refresh.interval.ms", "10000"),
        ("enable.idempotence", "true"), ("acks", "all"), ("compression.type", "lz4"),
        ("partitioner", "murmur2_random"),
        ("queue.buffering.max.messages", "100000"), ("queue.buffering.max.kbytes", "65536"),
        // With the default of 100 ms each transaction waits that long for the end of the one before it.
        ("retry.backoff.ms", "10"),
    ]

    let handle: KafkaHandle
    /// Nil without transactions.
    package let transactionalID: String?
    private var topics: [OpaquePointer] = []
    private var topicNames: [String] = []

    /// - Parameters:
    ///   - transactionalID: fences every earlier producer with the same one; nil for no transactions.
    ///   - lingerMs: how long a record waits for others to share its request.
    ///   - onLog: librdkafka's log lines.
    ///   - onDelivery: called for each record when its fate is known.
    /// - Throws: `.badConfig`.
    package init(
        _ configuration: KafkaConfiguration, transactionalID: String? = nil, lingerMs: Int = 5,
        onLog: @escaping KafkaLog, onDelivery: ((Delivery) -> Void)? = nil
    ) throws(KafkaError) {
        var defaults = KafkaProducer.defaults + [("linger.ms", "\(lingerMs)")]
        if let transactionalID {
            // `rd_kafka_send_offsets_to_transaction` waits for a request's answer however short its own timeout (seen with
            // 2.0.2: 10 s), and librdkafka's choice would be the transaction's: too long for a stop in ten seconds.
            defaults += [
                ("transactional.id", transactionalID), ("transaction.timeout.ms", "10000"),
                ("socket.timeout.ms", "4000"),
            ]
        } else {
            // Without transactions a record waits for the broker as long as it takes: nothing is lost, order is kept.
            defaults.append(("message.timeout.ms", "0"))
        }
        let settings = try KafkaSettings(configuration.pairs(for: .producer, defaults: defaults))
        let events = ClientEvents(onLog)
        events.onDelivery = onDelivery
        events.install(in: settings)
        events.installDeliveryReports(in: settings)
        handle = try KafkaHandle(RD_KAFKA_PRODUCER, settings, events)
        self.transactionalID = transactionalID
    }

    deinit {
        for topic in topics { rd_kafka_topic_destroy(topic) }
    }

    // MARK: Records

    /// The handle of a topic, the same one for the same name.
    ///
    /// - Throws: `.failed` for a name that no topic can have.
    package func topic(_ name: String) throws(KafkaError) -> ProducerTopic {
        if let index = topicNames.firstIndex(of: name) { return ProducerTopic(index: index) }
        guard let raw = rd_kafka_topic_new(handle.raw, name, nil) else {
            throw KafkaError(rd_kafka_last_error(), "rd_kafka_topic_new")
        }
        topics.append(raw)
        topicNames.append(name)
        return ProducerTopic(index: topics.count - 1)
    }

    /// Queues one record; its bytes and headers are copied.
    ///
    /// - Parameters:
    ///   - partition: nil: the key decides (a record without key goes anywhere).
    ///   - key: nil is no key; empty is an empty key.
    ///   - value: nil is a tombstone.
    ///   - tag: comes back with the record's `Delivery`.
    /// - Returns: false when the local queue is full: `serve`, then give the same record again.
    /// - Throws: `.abortable` when the open transaction cannot take records any more; `.fatal`; `.failed` when the record
    ///   can never be accepted (too large, no such partition, no transaction begun).
    /// *Complexity*: no allocation in Swift.
    package func produce(
        topic: ProducerTopic, partition: Int32? = nil, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        headers: RecordHeaders? = nil, tag: UInt64 = 0
    ) throws(KafkaError) -> Bool {
        // An empty key or value is not a null one: its pointer must not be nil.
        let somewhere = UnsafeRawPointer(handle.raw)
        let code = cryptostream_produce(
            handle.raw, topics[topic.index], partition ?? RD_KAFKA_PARTITION_UA,
            key.map { $0.baseAddress ?? somewhere }, key?.count ?? 0,
            value.map { $0.baseAddress ?? somewhere }, value?.count ?? 0,
            headers?.raw, UnsafeMutableRawPointer(bitPattern: UInt(tag)))
        if code == RD_KAFKA_RESP_ERR_NO_ERROR { return true }
        if code == RD_KAFKA_RESP_ERR__QUEUE_FULL { return false }
        throw refusal(code)
    }

    /// The same for bytes in arrays.
    package func produce(
        topic: ProducerTopic, partition: Int32? = nil, key: [UInt8]?, value: [UInt8]?,
        headers: RecordHeaders? = nil, tag: UInt64 = 0
    ) throws(KafkaError) -> Bool {
        let outcome: Result<Bool, KafkaError> = KafkaProducer.withBytes(key) { key in
            KafkaProducer.withBytes(value) { value in
                Result { () throws(KafkaError) in
                    try produce(
                        topic: topic, partition: partition, key: key, value: value, headers: headers, tag: tag)
                }
            }
        }
        return try outcome.get()
    }

    /// Runs the callbacks that are due, waiting for the first of them at most so long.
    package func serve(waitMs: Int32 = 0) {
        rd_kafka_poll(handle.raw, waitMs)
    }

    /// Sends everything that is queued and waits for the reports.
    ///
    /// - Returns: false when records are still under way after the time.
    /// - Throws: `.fatal`.
    package func flush(timeoutMs: Int32) throws(KafkaError) -> Bool {
        let code = rd_kafka_flush(handle.raw, timeoutMs)
        if let fatal = fatalError { throw fatal }
        if code == RD_KAFKA_RESP_ERR__TIMED_OUT { return false }
        try check(code, "rd_kafka_flush", of: handle)
        return true
    }

    // MARK: State

    /// Records that all in-sync replicas have.
    package var delivered: UInt64 { handle.events.deliveries.delivered }
    /// Records that were given up; those of an aborted transaction are not counted.
    package var failed: UInt64 { handle.events.deliveries.failed }
    /// Records dropped with their aborted transaction.
    package var purged: UInt64 { handle.events.deliveries.purged }
    /// Why the last of the failed ones failed.
    package var lastFailure: KafkaError? { handle.events.deliveries.lastFailure }
    /// Records (and callbacks) that wait to be sent, answered or served.
    package var unacknowledged: Int { Int(rd_kafka_outq_len(handle.raw)) }
    /// Set when the producer is of no more use: let the process exit 1.
    package var fatalError: KafkaError? {
        handle.events.fatal ?? KafkaError(fatalOf: handle.raw, "librdkafka")
    }
    /// The last error that librdkafka goes on trying to get over (a lost connection, say), and how many there were.
    package var lastProblem: KafkaError? { handle.events.lastProblem }
    package var problems: UInt64 { handle.events.problems }
    /// The newest snapshot; nil in the first second.
    package var statistics: KafkaStatistics? { handle.events.statistics }

    // MARK: Parts

    private static func withBytes<R>(_ bytes: [UInt8]?, _ body: (UnsafeRawBufferPointer?) -> R) -> R {
        guard let bytes else { return body(nil) }
        return bytes.withUnsafeBytes { body($0) }
    }

    private func refusal(_ code: rd_kafka_resp_err_t) -> KafkaError {
        if let fatal = fatalError { return fatal }
        let error = KafkaError(code, "rd_kafka_producev")
        // A transaction that failed takes nothing more until it is aborted.
        guard code == RD_KAFKA_RESP_ERR__STATE, transactionalID != nil,
            case .failed(let operation, let code, let reason) = error
        else { return error }
        return .abortable(operation: operation, code: code, reason: reason)
    }
}

@available(*, unavailable)
extension KafkaProducer: Sendable {}
