internal import CRdkafka

extension KafkaConsumer {
    // MARK: Offsets of the group

    /// Where the group committed last, in the order asked; nil where it never did.
    ///
    /// With `read_committed` it waits for transactions that still hold offsets, up to the timeout.
    /// - Throws: `.retriable` when the time is over.
    package func committed(
        _ partitions: [TopicPartition], timeoutMs: Int32
    ) throws(KafkaError) -> [PartitionOffset?] {
        guard !partitions.isEmpty else { return [] }
        let list = PartitionList(partitions)
        try check(rd_kafka_committed(handle.raw, list.raw, timeoutMs), "rd_kafka_committed", of: handle)
        return try list.offsets("rd_kafka_committed")
    }

    /// Commits and waits for the coordinator's answer.
    ///
    /// - Parameter offsets: of the records that come next; nothing happens when there are none.
    /// - Throws: `.retriable` when the time is over (it may be committed or not); `.failed` when the group moves on (a
    ///   rebalance in progress, partitions that are not the consumer's any more): `poll` tells what to do.
    package func commit(_ offsets: [PartitionOffset], timeoutMs: Int32) throws(KafkaError) {
        guard !offsets.isEmpty else { return }
        let list = PartitionList(offsets)
        // `rd_kafka_commit` waits without end; an answer that comes after our queue is gone is dropped.
        guard let answers = rd_kafka_queue_new(handle.raw) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, "rd_kafka_queue_new")
        }
        defer { rd_kafka_queue_destroy(answers) }
        try check(
            rd_kafka_commit_queue(handle.raw, list.raw, answers, nil, nil), "rd_kafka_commit_queue", of: handle)
        guard let event = rd_kafka_queue_poll(answers, timeoutMs) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "rd_kafka_commit_queue")
        }
        defer { rd_kafka_event_destroy(event) }
        try check(rd_kafka_event_error(event), "rd_kafka_commit_queue", of: handle)
        noteCommitted(offsets)
    }

    /// Tells that a transaction has moved the group's offsets: the lag counts from there.
    package func noteCommitted(_ offsets: [PartitionOffset]) {
        for place in offsets { table.existing(place.topicPartition)?.committed = place.offset }
    }

    // MARK: Offsets of the log

    /// The oldest offset there is and the end of the log, as this consumer's isolation sees it, asked of the leader.
    ///
    /// Under `read_committed` `high` is the last stable offset: an open transaction hides what lies behind its begin.
    /// For the end of everything written use `KafkaAdmin.endOffsets`.
    package func watermarkOffsets(
        of place: TopicPartition, timeoutMs: Int32
    ) throws(KafkaError) -> (low: Int64, high: Int64) {
        var low: Int64 = -1
        var high: Int64 = -1
        try check(
            rd_kafka_query_watermark_offsets(handle.raw, place.topic, place.partition, &low, &high, timeoutMs),
            "rd_kafka_query_watermark_offsets", of: handle)
        return (low, high)
    }

    /// How many records `poll` has not handed out of those that the leaders held when they last answered a fetch, but for
    /// partitions that bring nothing. *Complexity*: no request; a few locks a partition.
    package var backlog: Int {
        var count: Int64 = 0
        let nowUs = monotonicUs()
        for partition in table.partitions {
            partition.refreshLog(of: handle.raw)
            if !partition.isStuck(at: nowUs, patienceUs: patienceUs) { count += partition.remaining }
        }
        return Int(count)
    }

    /// How many offsets lie between what the group committed and the logs' ends, as `kafka-consumer-groups.sh` counts them: of a
    /// partition for which nothing is committed all that it holds. *Complexity*: no request; a lock a partition.
    package var lag: Int {
        var count: Int64 = 0
        for partition in table.partitions {
            partition.refreshLog(of: handle.raw)
            let done = partition.committed >= 0 ? partition.committed : partition.logStart
            count += max(0, partition.logEnd - max(0, done))
        }
        return Int(count)
    }

    // MARK: Moving

    /// Fetches nothing more of these partitions until `resume` or the next assignment; what was fetched and not handed out comes
    /// again after it.
    package func pause(_ partitions: [TopicPartition]) throws(KafkaError) {
        try change(partitions, "rd_kafka_pause_partitions", isPaused: true, rd_kafka_pause_partitions)
    }

    package func resume(_ partitions: [TopicPartition]) throws(KafkaError) {
        try change(partitions, "rd_kafka_resume_partitions", isPaused: false, rd_kafka_resume_partitions)
    }

    private func change(
        _ partitions: [TopicPartition], _ operation: StaticString, isPaused: Bool,
        _ call: (OpaquePointer, UnsafeMutablePointer<rd_kafka_topic_partition_list_t>) -> rd_kafka_resp_err_t
    ) throws(KafkaError) {
        guard !partitions.isEmpty else { return }
        let list = PartitionList(partitions)
        try check(call(handle.raw, list.raw), operation, of: handle)
        try list.throwFirstError(operation)
        for place in partitions {
            guard let partition = table.existing(place) else { continue }
            partition.isPaused = isPaused
            partition.sinceUs = monotonicUs()
        }
        reading.reset()
    }
}
