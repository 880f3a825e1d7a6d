internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Partitions that come and go, and what to do when a transaction fails.
extension ProcessorSession {
    /// How long leaving the group may take.
    private static let farewellMs: Int32 = 2_500

    mutating func answer(_ rebalance: Rebalance) throws {
        switch rebalance {
        case .revoked(let partitions, let isLost):
            try giveUp(isLost: isLost)
            let reason = isLost ? consumer.lastProblem.map { ": \($0)" } ?? "" : ""
            context.notReady("state", because: "no partitions assigned\(reason)")
            context.log.info("partitions revoked", ["count": partitions.count, "lost": isLost])
        case .assigned(let partitions):
            metrics.rebalances.add()
            try assign(partitions.map(\.partition))
        }
    }

    /// Commits what was read from the assignment, or takes it back where that is not possible any more; then forgets it.
    ///
    /// Nothing of it may stay behind: what is not committed here is read again by the next owner.
    private mutating func giveUp(isLost: Bool) throws {
        do {
            if isLost { try abandon() } else { try commitAll() }
            kept = isLost ? KeptWindows() : KeptWindows(windows, context)
        } catch let error as KafkaError {
            guard case .abortable = error else { throw error }
            context.log.warning("given up without a last commit", ["error": "\(error)"])
            try abandon()
        }
        for partition in windows.indices { drop(Int32(partition)) }
        try consumer.unassign()
    }

    /// Commits everything that was read, with the records of this turn.
    private mutating func commitAll() throws {
        try writeOutput()
        if writer.isOpen { try commit() }
    }

    /// Takes back everything since the last commit; the windows have to be restored or dropped after it.
    private mutating func abandon() throws {
        if writer.isOpen { metrics.aborts.add() }
        output.removeAll()
        state.removeAll()
        console.aborted()
        written.removeAll()
        stateSize = StateSize()
        pace.aborted()
        try writer.abort()
    }

    private mutating func drop(_ partition: Int32) {
        let index = Int(partition)
        guard index < windows.count else { return }
        windows[index] = nil
    }

    private mutating func assign(_ partitions: [Int32]) throws {
        let started = clock.monotonicMs()
        context.notReady("state", because: "restoring \(partitions.count) partitions")
        guard let restored = try restore(partitions) else { return }
        kept = KeptWindows()
        for (core, _) in restored {
            let index = Int(core.partition)
            while windows.count <= index { windows.append(nil) }
            windows[index] = core
            windows[index]?.claim()
            metrics.assigned(core)
        }
        try consumer.assign(restored.map(\.offset))
        // The changelog names its partitions' owners soon: see `AbandonedTransactions`.
        pace.hurry(at: clock.monotonicMs())
        let seconds = Double(clock.monotonicMs() - started) / 1000
        metrics.restoreSeconds.set(seconds)
        context.ready("state")
        context.log.info("partitions assigned", ["count": partitions.count, "restore_seconds": seconds])
    }

    /// Takes every partition from its beginning, without state.
    mutating func takeAll(_ count: Int) throws {
        let ticks = context.topic(.ticks)
        windows = (0..<Int32(count)).map {
            PartitionWindows(configuration: restorer.configuration, topic: ticks, partition: $0)
        }
        try consumer.assign((0..<Int32(count)).map { PartitionOffset(topic: ticks, partition: $0, offset: 0) })
        context.ready("state")
        context.log.info("partitions taken", ["count": count])
    }

    /// Tries until it works or stop was requested (nil).
    private mutating func restore(
        _ partitions: [Int32]
    ) throws -> [(windows: PartitionWindows, offset: PartitionOffset)]? {
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
        let partitions = windows.indices.filter { windows[$0] != nil }.map { Int32($0) }
        try abandon()
        for partition in partitions { drop(partition) }
        // Without partitions there is nothing to go back to: the group says what comes next.
        guard !partitions.isEmpty else { return }
        try consumer.unassign()
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
        console.show()
    }

    func leave() {
        // When a stop has waited so long, Kafka is away: the farewell would not arrive, and its request delays the end.
        let isAway = (context.stop.ageMs ?? 0) > TransactionWriter.stopLimitMs
        if isAway || !consumer.close(timeoutMs: ProcessorSession.farewellMs) {
            context.log.warning("left the group without the broker's answer")
        }
    }
}
