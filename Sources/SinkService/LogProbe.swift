internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Storage
internal import System

/// Finds out whether a log is the one that a store knows, or that of a topic made anew.
///
/// In the log that the store knows, no record up to its `last` is newer than its `newestMs`. Transaction markers may be:
/// they bear the coordinator's time, so where something newer stands there, the record itself is looked at.
struct LogProbe {
    private let context: ServiceContext
    private let consumer: KafkaConsumer

    init(_ context: ServiceContext, _ consumer: KafkaConsumer) {
        self.context = context
        self.consumer = consumer
    }

    /// Those of the partitions whose log is another one than the store knows.
    /// - Throws: `.retriable` when Kafka does not answer in time.
    func others(_ held: [HeldPartition], timeoutMs: Int32) throws(KafkaError) -> Set<TopicPartition> {
        let known = held.filter { $0.newestMs >= 0 && $0.last >= 0 }
        let later = try consumer.offsets(
            known.map { (TopicPartition(topic: $0.topic, partition: $0.partition), $0.newestMs + 1) },
            timeoutMs: timeoutMs)
        let doubtful = zip(known, later).filter { held, later in later.map { $0 <= held.last } ?? false }.map(\.0)
        return doubtful.isEmpty ? [] : try read(doubtful, timeoutMs: timeoutMs)
    }

    /// Reads of each partition the record at `last`: in the store's own log it is there, and not newer than all.
    private func read(_ held: [HeldPartition], timeoutMs: Int32) throws(KafkaError) -> Set<TopicPartition> {
        let reader = try KafkaConsumer(context.kafka, group: nil, onLog: context.kafkaLog)
        var open: [TopicPartition: HeldPartition] = [:]
        for place in held { open[TopicPartition(topic: place.topic, partition: place.partition)] = place }
        var others = Set(open.keys)
        try reader.assign(open.map { PartitionOffset($0, offset: $1.last) })
        let clock = SystemClock()
        let endMs = clock.monotonicMs() + Int64(timeoutMs)
        while !open.isEmpty, clock.monotonicMs() < endMs, !context.stop.isRequested {
            let outcome = try reader.poll(limit: 500, waitMs: 100) { record in
                let place = TopicPartition(topic: reader.topicNames[record.topicID], partition: record.partition)
                guard let held = open.removeValue(forKey: place) else { return }
                if record.offset == held.last, record.timestampMs <= held.newestMs { others.remove(place) }
            }
            for end in outcome.ends { open[end] = nil }
        }
        // What did not answer in time is asked again.
        if !open.isEmpty {
            throw .retriable(operation: "poll", code: 0, reason: "\(open.count) partitions did not answer in time")
        }
        return others
    }
}
