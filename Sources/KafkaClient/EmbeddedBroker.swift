internal import CRdkafka
internal import System

/// librdkafka's mock cluster: Kafka's protocol on a loopback port, inside this process, readable by any local client.
///
/// What it does not promise:
/// - it keeps 5 MiB (or 100,000 batches) a partition in memory and drops the oldest silently; a reader that comes later
///   starts behind them. Nothing is on disk, nothing outlives the process, nothing is compacted;
/// - transactions are accepted and isolate nothing: `read_committed` readers see open and aborted records;
/// - offsets that a transaction sends are acknowledged and forgotten; only plain commits are kept;
/// - a transactional id fences nobody;
/// - there are no admin requests: `KafkaAdmin.createTopics` fails, `createTopic` here takes its place;
/// - the first member of a group waits 3 s for its assignment, and after that whoever joins or leaves a session
///   timeout less one second; meanwhile it takes no commit.
/// *Thread*: any; the cluster works in a thread of its own. *Source*: librdkafka, rdkafka_mock.h.
package final class EmbeddedBroker {
    private let handle: KafkaHandle
    private let cluster: OpaquePointer
    /// `host:port` of all its brokers, for `KafkaConfiguration`.
    package let bootstrap: String

    /// - Parameter brokers: how many; their numbers begin at 1.
    package init(brokers: Int32 = 1) throws(KafkaError) {
        var settings = try KafkaSettings([("client.id", "cryptostream-broker"), ("log.queue", "true")])
        try settings.set("log_level", to: "2")  // the client that carries the cluster has no broker, which is no news
        let events = ClientEvents { _, _, _ in }
        events.install(in: settings)
        handle = try KafkaHandle(RD_KAFKA_PRODUCER, settings, events)
        guard let cluster = rd_kafka_mock_cluster_new(handle.raw, brokers) else {
            throw KafkaError(RD_KAFKA_RESP_ERR__FAIL, "rd_kafka_mock_cluster_new")
        }
        self.cluster = cluster
        bootstrap = String(cString: rd_kafka_mock_cluster_bootstraps(cluster))
        liveInstances.add(1)
    }

    deinit {
        rd_kafka_mock_cluster_destroy(cluster)
        liveInstances.add(-1)
    }

    /// A configuration for its clients: it does not wake a waiting fetch when a record comes, so they wait shortly, and
    /// their group sessions are short because every rebalance takes that long.
    package var configuration: KafkaConfiguration {
        var configuration = KafkaConfiguration(brokers: bootstrap)
        configuration.set("fetch.wait.max.ms", to: "20", for: .consumer)
        configuration.set("session.timeout.ms", to: "3000", for: .consumer)
        configuration.set("heartbeat.interval.ms", to: "300", for: .consumer)
        return configuration
    }

    /// Makes a topic; the same again is an error.
    package func createTopic(_ name: String, partitions: Int32) throws(KafkaError) {
        try check(rd_kafka_mock_topic_create(cluster, name, partitions, 1), "rd_kafka_mock_topic_create")
    }

    /// Makes topics, none of which may be there.
    ///
    /// The cluster's thread serves requests and empties its wake-up pipe after it: a request that comes between the two has
    /// its wake-up thrown away and waits for a second. Whoever makes a topic right behind another one often comes there. So
    /// each waits until the thread has answered a client, which it does behind both.
    /// *Source*: librdkafka 2.0.2, `rd_kafka_mock_cluster_io_poll`.
    package func createTopics(_ names: [String], partitions: Int32) throws(KafkaError) {
        let client = try KafkaAdmin(configuration, onLog: { _, _, _ in })
        for name in names {
            _ = try client.topics(timeoutMs: 5_000)
            try createTopic(name, partitions: partitions)
        }
    }

    // MARK: Faults, for tests

    /// Refuses connections, or takes them again.
    package func setReachable(_ isReachable: Bool) throws(KafkaError) {
        if isReachable {
            try check(rd_kafka_mock_broker_set_up(cluster, -1), "rd_kafka_mock_broker_set_up")
        } else {
            try check(rd_kafka_mock_broker_set_down(cluster, -1), "rd_kafka_mock_broker_set_down")
        }
    }

    /// Answers so much later.
    package func setRoundTrip(ms: Int32) throws(KafkaError) {
        try check(rd_kafka_mock_broker_set_rtt(cluster, -1, ms), "rd_kafka_mock_broker_set_rtt")
    }

    /// The next requests of this kind (Kafka's ApiKey: 0 Produce, 1 Fetch, 26 EndTxn, 28 TxnOffsetCommit …) fail with these codes.
    package func failNext(apiKey: Int16, with codes: [Int32]) {
        let errors = codes.map { rd_kafka_resp_err_t(rawValue: $0) }
        rd_kafka_mock_push_request_errors_array(cluster, apiKey, errors.count, errors)
    }

    /// Forgets the failures that `failNext` still has for requests of this kind.
    package func clearFailures(apiKey: Int16) {
        rd_kafka_mock_clear_request_errors(cluster, apiKey)
    }
}
