/// From one snapshot to the next: since when each leader has answered what it was asked.
///
/// A fetcher has one request under way and sends the next when the answer is there. So when a broker's count of fetch
/// requests has grown by two since an earlier snapshot, and no connection broke and no request timed out in between, a
/// fetch that was sent after that snapshot has been answered: what the newer snapshot says of the log's end was true later
/// than the earlier one. (`rxidle` alone would not do: any answer resets it, and while the local queue is full nothing is
/// fetched.)
struct FetchAnswers {
    /// A leader that answers no fetch for so long was away. *Units*: microseconds.
    private static let silenceUs: Int64 = 2_000_000

    private struct Mark {
        var takenUs: Int64
        var fetches: Int64
        var failures: Int64
        /// Since when there was no silence and no failure.
        var steadyUs: Int64
    }

    /// What is known of a leader. *Units*: CLOCK_MONOTONIC microseconds.
    struct Answer: Equatable {
        /// A fetch sent after this moment has been answered.
        var atUs: Int64
        /// It has answered without a break since.
        var steadyUs: Int64
    }

    private var seen: UInt64 = 0
    private var marks: [Int32: Mark] = [:]
    private var answeredUs: [Int32: Int64] = [:]
    /// Each partition's leader, and since when; 0 for the first one.
    private var leaders: [TopicPartition: (leader: Int32, sinceUs: Int64)] = [:]

    /// The leader's last answer about this partition; nil before the first.
    func last(of partition: KafkaStatistics.Partition) -> Answer? {
        guard let atUs = answeredUs[partition.leader], let mark = marks[partition.leader] else { return nil }
        let place = TopicPartition(topic: partition.topic, partition: partition.partition)
        return Answer(atUs: atUs, steadyUs: max(mark.steadyUs, leaders[place]?.sinceUs ?? 0))
    }

    /// Looks at the newest snapshot once.
    mutating func note(_ events: ClientEvents) {
        guard events.statisticsCount != seen else { return }
        seen = events.statisticsCount
        if let statistics = events.statistics { note(statistics) }
    }

    mutating func note(_ statistics: KafkaStatistics) {
        for broker in statistics.brokers where broker.id >= 0 {
            var now = Mark(
                takenUs: statistics.takenUs, fetches: broker.fetches,
                failures: broker.disconnects + broker.requestTimeouts, steadyUs: statistics.takenUs)
            guard broker.isUp, let mark = marks[broker.id], mark.failures == now.failures else {
                marks[broker.id] = now
                continue
            }
            guard now.fetches >= mark.fetches + 2 else { continue }
            answeredUs[broker.id] = mark.takenUs
            if now.takenUs - mark.takenUs <= FetchAnswers.silenceUs { now.steadyUs = mark.steadyUs }
            marks[broker.id] = now
        }
        for partition in statistics.partitions where partition.partition >= 0 {
            let place = TopicPartition(topic: partition.topic, partition: partition.partition)
            let known = leaders[place]
            guard known?.leader != partition.leader, known != nil || partition.leader >= 0 else { continue }
            leaders[place] = (partition.leader, known == nil ? 0 : statistics.takenUs)
        }
    }
}

extension KafkaConsumer {
    /// The latest moment of which it is certain that the partition held no record that `poll` has not handed out:
    /// CLOCK_MONOTONIC ms, or nil while there is none (the partition is behind, paused, or new; no snapshot since).
    ///
    /// It follows the clock by about one to one and a half `statistics.interval.ms` while the partition is read to its end
    /// as fast as it grows and its leader answers, and stands still from the moment that the leader stops answering: a
    /// broker that is away or silent makes no market quiet. "End" is behind everything written: while a transaction of somebody
    /// else is open, records that may yet be committed lie before it. While a backlog of other partitions is caught up nothing is
    /// certain of those at their end, which are then asked for less often than the broker answers (`ReadPartition.ride`).
    /// - Parameter steadyForMs: nil also until the leader has answered for so long without a break: those who write
    ///   were kept waiting by a broker that was away, and bring what they have after it is back.
    package func endConfirmedMs(of place: TopicPartition, steadyForMs: Int64 = 0) -> Int64? {
        guard let reading = table.existing(place), reading.isOpen, !reading.isPaused, !reading.isCarried,
            let partition = statistics?.partition(place), partition.fetchState == "active",
            partition.highOffset >= 0, reading.next >= partition.highOffset,
            let answer = answers.last(of: partition), answer.atUs >= reading.sinceUs,
            steadyForMs == 0 || answer.atUs - answer.steadyUs >= steadyForMs * 1000
        else { return nil }
        return answer.atUs / 1000
    }
}
