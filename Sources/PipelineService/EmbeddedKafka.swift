internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime

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

    /// What services that are to run on it have in place of `common`.
    func configuration(_ common: CommonConfiguration) -> CommonConfiguration {
        let own = [
            // It does not wake a waiting fetch when a record comes: so old a record may get on a quiet topic.
            Settings.KeyValue(key: "fetch.wait.max.ms", value: "100"),
            // It looks for an offset through all batches of the partition, and answers with one batch: few large ones are
            // found and read at less cost.
            Settings.KeyValue(key: "linger.ms", value: "25"),
            // librdkafka's timers each spin through their last millisecond.
            Settings.KeyValue(key: "statistics.interval.ms", value: "1000"),
        ]
        let user = Set(common.kafka.map(\.key))
        var copy = common
        copy.brokers = bootstrap
        copy.kafka = own.filter { !user.contains($0.key) } + common.kafka
        return copy
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
