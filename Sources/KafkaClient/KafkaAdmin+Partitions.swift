internal import CRdkafka

extension KafkaAdmin {
    /// Gives topics more partitions and waits for their leaders; records stay where they are.
    ///
    /// - Parameter counts: how many each has then, by name.
    /// - Throws: `.failed` where the broker refuses one, with its name; `.retriable` when it is not done in time.
    package func createPartitions(_ counts: [String: Int32], timeoutMs: Int32) throws(KafkaError) {
        guard !counts.isEmpty else { return }
        let deadlineUs = monotonicUs() + Int64(timeoutMs) * 1000
        var raw: [OpaquePointer?] = []
        defer { for wanted in raw { rd_kafka_NewPartitions_destroy(wanted) } }
        for (topic, count) in counts.sorted(by: { $0.key < $1.key }) {
            raw.append(try KafkaAdmin.make(topic, count))
        }
        try ask(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, "rd_kafka_CreatePartitions", timeoutMs) { options, answers in
            rd_kafka_CreatePartitions(handle.raw, &raw, raw.count, options, answers)
        } check: { event throws(KafkaError) in
            var count = 0
            let result = rd_kafka_event_CreatePartitions_result(event)
            let results = rd_kafka_CreatePartitions_result_topics(result, &count)
            let topics = TopicResults(results, count, "rd_kafka_CreatePartitions")
            if let refusal = topics.refusals().first { throw refusal.error }
        }
        try awaitLeaders(of: counts, timeoutMs: Int32(clamping: max(1, (deadlineUs - monotonicUs()) / 1000)))
    }

    /// How many members a group has now; 0 for one that is not there.
    ///
    /// - Throws: `.retriable` when no coordinator answers in time.
    package func memberCount(ofGroup name: String, timeoutMs: Int32) throws(KafkaError) -> Int {
        defer { rd_kafka_poll(handle.raw, 0) }
        var list: UnsafePointer<rd_kafka_group_list>?
        try KafkaClient.check(
            rd_kafka_list_groups(handle.raw, name, &list, timeoutMs), "rd_kafka_list_groups", of: handle)
        guard let list else { return 0 }
        defer { rd_kafka_group_list_destroy(list) }
        return (0..<Int(list.pointee.group_cnt)).reduce(0) { $0 + Int(list.pointee.groups[$1].member_cnt) }
    }

    private static func make(_ topic: String, _ count: Int32) throws(KafkaError) -> OpaquePointer {
        var reason = ""
        let raw: OpaquePointer? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { text in
            let raw = rd_kafka_NewPartitions_new(topic, Int(count), text.baseAddress, text.count)
            if raw == nil { reason = String(cString: text.baseAddress!) }  // not nil: the capacity is not zero
            return raw
        }
        if let raw { return raw }
        let code = RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue
        throw .failed(operation: "rd_kafka_NewPartitions_new", code: code, reason: "\(topic): \(reason)")
    }
}
