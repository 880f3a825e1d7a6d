internal import CRdkafka

extension KafkaConsumer {
    /// Takes up to `limit` waiting records, and calls `body` with each; waits only when there is none at all.
    ///
    /// While a backlog is caught up, all partitions get on together, each by the same share of what it had to read
    /// (`EvenReading`). Every record's offset is checked against its partition's position; what came before is dropped and counted
    /// (`staleRecords`). After a revocation was reported its partitions' records are dropped too.
    /// - Parameters:
    ///   - limit: thousands, for speed: a call costs about 2 µs beside its records.
    ///   - waitMs: for the first record; a rebalance ends the wait.
    ///   - onHole: told of records that retention removed before they were read, before `body` has the record behind them.
    /// - Throws: `.retriable` (call again; a missing topic, a coordinator that moves), `.fatal`, or `.failed` where a
    ///   partition cannot be read on. An error that came together with records is thrown by the next call.
    /// *Complexity*: no allocation in Swift, except for rebalances and ends.
    package func poll(
        limit: Int, waitMs: Int32, onHole: (SkippedRecords) -> Void = { _ in },
        _ body: (borrowing KafkaRecord) -> Void
    ) throws(KafkaError) -> PollOutcome {
        precondition(limit > 0, "a poll takes at least one record")
        try throwPending()
        var outcome = PollOutcome()
        if handle.events.rebalances.isEmpty {
            whilePolling {
                reserve(limit)
                serveEvents(waitMs: 0, onHole, &outcome)
                read(limit, onHole, body, &outcome)
                if outcome.isEmpty, waitMs > 0, handle.events.rebalances.isEmpty, pendingError == nil {
                    serveEvents(waitMs: waitMs, onHole, &outcome)
                    read(limit, onHole, body, &outcome)
                }
            }
            answers.note(handle.events)
        }
        outcome.rebalance = takeRebalance()
        if outcome.isEmpty { try throwPending() }
        return outcome
    }

    // MARK: Parts

    private func reserve(_ limit: Int) {
        guard batch.count < limit else { return }
        batch.deallocate()
        batch = .allocate(capacity: limit)
    }

    /// Runs the callbacks that are due, and takes what came for no partition: errors. A partition's records end the wait.
    private func serveEvents(waitMs: Int32, _ onHole: (SkippedRecords) -> Void, _ outcome: inout PollOutcome) {
        let count = max(0, rd_kafka_consume_batch_queue(queue, waitMs, batch.baseAddress, 1))
        for index in 0..<count {
            guard let message = batch[index] else { continue }
            defer { rd_kafka_message_destroy(message) }
            if message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR {
                noteStray(message)
            } else {
                note(message, onHole, &outcome)
            }
        }
    }

    /// A record that came past its partition's queue is lost to those behind it, and nothing may be missing without a word.
    private func noteStray(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        let offset = message.pointee.offset
        guard let partition = message.pointee.rkt.flatMap({ table.find($0, message.pointee.partition) }),
            partition.isOpen, !partition.isPaused, offset >= partition.next
        else { return }
        keep(
            .failed(
                operation: "rd_kafka_consume_batch_queue", code: RD_KAFKA_RESP_ERR__BAD_MSG.rawValue,
                reason: "\(partition.place.topic)[\(partition.place.partition)]: the record \(offset) came past its "
                    + "partition's queue"))
    }

    /// Reads the partitions that have something, each as far as `reading` allows.
    private func read(
        _ limit: Int, _ onHole: (SkippedRecords) -> Void, _ body: (borrowing KafkaRecord) -> Void,
        _ outcome: inout PollOutcome
    ) {
        guard handle.events.rebalances.isEmpty, !table.partitions.isEmpty else { return }
        let nowUs = monotonicUs()
        look(at: nowUs)
        var hasRoom = false
        var left = limit
        beginTurn()
        while left > 0, let partition = nextInTurn() {
            let most = min(left, allowance(of: partition))
            guard most > 0 else { continue }
            let before = partition.waiting
            let count = take(most, of: partition, at: nowUs)
            deliver(count, from: partition, onHole, body, &outcome)
            hasRoom = hasRoom || waker.hasRoom(drainedFrom: before, to: before - count)
            left -= count
        }
        if hasRoom { waker.wake(handle.raw) }
    }

    /// Takes up to `most` messages of one partition into the batch; how many there were.
    private func take(_ most: Int, of partition: ReadPartition, at nowUs: Int64) -> Int {
        partition.hasNews = false
        let count = max(0, rd_kafka_consume_batch_queue(partition.queue, 0, batch.baseAddress, most))
        if count == most { partition.hasNews = true }
        guard count > 0 else { return 0 }
        partition.taken += UInt64(count)
        partition.lastRecordUs = nowUs
        return count
    }

    /// Hands out the batch and frees it.
    private func deliver(
        _ count: Int, from source: ReadPartition, _ onHole: (SkippedRecords) -> Void,
        _ body: (borrowing KafkaRecord) -> Void, _ outcome: inout PollOutcome
    ) {
        var partition = source
        var next = partition.next
        var stale: UInt64 = 0
        for index in 0..<count {
            guard let message = batch[index] else { continue }
            defer { rd_kafka_message_destroy(message) }
            guard message.pointee.err == RD_KAFKA_RESP_ERR_NO_ERROR else {
                partition.next = next
                note(message, onHole, &outcome)
                next = partition.next
                continue
            }
            // Those that ride with it come through its queue too, in runs.
            if message.pointee.rkt != partition.topicHandle
                || message.pointee.partition != partition.place.partition
            {
                partition.next = next
                guard let found = message.pointee.rkt.flatMap({ table.find($0, message.pointee.partition) }) else {
                    stale += 1
                    continue
                }
                found.topicHandle = message.pointee.rkt
                partition = found
                next = found.next
            }
            let offset = message.pointee.offset
            guard partition.isOpen, offset >= next else {
                stale += 1
                continue
            }
            if partition.isPaused { continue }  // it comes again
            if offset > next { noteHole(in: partition, from: next, to: offset, onHole, &outcome) }
            next = offset + 1
            outcome.records += 1
            body(KafkaRecord(borrowing: message, topicID: partition.topicID))
        }
        partition.next = next
        if stale > 0 { noteStale(stale) }
    }

    /// Offsets are missing before `to`: markers of transactions and records that were compacted or aborted, or records that
    /// retention removed before they were read. The log's start tells which; a marker that was removed since it was fetched is
    /// taken for a record, as nothing may be missing without a word.
    private func noteHole(
        in partition: ReadPartition, from: Int64, to: Int64, _ onHole: (SkippedRecords) -> Void,
        _ outcome: inout PollOutcome
    ) {
        guard from >= 0 else { return }
        partition.refreshLog(of: handle.raw)
        let end = min(to, partition.logStart)
        guard end > from else { return }
        outcome.holes += 1
        onHole(SkippedRecords(partition.place, from: from, to: end))
    }

    /// A message that is an event: the end of a partition, or an error.
    private func note(
        _ message: UnsafeMutablePointer<rd_kafka_message_t>, _ onHole: (SkippedRecords) -> Void,
        _ outcome: inout PollOutcome
    ) {
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
        guard let partition = table.existing(place), partition.isOpen else { return }
        // The end may lie behind the last record: commit markers have offsets too.
        if message.pointee.offset > partition.next {
            noteHole(in: partition, from: partition.next, to: message.pointee.offset, onHole, &outcome)
            partition.next = message.pointee.offset
            outcome.hasPassedMarkers = true
        }
        outcome.ends.append(place)
    }

    /// Records below a position are ones that came again, or the log itself went back: a topic made anew, an unclean election.
    private func noteStale(_ count: UInt64) {
        staleRecords += count
        for partition in table.partitions where partition.isOpen {
            partition.refreshLog(of: handle.raw)
            guard partition.logEnd >= 0, partition.logEnd < partition.next else { continue }
            let place = partition.place
            keep(
                .failed(
                    operation: "rd_kafka_consume_batch_queue", code: RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE.rawValue,
                    reason: "\(place.topic)[\(place.partition)] ends at \(partition.logEnd), before "
                        + "\(partition.next), which was read already: the topic was made anew or lost records"))
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
        if case .revoked = rebalance { for partition in table.partitions { partition.isOpen = false } }
        return rebalance
    }
}
