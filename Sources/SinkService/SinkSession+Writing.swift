internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Storage
internal import System

/// The batch on its way through its stages.
extension SinkSession {
    /// What the store will hold; nothing where the broker lives no longer than the sink.
    func changes() -> [HeldPartition] {
        if target.membership == .alone { return [] }
        return progress.changes(at: consumer.positions, topics: consumer.topicNames)
    }

    /// Takes the batch as far as it goes. Where something is away it stays and is tried again later.
    func advance() throws {
        if stage == .fill {
            offsets = consumer.positions
            holding = changes()
            stage = .bury
        }
        if stage == .bury, try !bury(.write) { return try hold() }
        if stage == .write, try !write() { return try hold() }
        if stage == .buryRefused {
            if try !bury(.buryRefused) { return try hold() }
            if try !remember() { return try hold() }
        }
        if stage == .commit, try !commit() { return try hold() }
        if retryMs != nil {
            retryMs = nil
            try consumer.resume(consumer.assignment)
        }
        backoff.reset()
    }

    private func write() throws -> Bool {
        let started = clock.monotonicMs()
        do throws(StoreError) {
            let outcome = try store.write(batch.rows, holding: holding, now: clock.wallMs())
            if holding.isEmpty { try store.check() }
            if !batch.isEmpty { metrics.writeSeconds.observe(Double(clock.monotonicMs() - started) / 1000) }
            metrics.add(written: outcome.taken)
            for table in Table.allCases { report.add(outcome.taken[table] ?? 0, table.name.description) }
            batch.refuse(outcome.rejected)
            if outcome.rejected.isEmpty { progress.remember(holding) }
            stage = outcome.rejected.isEmpty ? .commit : .buryRefused
            ready("store")
            return true
        } catch {
            try storeFailed(error)
            return false
        }
    }

    /// Sends dead letters: before the write what is malformed, behind it what the store refused.
    private func bury(_ next: Stage) throws -> Bool {
        let records = batch.refused.filter { $0.isMalformed == (next == .write) }
        guard try deadLetters.send(records, timeoutMs: SinkSession.commitTimeoutMs) else {
            notReady("dead letters", because: "the topic does not take records")
            return false
        }
        if !records.isEmpty { ready("dead letters") }
        logRefused(records)
        stage = next
        return true
    }

    /// Remembers what the store holds when its dead letters are sent.
    private func remember() throws -> Bool {
        do throws(StoreError) {
            try store.hold(holding)
            progress.remember(holding)
            stage = .commit
            ready("store")
            return true
        } catch {
            try storeFailed(error)
            return false
        }
    }

    private func commit() throws -> Bool {
        if target.membership == .group {
            do { try consumer.commit(offsets, timeoutMs: SinkSession.commitTimeoutMs) } catch {
                if case .fatal = error { throw error }
                // Not ours any more: the next poll brings the rebalance, and the new owner reads it again.
                notReady("commit", because: "\(error)")
                if troubles.isDue() {
                    context.log.warning("the offsets are not committed yet", ["error": "\(error)"])
                }
                return false
            }
            ready("commit")
        } else {
            consumer.noteCommitted(offsets)
        }
        if !batch.isEmpty { metrics.batches.add() }
        metrics.add(refused: batch.refused)
        report.add(batch.refused.count, "rejected")
        report.note(offsets)
        nextIdleMs = clock.monotonicMs() + SinkSession.idleMs
        drop()
        return true
    }

    func drop() {
        batch.removeAll()
        offsets = []
        holding = []
        stage = .fill
    }

    /// Stops reading until the next try.
    private func hold() throws {
        retryMs = clock.monotonicMs() + backoff.next()
        try consumer.pause(consumer.assignment)
    }

    private func logRefused(_ records: [RefusedRecord]) {
        for record in records where refusals.isDue() {
            context.log.warning(
                "record not stored",
                [
                    "topic": context.topic(record.origin.topic), "partition": record.origin.partition,
                    "offset": record.origin.offset, "error": record.error,
                ])
        }
    }
}
