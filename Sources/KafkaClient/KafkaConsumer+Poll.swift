internal import CRdkafka

extension KafkaConsumer {
    /// Takes up to `limit` waiting records, and calls `body` with each; waits only when there is none at all.
    ///
    /// Every record's offset is checked against its partition's position; what came before is dropped and counted
    /// (`staleRecords`). After a revocation was reported its partitions' records are dropped too.
    /// - Parameters:
    ///   - limit: thousands, for speed: a call costs about 2 µs beside its records.
    ///   - waitMs: for the first record; a rebalance ends the wait.
    /// - Throws: `.retriable` (call again; a missing topic, a coordinator that moves), `.fatal`, or `.failed` where a
    ///   partition cannot be read on. An error that came together with records is thrown by the next call.
    /// *Complexity*: no allocation in Swift, except for rebalances and ends.
    package func poll(
        limit: Int, waitMs: Int32, _ body: (borrowing KafkaRecord) -> Void
    ) throws(KafkaError) -> PollOutcome {
        precondition(limit > 0, "a poll takes at least one record")
        try throwPending()
        var outcome = PollOutcome()
        if handle.events.rebalances.isEmpty {
            whilePolling {
                let count = take(limit, waitMs)
                deliver(count, body, &outcome)
            }
            waker.drained(to: rd_kafka_queue_length(queue), of: handle.raw)
            answers.note(handle.events)
        }
        outcome.rebalance = takeRebalance()
        if outcome.isEmpty { try throwPending() }
        return outcome
    }

    // MARK: Parts

    /// Fills the batch. librdkafka's batch call waits until the whole batch is there, so the wait is for one message only.
    private func take(_ limit: Int, _ waitMs: Int32) -> Int {
        if batch.count < limit {
            batch.deallocate()
            batch = .allocate(capacity: limit)
        }
        var count = max(0, rd_kafka_consume_batch_queue(queue, 0, batch.baseAddress, limit))
        guard count == 0, waitMs > 0, handle.events.rebalances.isEmpty else { return count }
        count = max(0, rd_kafka_consume_batch_queue(queue, waitMs, batch.baseAddress, 1))
        guard count == 1, limit > 1 else { return count }
        let rest = batch.baseAddress! + 1  // not nil: limit > 1
        return count + max(0, rd_kafka_consume_batch_queue(queue, 0, rest, limit - 1))
    }

    /// Hands out the batch and frees it.
    private func deliver(_ count: Int, _ body: (borrowing KafkaRecord) -> Void, _ outcome: inout PollOutcome) {
        var topic: OpaquePointer?
        var partition: Int32 = -1
        var found: (id: Int, slot: UnsafeMutablePointer<PartitionTable.Slot>)?
        var stale: UInt64 = 0
        var records = 0
        for index in 0..<count {
            guard let message = batch[index] else { continue }
            defer { rd_kafka_message_destroy(message) }
            guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                note(message, &outcome)
                continue
            }
            // Messages come in runs of one partition.
            if message.pointee.rkt != topic || message.pointee.partition != partition {
                topic = message.pointee.rkt
                partition = message.pointee.partition
                found = topic.flatMap { table.find($0, partition) }
            }
            let offset = message.pointee.offset
            guard let found, found.slot.pointee.isOpen, offset >= found.slot.pointee.next else {
                stale += 1
                continue
            }
            found.slot.pointee.next = offset + 1
            records += 1
            body(KafkaRecord(borrowing: message, topicID: found.id))
        }
        outcome.records = records
        if stale > 0 { noteStale(stale) }
    }

    /// A message that is an event: the end of a partition, or an error.
    private func note(_ message: UnsafeMutablePointer<rd_kafka_message_t>, _ outcome: inout PollOutcome) {
        let code = message.pointee.err
        let place = message.pointee.rkt.map {
            TopicPartition(topic: String(cString: rd_kafka_topic_name($0)), partition: message.pointee.partition)
        }
        guard code == RD_KAFKA_RESP_ERR__PARTITION_EOF, let place else {
            let text = message.pointee.payload.map { String(cString: $0.assumingMemoryBound(to: CChar.self)) }
            let place = place.map { "\($0.topic)[\($0.partition)]: " } ?? ""
            let words = text ?? String(cString: rd_kafka_err2str(code))
            keep(KafkaError(code, "rd_kafka_consume_batch_queue", reason: place + words))
            return
        }
        guard let slot = table.existing(place), slot.pointee.isOpen else { return }
        // The end may lie behind the last record: commit markers have offsets too.
        slot.pointee.next = max(slot.pointee.next, message.pointee.offset)
        slot.pointee.end = message.pointee.offset
        outcome.ends.append(place)
    }

    /// Records below a position are ones that came again, or the log itself went back: a topic made anew, an unclean election.
    private func noteStale(_ count: UInt64) {
        staleRecords += count
        table.forEachAssigned { place, slot in
            var low: Int64 = -1
            var high: Int64 = -1
            let code = rd_kafka_get_watermark_offsets(handle.raw, place.topic, place.partition, &low, &high)
            guard code == RD_KAFKA_RESP_ERR_NO_ERROR, slot.pointee.isOpen, high >= 0, high < slot.pointee.next else {
                return
            }
            keep(
                .failed(
                    operation: "rd_kafka_consume_batch_queue", code: RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE.rawValue,
                    reason: "\(place.topic)[\(place.partition)] ends at \(high), before \(slot.pointee.next), which "
                        + "was read already: the topic was made anew or lost records"))
        }
    }

    /// Keeps the worst error for the next throw.
    private func keep(_ error: KafkaError) {
        if case .fatal = pendingError { return }
        pendingError = error
    }

    private func throwPending() throws(KafkaError) {
        if let fatal = handle.events.fatal { throw fatal }
        if let error = pendingError {
            pendingError = nil
            throw error
        }
    }

    /// The next rebalance to answer; its revoked partitions are silent from here on.
    private func takeRebalance() -> Rebalance? {
        guard !handle.events.rebalances.isEmpty else { return nil }
        let rebalance = handle.events.rebalances.removeFirst()
        if case .revoked = rebalance { table.forEachAssigned { _, slot in slot.pointee.isOpen = false } }
        return rebalance
    }
}
