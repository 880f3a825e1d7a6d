internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// The broker inside `pipeline`, with its topics made: it makes none by itself.
struct EmbeddedKafka {
    /// Partitions of its topics when nobody asks for a number. Its readers are threads of one process, and each fetch and each
    /// snapshot costs by the partition: with 4 in place of 12 the same stream takes 40 % less of a core.
    static let usualPartitions = 4

    private let broker: EmbeddedBroker
    /// Where the services find it.
    var bootstrap: String { broker.bootstrap }

    init(_ common: CommonConfiguration, topics: [Topic]) throws {
        broker = try EmbeddedBroker()
        try broker.createTopics(topics.map { $0.name(prefix: common.prefix) }, partitions: Int32(common.partitions))
    }

    /// What the services that run on it are given. What the user says of Kafka stands above what it wants.
    func context(_ common: CommonConfiguration, stop: StopFlag, log: Log) -> ServiceContext {
        var common = common
        common.brokers = bootstrap
        var kafka = KafkaConfiguration(common)
        // It does not wake a waiting fetch when a record comes: so old a record may get on a quiet topic.
        kafka.set("fetch.wait.max.ms", to: "150", for: .consumer)
        // It looks for an offset through all batches of the partition, and answers with one batch: few large ones are found and
        // read at less cost.
        kafka.set("linger.ms", to: "25", for: .producer)
        // librdkafka's timers each spin through their last millisecond. Only consumers are asked whether they were answered.
        kafka.set("statistics.interval.ms", to: "2000", for: .consumer)
        kafka.set("statistics.interval.ms", to: "10000", for: .producer)
        return ServiceContext(service: "pipeline", common, kafka: kafka, stop: stop, log: log)
    }

    /// Opens the port at which other programs find it.
    /// - Throws: when somebody else has it.
    func listen(port: UInt16) throws(KafkaError) -> BrokerPort {
        try BrokerPort(of: broker, port: port)
    }

    /// What a user is told at start: `address` is that of the port.
    func announcement(prefix: String, address: String) -> String {
        """
        The broker inside listens on \(address): kcat -b \(address) -C -t \(prefix).windows.tumbling
        It keeps 5 MiB a partition in memory and promises nothing over a restart; use --brokers for a real Kafka.

        """
    }
}
