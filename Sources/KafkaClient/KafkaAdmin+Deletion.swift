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
            let result = rd_kafka_event_DeleteTopics_result(event)
            guard let results = rd_kafka_DeleteTopics_result_topics(result, &count) else { return }
            for index in 0..<count {
                let code = rd_kafka_topic_result_error(results[index])
                if code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART { continue }
                try KafkaClient.check(code, "rd_kafka_DeleteTopics", of: handle)
            }
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

    /// Sends one admin request and looks at its answer.
    func ask(
        _ operation: rd_kafka_admin_op_t, _ name: StaticString, _ timeoutMs: Int32,
        _ send: (_ options: OpaquePointer?, _ answers: OpaquePointer) -> Void,
        check: (OpaquePointer) throws(KafkaError) -> Void
    ) throws(KafkaError) {
        defer { rd_kafka_poll(handle.raw, 0) }
        let options = rd_kafka_AdminOptions_new(handle.raw, operation)
        defer { rd_kafka_AdminOptions_destroy(options) }
        rd_kafka_AdminOptions_set_request_timeout(options, timeoutMs, nil, 0)
        guard let answers = rd_kafka_queue_new(handle.raw) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, "rd_kafka_queue_new")
        }
        defer { rd_kafka_queue_destroy(answers) }
        send(options, answers)
        guard let event = rd_kafka_queue_poll(answers, timeoutMs) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, name).because(of: handle.currentProblem())
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR else {
            throw KafkaError(code, name, reason: String(cString: rd_kafka_event_error_string(event)))
        }
        try check(event)
    }
}
