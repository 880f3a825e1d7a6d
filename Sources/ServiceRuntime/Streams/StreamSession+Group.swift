internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// Partitions that come and go, and what to do when a transaction fails.
extension StreamSession {
    /// How long leaving the group may take.
    private static var farewellMs: Int32 { 2_500 }

    mutating func answer(_ rebalance: Rebalance) throws {
        switch rebalance {
        case .revoked(let partitions, let isLost):
            try giveUp(isLost: isLost)
            let reason = isLost ? consumer.lastProblem.map { ": \($0)" } ?? "" : ""
            context.notReady("state", because: "no partitions assigned\(reason)")
            context.log.info("partitions revoked", ["count": partitions.count, "lost": isLost])
        case .assigned(let places):
            metrics.rebalances.add()
            try assign(try numbers(of: places))
        }
    }

    /// The partition numbers of an assignment, which must have the same of each input.
    private func numbers(of places: [TopicPartition]) throws -> [Int32] {
        let numbers = Set(places.map(\.partition)).sorted()
        guard places.count == numbers.count * topics.inputs.count else {
            throw KafkaError.badConfig(
                key: "partition.assignment.strategy",
                reason: "gives a member different partitions of the topics that it reads together; leave it at range")
        }
        return numbers
    }

    /// Commits what was read from the assignment, or takes it back where that is not possible any more; then forgets it.
    ///
    /// Nothing of it may stay behind: what is not committed here is read again by the next owner.
    private mutating func giveUp(isLost: Bool) throws {
        do {
            if isLost { try abandon() } else { try commitAll() }
            kept = isLost ? CoreCache() : CoreCache(committed(), state: context.topic(topics.state), context)
        } catch let error as KafkaError {
            guard case .abortable = error else { throw error }
            context.log.warning("given up without a last commit", ["error": "\(error)"])
            try abandon()
        }
        for partition in lanes.cores.indices { drop(Int32(partition)) }
        try unassign()
    }

    /// Reads nothing more.
    private mutating func unassign() throws {
        held = []
        try consumer.unassign()
    }

    /// The cores, by partition, as they were committed a moment ago.
    private func committed() -> [Int32: CoreCache<Service.Core>.Entry] {
        var entries: [Int32: CoreCache<Service.Core>.Entry] = [:]
        for (index, core) in lanes.cores.enumerated() {
            guard let core else { continue }
            entries[Int32(index)] = .init(core: core, position: position(of: Int32(index)))
        }
        return entries
    }

    /// Commits everything that was computed, with the records of this turn. What led to nothing yet is read again.
    private mutating func commitAll() throws {
        try writeOutput()
        if writer.isOpen { try commit() }
    }

    /// Takes back everything since the last commit; the cores have to be restored or dropped after it.
    private mutating func abandon() throws {
        if writer.isOpen { metrics.aborts.add() }
        lanes.output.removeAll()
        state.removeAll()
        service.aborted()
        content.removeAll()
        schedule.aborted()
        try writer.abort()
    }

    private mutating func drop(_ partition: Int32) {
        guard Int(partition) < lanes.cores.count else { return }
        lanes.set(nil, partition: partition, at: nil)
        stored[Int(partition)] = nil
    }

    private mutating func take(_ core: Service.Core, partition: Int32, at position: StreamPosition, isClaimed: Bool) {
        lanes.set(core, partition: partition, at: position)
        while stored.count < lanes.cores.count { stored.append(nil) }
        stored[Int(partition)] = StoredPosition(position: nil, isClaimed: isClaimed)
        service.assigned(core, partition: partition)
    }

    private mutating func assign(_ partitions: [Int32]) throws {
        let started = clock.monotonicMs()
        context.notReady("state", because: "restoring \(partitions.count) partitions")
        guard let restored = try restore(partitions) else { return }
        kept = CoreCache()
        for (partition, start) in zip(partitions, restored) {
            take(start.core, partition: partition, at: start.position, isClaimed: true)
        }
        try consumer.assign(restored.flatMap(\.offsets))
        // The changelog names its partitions' owners soon: see `HangingTransactions`.
        schedule.commitSoon(at: clock.monotonicMs())
        let seconds = Double(clock.monotonicMs() - started) / 1000
        metrics.restoreSeconds.set(seconds)
        context.ready("state")
        context.log.info("partitions assigned", ["count": partitions.count, "restore_seconds": seconds])
    }

    /// Takes every partition from where the service begins, without state.
    mutating func takeAll(_ count: Int) throws {
        let partitions = (0..<Int32(count)).map { $0 }
        var offsets = partitions.flatMap { placesRead(of: $0) }.map { PartitionOffset($0, offset: 0) }
        if service.firstStart == .end {
            let ends = try KafkaAdmin(context.kafka, onLog: context.kafkaLog).endOffsets(
                of: offsets.map(\.topicPartition), timeoutMs: 10_000)
            for (i, end) in ends.enumerated() { offsets[i].offset = end }
        }
        for partition in partitions {
            take(
                service.core(of: partition), partition: partition, at: StreamPosition(inputs: topics.inputs.count),
                isClaimed: false)
        }
        // Idle ones have their numbers, too: a record's is the number of its input.
        consumer.number(topics.inputs.map { context.topic($0) })
        try consumer.assign(offsets)
        // Who waits for this reader does not wait for what lies before.
        report.note(offsets)
        report.noteRead(offsets)
        context.ready("state")
        context.log.info("partitions taken", ["count": count])
    }

    /// Tries until it works or stop was requested (nil).
    private mutating func restore(_ partitions: [Int32]) throws -> [ChangelogRestorer<Service>.Start]? {
        while !context.stop.isRequested {
            do {
                return try restorer.restore(partitions, keeping: kept, committedIn: consumer, now: time.nowMs())
            } catch let error as KafkaError {
                guard case .retriable = error else { throw error }
                wait(error)
            }
        }
        return nil
    }

    /// After an abortable error: nothing of the transaction happened; go back to what is committed.
    mutating func recover(from error: KafkaError) throws {
        context.log.warning("transaction aborted, going back to the last commit", ["error": "\(error)"])
        let partitions = lanes.cores.indices.filter { lanes.cores[$0] != nil }.map { Int32($0) }
        try abandon()
        for partition in partitions { drop(partition) }
        // Without partitions there is nothing to go back to: the group says what comes next.
        guard !partitions.isEmpty else { return }
        try unassign()
        try assign(partitions)
    }

    mutating func finish() throws {
        do {
            try commitAll()
        } catch let error as KafkaError {
            guard case .abortable = error else { throw error }
            // What is not committed is read again by the next member: nothing is lost.
            context.log.warning("stopped without a last commit", ["error": "\(error)"])
            try abandon()
        }
        context.notReady("state", because: "stopping")
        leave()
        service.ended()
    }

    func leave() {
        // When a stop has waited so long, Kafka is away: the farewell would not arrive, and its request delays the end.
        let isAway = (context.stop.ageMs ?? 0) > TransactionWriter.stopLimitMs
        if isAway || !consumer.close(timeoutMs: StreamSession.farewellMs) {
            context.log.warning("left the group without the broker's answer")
        }
    }
}
