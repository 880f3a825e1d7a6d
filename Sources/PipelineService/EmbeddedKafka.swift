internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime

/// The broker inside `pipeline`, with all topics made.
struct EmbeddedKafka {
    private let broker: EmbeddedBroker
    /// Where any client on this machine finds it.
    var bootstrap: String { broker.bootstrap }

    init(prefix: String, partitions: Int) throws {
        broker = try EmbeddedBroker()
        for topic in Topic.allCases {
            try broker.createTopic(topic.name(prefix: prefix), partitions: Int32(partitions))
        }
    }

    /// The settings of a service that is to run on it.
    func settings(_ settings: Settings) -> Settings {
        // It does not wake a waiting fetch when a record comes, so fetches wait shortly; and a group's members wait for
        // their session's length when one joins, so sessions are short.
        let own = ["fetch.wait.max.ms=20", "session.timeout.ms=6000", "heartbeat.interval.ms=300"]
        let user = settings.keyValues("kafka-config").map { "\($0.key)=\($0.value)" }
        return settings.replacing("brokers", with: [bootstrap]).replacing("kafka-config", with: own + user)
    }

    /// What a user is told at start.
    func announcement(prefix: String) -> String {
        """
        The broker inside listens on \(bootstrap): kcat -b \(bootstrap) -C -t \(prefix).windows.tumbling
        It keeps 5 MiB a partition in memory and promises nothing over a restart; use --brokers for a real Kafka.

        """
    }
}
