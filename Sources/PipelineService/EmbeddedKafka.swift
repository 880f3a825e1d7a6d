internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime

/// The broker inside `pipeline`, with all topics made.
struct EmbeddedKafka {
    /// Partitions of its topics when nobody asks for a number. Its readers are threads of one process, and each fetch and each
    /// snapshot costs by the partition: with 4 in place of 12 the same stream takes 40 % less of a core.
    static let usualPartitions = 4

    private let broker: EmbeddedBroker
    /// Where the services find it.
    var bootstrap: String { broker.bootstrap }

    init(_ settings: Settings) throws {
        let partitions = settings.integer("partitions")
        broker = try EmbeddedBroker()
        try broker.createTopics(
            Topic.allCases.map { $0.name(prefix: settings.text("prefix")) }, partitions: Int32(partitions))
    }

    /// The settings of a service that is to run on it.
    func settings(_ settings: Settings) -> Settings {
        let own = [
            // It does not wake a waiting fetch when a record comes: so old a record may get on a quiet topic.
            "fetch.wait.max.ms=100",
            // It looks for an offset through all batches of the partition, and answers with one batch: few large ones are
            // found and read at less cost.
            "linger.ms=25",
            // librdkafka's timers each spin through their last millisecond.
            "statistics.interval.ms=1000",
        ]
        let user = settings.keyValues("kafka-config").map { "\($0.key)=\($0.value)" }
        return settings.replacing("brokers", with: [bootstrap]).replacing("kafka-config", with: own + user)
    }

    /// Opens the port at which other programs find it.
    /// - Throws: when somebody else has it.
    func listen(_ settings: Settings) throws(KafkaError) -> BrokerPort {
        try BrokerPort(of: broker, port: UInt16(settings.integer("kafka-port")))
    }

    /// What a user is told at start: `address` is that of the port.
    func announcement(prefix: String, address: String) -> String {
        """
        The broker inside listens on \(address): kcat -b \(address) -C -t \(prefix).windows.tumbling
        It keeps 5 MiB a partition in memory and promises nothing over a restart; use --brokers for a real Kafka.

        """
    }
}
