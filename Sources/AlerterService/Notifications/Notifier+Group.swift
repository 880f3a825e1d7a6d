internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// The notifier's place in its group, and what it remembers of the partitions that it gets.
extension Notifier {
    private static let questionTimeoutMs: Int32 = 5_000

    /// Where a partition is begun, and what was done with before.
    private struct Start {
        var place: TopicPartition
        /// From the oldest record to where reading begins: what the schedule is rebuilt of.
        var done: Range<Int64>
        var attendance: Attendance
    }

    /// Joins the group; alone, takes all partitions from their beginning.
    func join() throws {
        if membership == .group {
            context.notReady("group", because: "no partitions assigned")
            return try consumer.subscribe([context.topic(.alerts)])
        }
        let places = try ask { () throws(KafkaError) in try context.partitions(of: .alerts) } ?? []
        for place in places { attend(place, Attendance()) }
        try consumer.assign(places.map { PartitionOffset($0, offset: KafkaOffset.beginning) })
    }

    /// Begins to be there for a partition, of which nothing was read yet.
    private func attend(_ place: TopicPartition, _ before: Attendance) {
        var attendance = before
        attendance.begin(at: clock.wallMs())
        attendances[place.partition] = attendance
        unread.insert(place)
    }

    /// Begins with what the group gave, lets go what it took.
    func answer(_ rebalance: Rebalance) throws {
        switch rebalance {
        case .assigned(let places): try begin(places)
        case .revoked(let places, let isLost):
            if !isLost { try? commit() }
            forgetAll()
            try consumer.unassign()
            context.notReady("group", because: "no partitions assigned")
            context.log.info("partitions revoked", ["count": places.count, "lost": isLost])
        }
    }

    /// Rebuilds what was known of the alerts in these partitions, and reads on where the group committed.
    private func begin(_ places: [TopicPartition]) throws {
        forgetAll()
        guard try awaitSilences(), let starts = try ask({ () throws(KafkaError) in try self.starts(places) }) else {
            return
        }
        for start in starts { attend(start.place, start.attendance) }
        let behind = starts.filter { !$0.done.isEmpty }
        isRestoring = true
        try consumer.assign(behind.map { PartitionOffset($0.place, offset: $0.done.lowerBound) })
        if let rebalance = try restore(behind) { return try answer(rebalance) }
        try consumer.assign(starts.map { PartitionOffset($0.place, offset: $0.done.upperBound) })
        isRestoring = false
        context.ready("group")
        context.ready("receiver")
        context.log.info("partitions assigned", ["count": places.count, "alerts": schedule.count])
    }

    /// Reads the partitions up to where they are begun.
    /// - Returns: the rebalance that ended it early.
    private func restore(_ starts: [Start]) throws -> Rebalance? {
        let ends = Dictionary(uniqueKeysWithValues: starts.map { ($0.place.partition, $0.done.upperBound) })
        while !context.stop.isRequested {
            if starts.allSatisfy({ (consumer.position(of: $0.place) ?? -1) >= $0.done.upperBound }) { return nil }
            let outcome = try ask { () throws(KafkaError) in
                try consumer.poll(limit: 500, waitMs: 100) { record in
                    guard record.offset < ends[record.partition] ?? 0, let change = change(record) else { return }
                    schedule.restore(change, at: clock.wallMs())
                }
            }
            if let rebalance = outcome?.rebalance { return rebalance }
        }
        return nil
    }

    /// Commits, unless the group moves on: then whoever gets the partition tells again what is not committed.
    /// - Returns: whether it is committed; without a group nothing has to be.
    func commitToGroup(_ offsets: [PartitionOffset]) throws(KafkaError) -> Bool {
        guard membership == .group else { return true }
        do throws(KafkaError) {
            try consumer.commit(offsets, timeoutMs: 3_000)
            return true
        } catch {
            guard case .failed = error else { throw error }
            return false
        }
    }

    private func starts(_ places: [TopicPartition]) throws(KafkaError) -> [Start] {
        let logs = try consumer.logs(of: places, timeoutMs: Notifier.questionTimeoutMs)
        let committed = try consumer.committed(places, timeoutMs: Notifier.questionTimeoutMs)
        return zip(places, zip(logs, committed)).map { place, found in
            // Who is told what fires again and again needs no history.
            let first = target.isRefreshed ? found.0.upperBound : found.0.lowerBound
            let (log, offset) = (found.0, found.1?.offset ?? first)
            if offset > log.upperBound {
                context.log.warning(
                    "the topic was made anew: from the beginning", ["partition": place.partition, "committed": offset])
            }
            let isKnown = (log.lowerBound...log.upperBound).contains(offset)
            return Start(
                place: place, done: log.lowerBound..<(isKnown ? offset : log.lowerBound),
                attendance: Attendance(found.1?.metadata ?? "") ?? Attendance())
        }
    }

    /// Waits until all silences were read; false when stop was requested first.
    private func awaitSilences() throws -> Bool {
        while !context.stop.isRequested {
            if let news = board.news(since: 0) {
                schedule.silences = news.silences
                return true
            }
            context.noteTurn()
            context.stop.wait(ms: 20)
        }
        return false
    }

    /// What the body gives, once Kafka answers; nil when stop was requested first.
    private func ask<Result>(_ body: () throws(KafkaError) -> Result) throws(KafkaError) -> Result? {
        try context.untilKafkaAnswers(capMs: 1_000, onAway: noteAway) { () throws(KafkaError) in
            context.noteTurn()
            let result = try body()
            context.ready("kafka")
            return result
        }
    }
}
