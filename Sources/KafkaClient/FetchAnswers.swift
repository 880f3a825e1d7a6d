/// From one snapshot to the next: since when each leader has answered what it was asked.
///
/// A fetcher has one request under way and sends the next when the answer is there. So when a broker's count of fetch
/// requests has grown by two since an earlier snapshot, and no connection broke and no request timed out in between, a
/// fetch that was sent after that snapshot has been answered: what the newer snapshot says of the log's end was true later
/// than the earlier one. (`rxidle` alone would not do: any answer resets it, and while the local queue is full nothing is
/// fetched.)
struct FetchAnswers {
    private struct Mark {
        var takenUs: Int64
        var fetches: Int64
        var failures: Int64
    }

    private var seen: UInt64 = 0
    private var marks: [Int32: Mark] = [:]
    /// By broker: a fetch sent after this moment (CLOCK_MONOTONIC µs) has been answered.
    private(set) var answeredUs: [Int32: Int64] = [:]

    /// Looks at the newest snapshot once.
    mutating func note(_ events: ClientEvents) {
        guard events.statisticsCount != seen else { return }
        seen = events.statisticsCount
        if let statistics = events.statistics { note(statistics) }
    }

    mutating func note(_ statistics: KafkaStatistics) {
        for broker in statistics.brokers where broker.id >= 0 {
            let now = Mark(
                takenUs: statistics.takenUs, fetches: broker.fetches,
                failures: broker.disconnects + broker.requestTimeouts)
            guard broker.isUp, let mark = marks[broker.id], mark.failures == now.failures else {
                marks[broker.id] = now
                continue
            }
            if now.fetches >= mark.fetches + 2 {
                answeredUs[broker.id] = mark.takenUs
                marks[broker.id] = now
            }
        }
    }
}

extension KafkaConsumer {
    /// The latest moment of which it is certain that the partition held no record that `poll` has not handed out:
    /// CLOCK_MONOTONIC ms, or nil while there is none (the partition is behind, paused, or new; no snapshot since).
    ///
    /// It follows the clock by about one to one and a half `statistics.interval.ms` while the partition stands at its end
    /// and its leader answers, and stands still from the moment that the leader stops answering: a broker that is
    /// away or silent makes no market quiet. "End" is what the consumer's isolation lets it read.
    package func endConfirmedMs(of place: TopicPartition) -> Int64? {
        guard let slot = table.existing(place)?.pointee, slot.isOpen, !slot.isPaused,
            slot.next >= 0, slot.end == slot.next,
            let partition = statistics?.partition(place),
            partition.fetchState == "active", partition.stableOffset == slot.next,
            let answeredUs = answers.answeredUs[partition.leader], answeredUs >= slot.sinceUs
        else { return nil }
        return answeredUs / 1000
    }
}
