internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Storage
internal import System

extension SinkSession {
    private static let questionTimeoutMs: Int32 = 5_000
    /// How long a partition may be unknown to the brokers that the group's coordinator gave away.
    private static let unknownMs: Int64 = 30_000

    /// Assigns the partitions where the store says, and says so; false when stop was requested first.
    func begin(_ partitions: [TopicPartition]) throws -> Bool {
        guard let (cluster, held, starts, ends) = try findStarts(partitions) else { return false }
        let news = zip(partitions, starts).compactMap { place, start in
            start.reason == .latest || start.reason == .madeAnew
                ? HeldPartition(
                    cluster: cluster, topic: place.topic, partition: place.partition, next: start.offset) : nil
        }
        let others = ends.map {
            HeldPartition(cluster: cluster, topic: $0.topic, partition: $0.partition, next: $0.offset)
        }
        // Before the first record: another member may be the next to begin here.
        if !news.isEmpty { try waitForStore { () throws(StoreError) in try hold(news, unlessKnown: others) } }
        try consumer.assign(zip(partitions, starts).map { PartitionOffset($0, offset: $1.offset) })
        progress = Progress(cluster: cluster, held: held + news)
        tell(partitions, starts)
        return true
    }

    /// - Parameter others: what other members read, who may have begun there already.
    private func hold(_ news: [HeldPartition], unlessKnown others: [HeldPartition]) throws(StoreError) {
        if others.isEmpty { return try store.hold(news) }
        func name(_ held: HeldPartition) -> String { "\(held.cluster)/\(held.topic)/\(held.partition)" }
        let known = Set(try store.held().map(name))
        try store.hold(news + others.filter { !known.contains(name($0)) })
    }

    /// `ends`: of topics whose reading begins at the end, the partitions that other members have.
    private typealias Starts = (
        cluster: String, held: [HeldPartition], starts: [PartitionStart], ends: [PartitionOffset]
    )

    /// Asks until Kafka and the store answer; nil when stop was requested first.
    private func findStarts(_ partitions: [TopicPartition]) throws -> Starts? {
        var backoff = Backoff(firstMs: 50, capMs: 1_000)
        let deadlineMs = clock.monotonicMs() + SinkSession.unknownMs
        while !context.stop.isRequested {
            do {
                let found = try tryStarts(partitions)
                ready("kafka")
                ready("store")
                return found
            } catch let error as StoreError {
                try storeFailed(error)
            } catch let error as KafkaError {
                switch error {
                case .retriable: break
                // A topic that was made just now is not known everywhere.
                case .failed where clock.monotonicMs() < deadlineMs: break
                default: throw error
                }
                notReady("kafka", because: "\(error)")
                if troubles.isDue() { context.log.warning("waiting for Kafka", ["error": "\(error)"]) }
            }
            context.stop.wait(ms: backoff.next())
        }
        return nil
    }

    private func tryStarts(_ partitions: [TopicPartition]) throws -> Starts {
        let timeoutMs = SinkSession.questionTimeoutMs
        let cluster = try consumer.clusterID(timeoutMs: timeoutMs)
        let held = try store.held().filter { $0.cluster == cluster }
        let known = Dictionary(held.map { (TopicPartition(topic: $0.topic, partition: $0.partition), $0) }) { $1 }
        let topics = Set(held.map(\.topic))
        let logs = try consumer.logs(of: partitions, timeoutMs: timeoutMs)
        let others = try LogProbe(context, consumer).others(partitions.compactMap { known[$0] }, timeoutMs: timeoutMs)
        let wantsLatest = target.configuration.startsAtEnd
        let starts = zip(partitions, logs).map { place, log in
            PartitionStart(
                held: known[place], log: log, isOther: others.contains(place),
                // A partition that was added to a topic is new from its first record on.
                wantsLatest: wantsLatest && !topics.contains(place.topic))
        }
        let begun = Set(zip(partitions, starts).filter { $1.reason == .latest }.map(\.0.topic))
        let theirs = try rest(of: begun, besides: partitions)
        let ends = zip(theirs, try consumer.logs(of: theirs, timeoutMs: timeoutMs))
        return (cluster, held, starts, ends.map { PartitionOffset($0, offset: $1.upperBound) })
    }

    /// The partitions of these topics that are not among those.
    private func rest(
        of topics: Set<String>, besides partitions: [TopicPartition]
    ) throws(KafkaError) -> [TopicPartition] {
        if topics.isEmpty { return [] }
        let counts = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
            .topics(timeoutMs: SinkSession.questionTimeoutMs)
        let own = Set(partitions)
        return topics.flatMap { topic in
            (0..<counts[topic, default: 0]).map { TopicPartition(topic: topic, partition: $0) }
        }.filter { !own.contains($0) }
    }

    private func waitForStore(_ body: () throws(StoreError) -> Void) throws {
        var backoff = Backoff(firstMs: 100, capMs: 5_000)
        while !context.stop.isRequested {
            do throws(StoreError) {
                try body()
                return ready("store")
            } catch { try storeFailed(error) }
            context.stop.wait(ms: backoff.next())
        }
    }

    /// Says where the partitions begin, and what of it is unusual.
    private func tell(_ partitions: [TopicPartition], _ starts: [PartitionStart]) {
        func count(_ reason: PartitionStart.Reason) -> Int { starts.count { $0.reason == reason } }
        context.log.info("partitions assigned", ["count": partitions.count])
        let (unknown, latest) = (count(.unknown), count(.latest))
        if unknown > 0 {
            context.log.info("the store does not know these partitions: from the beginning", ["count": unknown])
        }
        if latest > 0 {
            context.log.info("the store does not know these partitions: what comes from now on", ["count": latest])
        }
        for (place, start) in zip(partitions, starts) {
            switch start.reason {
            case .held, .unknown, .latest: break
            case .madeAnew:
                context.log.warning(
                    "the topic was made anew since the store read it: from the beginning",
                    ["topic": place.topic, "partition": place.partition])
            case .skipped(let from, let to): skipped(place, from: from, to: to)
            }
        }
    }

    /// Counts and logs records that retention removed before they were read.
    func skipped(_ place: TopicPartition, from: Int64, to: Int64) {
        metrics.skipped.add(Int(clamping: to - from))
        context.log.warning(
            "records were removed before they were read",
            ["topic": place.topic, "partition": place.partition, "from": from, "to": to])
    }
}
