internal import KafkaClient
internal import ServiceRuntime
internal import Storage

/// The group of versions whose stores had no identity, `<prefix>-sink`: what it committed is what such a store holds.
struct FirstGroup {
    private static let timeoutMs: Int32 = 5_000

    private let context: ServiceContext

    init(_ context: ServiceContext) { self.context = context }

    /// Of every partition in which the group committed.
    /// - Throws: `.retriable` when Kafka does not answer in time.
    func offsets() throws(KafkaError) -> [HeldPartition] {
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        let counts = try admin.topics(timeoutMs: FirstGroup.timeoutMs)
        let places = SinkService.inputs.map { context.topic($0) }.flatMap { topic in
            (0..<counts[topic, default: 0]).map { TopicPartition(topic: topic, partition: $0) }
        }
        let consumer = try KafkaConsumer(context.kafka, group: context.group, onLog: context.kafkaLog)
        let cluster = try consumer.clusterID(timeoutMs: FirstGroup.timeoutMs)
        return try consumer.committed(places, timeoutMs: FirstGroup.timeoutMs).compactMap { committed in
            committed.map {
                HeldPartition(cluster: cluster, topic: $0.topic, partition: $0.partition, next: $0.offset)
            }
        }
    }
}
