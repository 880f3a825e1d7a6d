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

    let handle: KafkaHandle

    /// - Throws: `.badConfig`.
    package init(_ configuration: KafkaConfiguration, onLog: @escaping KafkaLog) throws(KafkaError) {
        // Nobody looks at its statistics, and each of librdkafka's timers costs.
        let pairs =
            configuration.pairs(for: .consumer, defaults: KafkaAdmin.defaults) + [("statistics.interval.ms", "0")]
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

    /// Makes topics and waits for their leaders; one that is there already counts as made. Not to be called on the embedded
    /// broker, which cannot.
    ///
    /// - Returns: what was refused, by topic. Without topics nothing is asked.
    /// - Throws: `.retriable` when it is not done in time: ask for `topics` before the next attempt.
    package func createTopics(
        _ topics: [NewTopic], timeoutMs: Int32
    ) throws(KafkaError) -> [String: KafkaError] {
        guard !topics.isEmpty else { return [:] }
        defer { rd_kafka_poll(handle.raw, 0) }
        let deadlineUs = monotonicUs() + Int64(timeoutMs) * 1000
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
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "rd_kafka_CreateTopics").because(of: handle.currentProblem())
        }
        defer { rd_kafka_event_destroy(event) }
        let refused = try KafkaAdmin.refusals(event)
        let made = topics.filter { refused[$0.name] == nil }
        let remainingMs = Int32(clamping: max(1, (deadlineUs - monotonicUs()) / 1000))
        try awaitLeaders(
            of: Dictionary(made.map { ($0.name, $0.partitions) }) { first, _ in first }, timeoutMs: remainingMs)
        return refused
    }

    /// Waits until the leader of every partition of these topics answers for it: write to none of them before.
    ///
    /// A topic is listed a few milliseconds before its leaders take records. If a producer's first batch to a partition is
    /// turned away in this time and its second is not, the broker (which takes any sequence number from a producer that
    /// it does not know) takes the retried first for a repetition: the client reports it as delivered, and it is lost.
    /// Seen with Apache Kafka 4.1.1 and librdkafka 2.0.2.
    /// - Parameter topics: partition counts by name.
    /// - Throws: `.retriable` when the time is over.
    package func awaitLeaders(of topics: [String: Int32], timeoutMs: Int32) throws(KafkaError) {
        let partitions = topics.flatMap { name, count in
            (0..<max(0, count)).map { TopicPartition(topic: name, partition: $0) }
        }
        let deadlineUs = monotonicUs() + Int64(timeoutMs) * 1000
        while true {
            let remainingMs = (deadlineUs - monotonicUs()) / 1000
            do throws(KafkaError) {
                _ = try endOffsets(of: partitions, timeoutMs: Int32(clamping: max(1, remainingMs)))
                return
            } catch {
                guard remainingMs > 0, KafkaAdmin.maybeLater(error) else { throw error }
                // The client may keep what it heard a moment too early for as long as its metadata lives.
                if error.isUnknownPartition { _ = try self.topics(timeoutMs: Int32(clamping: remainingMs)) }
                rd_kafka_poll(handle.raw, 20)  // leaves the broker a moment
            }
        }
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

    /// The first record of each partition that is not older than its time, in the order asked; nil where there is none.
    ///
    /// - Parameter times: ms since the epoch, of partitions that are there.
    package func firstOffsets(
        since times: [(place: TopicPartition, ms: Int64)], timeoutMs: Int32
    ) throws(KafkaError) -> [Int64?] {
        guard !times.isEmpty else { return [] }
        defer { rd_kafka_poll(handle.raw, 0) }
        let list = PartitionList(times.map { PartitionOffset($0.place, offset: max(0, $0.ms)) })
        try check(rd_kafka_offsets_for_times(handle.raw, list.raw, timeoutMs), "rd_kafka_offsets_for_times", of: handle)
        return try list.offsets("rd_kafka_offsets_for_times").map { $0?.offset }
    }

    // MARK: Parts

    private func offsets(
        _ partitions: [TopicPartition], at place: Int64, _ timeoutMs: Int32
    ) throws(KafkaError) -> [Int64] {
        guard !partitions.isEmpty else { return [] }
        defer { rd_kafka_poll(handle.raw, 0) }
        let list = PartitionList(partitions, offset: place)
        try check(rd_kafka_offsets_for_times(handle.raw, list.raw, timeoutMs), "rd_kafka_offsets_for_times", of: handle)
        var offsets: [Int64] = []
        for (place, answer) in zip(partitions, try list.offsets("rd_kafka_offsets_for_times")) {
            // Partitions that librdkafka does not know are left out of its question without a word.
            guard let answer else {
                let reason = "\(place.topic)[\(place.partition)] is not known"
                let code = RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION
                throw KafkaError(code, "rd_kafka_offsets_for_times", reason: reason)
            }
            offsets.append(answer.offset)
        }
        return offsets
    }

    /// Whether a question about a partition may be answered soon: its topic may be so new that it is not known yet.
    private static func maybeLater(_ error: KafkaError) -> Bool {
        switch error {
        case .retriable: return true
        case .failed(_, let code, _):
            return [RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC].map(\.rawValue).contains(
                code)
        default: return false
        }
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
        let results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count)
        let refusals = TopicResults(results, count, "rd_kafka_CreateTopics")
            .refusals(but: RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return Dictionary(refusals.map { ($0.topic, $0.error) }) { first, _ in first }
    }
}

@available(*, unavailable)
extension KafkaAdmin: Sendable {}
