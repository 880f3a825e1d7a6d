internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime

/// Asks Kafka where topics end.
struct TopicEnds {
    let context: ServiceContext

    /// The end of each partition now; nil when Kafka does not say, which is logged.
    func callAsFunction(_ topics: [Topic]) -> [(place: TopicPartition, end: Int64)]? {
        do {
            let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
            // A real Kafka's topics may have another number of partitions than the settings say.
            let counts = try admin.topics(timeoutMs: 1_000)
            let places = topics.map { context.topic($0) }.flatMap { name in
                (0..<counts[name, default: 0]).map { TopicPartition(topic: name, partition: $0) }
            }
            return Array(zip(places, try admin.endOffsets(of: places, timeoutMs: 1_000)))
        } catch {
            context.log.warning("cannot tell how far the readers have to go", ["error": "\(error)"])
            return nil
        }
    }
}
