internal import CRdkafka

extension KafkaAdmin {
    /// Deletes topics with all their records; one that is not there counts as deleted.
    ///
    /// - Throws: `.retriable` when it is not done in time; `.failed` where the broker refuses one.
    package func deleteTopics(_ names: [String], timeoutMs: Int32) throws(KafkaError) {
        guard !names.isEmpty else { return }
        var raw: [OpaquePointer?] = names.map { rd_kafka_DeleteTopic_new($0) }
        defer { for topic in raw { rd_kafka_DeleteTopic_destroy(topic) } }
        try ask(RD_KAFKA_ADMIN_OP_DELETETOPICS, "rd_kafka_DeleteTopics", timeoutMs) { options, answers in
            rd_kafka_DeleteTopics(handle.raw, &raw, raw.count, options, answers)
        } check: { event throws(KafkaError) in
            var count = 0
            let results = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count)
            let topics = TopicResults(results, count, "rd_kafka_DeleteTopics")
            if let refusal = topics.refusals(but: RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART).first { throw refusal.error }
        }
    }

    /// Deletes a group and its offsets; one that is not there counts as deleted.
    ///
    /// - Throws: `.failed` while it has members; `.retriable` when it is not done in time.
    package func deleteGroup(_ name: String, timeoutMs: Int32) throws(KafkaError) {
        var raw = rd_kafka_DeleteGroup_new(name)
        defer { rd_kafka_DeleteGroup_destroy(raw) }
        try ask(RD_KAFKA_ADMIN_OP_DELETEGROUPS, "rd_kafka_DeleteGroups", timeoutMs) { options, answers in
            rd_kafka_DeleteGroups(handle.raw, &raw, 1, options, answers)
        } check: { event throws(KafkaError) in
            var count = 0
            let result = rd_kafka_event_DeleteGroups_result(event)
            guard let results = rd_kafka_DeleteGroups_result_groups(result, &count) else { return }
            for index in 0..<count {
                guard let error = rd_kafka_group_result_error(results[index]) else { continue }
                let code = rd_kafka_error_code(error)
                if code == RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND { continue }
                throw KafkaError(
                    code, "rd_kafka_DeleteGroups", reason: String(cString: rd_kafka_error_string(error)))
            }
        }
    }
}
