internal import CRdkafka

/// Questions about a cluster and the making of topics.
///
/// It reads uncommitted, so its offsets are those of everything that was written.
/// *Thread*: one thread owns it. Every call waits for its answer, at most so long as it is told.
package final class KafkaAdmin {
    private static let defaults: [(key: String, value: String)] = [
        ("client.id", "cryptostream-admin"), ("log.queue", "true"), ("isolation.level", "read_uncommitted"),
        ("allow.auto.create.topics", "false"), ("reconnect.backoff.max.ms", "1000"),
    ]

    private let handle: KafkaHandle

    /// - Throws: `.badConfig`.
    package init(_ configuration: KafkaConfiguration, onLog: @escaping KafkaLog) throws(KafkaError) {
        let pairs = configuration.pairs(for: .consumer, defaults: KafkaAdmin.defaults)
        let settings = try KafkaSettings(pairs)
        let events = ClientEvents(onLog)
        events.install(in: settings)
        handle = try KafkaHandle(RD_KAFKA_CONSUMER, settings, events)
    }

    /// All topics with their partition counts.
    ///
    /// - Throws: `.retriable` when no broker answers in time.
    package func topics(timeoutMs: Int32) throws(KafkaError) -> [String: Int32] {
        defer { rd_kafka_poll(handle.raw, 0) }
        var metadata: UnsafePointer<rd_kafka_metadata>?
        try check(rd_kafka_metadata(handle.raw, 1, nil, &metadata, timeoutMs), "rd_kafka_metadata", of: handle)
        guard let metadata else { return [:] }
        defer { rd_kafka_metadata_destroy(metadata) }
        var counts: [String: Int32] = [:]
        for index in 0..<Int(metadata.pointee.topic_cnt) {
            let topic = metadata.pointee.topics[index]
            if topic.partition_cnt > 0 { counts[String(cString: topic.topic)] = topic.partition_cnt }
        }
        return counts
    }

    /// Makes topics; one that is there already counts as made. Not to be called on the embedded broker, which cannot.
    ///
    /// - Returns: what was refused, by topic. Without topics nothing is asked.
    /// - Throws: `.retriable` when the answer does not come in time: ask for `topics` before the next attempt.
    package func createTopics(
        _ topics: [NewTopic], timeoutMs: Int32
    ) throws(KafkaError) -> [String: KafkaError] {
        guard !topics.isEmpty else { return [:] }
        defer { rd_kafka_poll(handle.raw, 0) }
        var raw: [OpaquePointer?] = []
        defer { for topic in raw { rd_kafka_NewTopic_destroy(topic) } }
        for topic in topics { raw.append(try KafkaAdmin.make(topic)) }

        let options = rd_kafka_AdminOptions_new(handle.raw, RD_KAFKA_ADMIN_OP_CREATETOPICS)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_AdminOptions_set_request_timeout(options, timeoutMs, nil, 0)
        // The broker answers when every node knows the topics.
        rd_kafka_AdminOptions_set_operation_timeout(options, timeoutMs, nil, 0)
        guard let answers = rd_kafka_queue_new(handle.raw) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, "rd_kafka_queue_new")
        }
        defer { rd_kafka_queue_destroy(answers) }
        rd_kafka_CreateTopics(handle.raw, &raw, raw.count, options, answers)
        guard let event = rd_kafka_queue_poll(answers, timeoutMs) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "rd_kafka_CreateTopics")
        }
        defer { rd_kafka_event_destroy(event) }
        return try KafkaAdmin.refusals(event)
    }

    /// Behind the last record of each partition, in the order asked: everything counts, open and aborted transactions too.
    ///
    /// - Throws: `.retriable` when a leader does not answer in time.
    package func endOffsets(of partitions: [TopicPartition], timeoutMs: Int32) throws(KafkaError) -> [Int64] {
        try offsets(partitions, at: KafkaOffset.end, timeoutMs)
    }

    /// The oldest record of each partition, in the order asked.
    package func beginningOffsets(of partitions: [TopicPartition], timeoutMs: Int32) throws(KafkaError) -> [Int64] {
        try offsets(partitions, at: KafkaOffset.beginning, timeoutMs)
    }

    // MARK: Parts

    private func offsets(
        _ partitions: [TopicPartition], at place: Int64, _ timeoutMs: Int32
    ) throws(KafkaError) -> [Int64] {
        guard !partitions.isEmpty else { return [] }
        defer { rd_kafka_poll(handle.raw, 0) }
        let list = PartitionList(partitions, offset: place)
        try check(rd_kafka_offsets_for_times(handle.raw, list.raw, timeoutMs), "rd_kafka_offsets_for_times", of: handle)
        return try list.offsets("rd_kafka_offsets_for_times").map { $0?.offset ?? -1 }
    }

    private static func make(_ topic: NewTopic) throws(KafkaError) -> OpaquePointer {
        var reason = ""
        let raw: OpaquePointer? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            let raw = rd_kafka_NewTopic_new(
                topic.name, topic.partitions, topic.replication, text.baseAddress, text.count)
            if raw == nil { reason = String(cString: text.baseAddress!) }  // not nil: the capacity is not zero
            return raw
        }
        guard let raw else {
            let code = RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue
            throw .failed(operation: "rd_kafka_NewTopic_new", code: code, reason: "\(topic.name): \(reason)")
        }
        for (key, value) in topic.configuration { rd_kafka_NewTopic_set_config(raw, key, value) }
        return raw
    }

    private static func refusals(_ event: OpaquePointer) throws(KafkaError) -> [String: KafkaError] {
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaError(
                code, "rd_kafka_CreateTopics", reason: String(cString: rd_kafka_event_error_string(event)))
        }
        var count = 0
        guard let result = rd_kafka_event_CreateTopics_result(event),
            let results = rd_kafka_CreateTopics_result_topics(result, &count)
        else { return [:] }
        var refusals: [String: KafkaError] = [:]
        for index in 0..<count {
            let code = rd_kafka_topic_result_error(results[index])
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR, code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS else { continue }
            let reason = rd_kafka_topic_result_error_string(results[index]).map { String(cString: $0) }
            let name = String(cString: rd_kafka_topic_result_name(results[index]))
            refusals[name] = KafkaError(code, "rd_kafka_CreateTopics", reason: reason)
        }
        return refusals
    }
}

@available(*, unavailable)
extension KafkaAdmin: Sendable {}
