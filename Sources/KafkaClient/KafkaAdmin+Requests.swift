internal import CRdkafka

extension KafkaAdmin {
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

/// What the broker says of each topic in its answer to an admin request.
struct TopicResults {
    private let results: UnsafeMutablePointer<OpaquePointer?>?
    private let count: Int
    private let operation: StaticString

    /// Valid as long as the event that holds them.
    init(_ results: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ operation: StaticString) {
        self.results = results
        self.count = count
        self.operation = operation
    }

    /// The topics with which it did not do what was asked, each error with the topic's name; `done` counts as done.
    func refusals(but done: rd_kafka_resp_err_t = RD_KAFKA_RESP_ERR_NO_ERROR) -> [(topic: String, error: KafkaError)] {
        guard let results else { return [] }
        return (0..<count).compactMap { index in
            let code = rd_kafka_topic_result_error(results[index])
            if code == RD_KAFKA_RESP_ERR_NO_ERROR || code == done { return nil }
            let name = String(cString: rd_kafka_topic_result_name(results[index]))
            let reason = rd_kafka_topic_result_error_string(results[index]) ?? rd_kafka_err2str(code)
            let words = reason.map { String(cString: $0) } ?? ""
            return (name, KafkaError(code, operation, reason: "\(name): \(words)"))
        }
    }
}
