internal import CRdkafka

extension KafkaConsumer {
    // MARK: Which log it is

    /// The cluster's own id; another cluster with the same address has another.
    ///
    /// - Throws: `.retriable` when no broker says it in time.
    package func clusterID(timeoutMs: Int32) throws(KafkaError) -> String {
        guard let text = rd_kafka_clusterid(handle.raw, timeoutMs) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "rd_kafka_clusterid")
        }
        defer { rd_kafka_mem_free(handle.raw, text) }
        return String(cString: text)
    }

    /// From the oldest record there is to the end as this consumer's isolation sees it, in the order asked.
    ///
    /// - Throws: `.retriable` when a leader does not answer in time.
    package func logs(of partitions: [TopicPartition], timeoutMs: Int32) throws(KafkaError) -> [Range<Int64>] {
        let starts = try offsets(partitions.map { PartitionOffset($0, offset: KafkaOffset.beginning) }, timeoutMs)
        let ends = try offsets(partitions.map { PartitionOffset($0, offset: KafkaOffset.end) }, timeoutMs)
        var logs: [Range<Int64>] = []
        for (place, (start, end)) in zip(partitions, zip(starts, ends)) {
            guard let start, let end else {
                // Partitions that librdkafka does not know are left out of its question without a word.
                let reason = "\(place.topic)[\(place.partition)] is not known"
                let code = RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION
                throw KafkaError(code, "rd_kafka_offsets_for_times", reason: reason)
            }
            logs.append(start..<max(start, end))
        }
        return logs
    }

    /// Of each partition, the first offset whose record has this time (Unix ms) or a later one; nil where none has.
    /// Transaction markers count.
    ///
    /// - Throws: `.retriable` when a leader does not answer in time.
    package func offsets(
        _ times: [(place: TopicPartition, timeMs: Int64)], timeoutMs: Int32
    ) throws(KafkaError) -> [Int64?] {
        try offsets(times.map { PartitionOffset($0.place, offset: max(0, $0.timeMs)) }, timeoutMs)
    }

    private func offsets(_ questions: [PartitionOffset], _ timeoutMs: Int32) throws(KafkaError) -> [Int64?] {
        guard !questions.isEmpty else { return [] }
        let list = PartitionList(questions)
        try check(rd_kafka_offsets_for_times(handle.raw, list.raw, timeoutMs), "rd_kafka_offsets_for_times", of: handle)
        return try list.offsets("rd_kafka_offsets_for_times").map { $0?.offset }
    }
}
