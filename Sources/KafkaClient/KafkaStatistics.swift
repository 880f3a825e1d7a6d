/// A snapshot of one client, as librdkafka emits it each `statistics.interval.ms`.
///
/// *Source*: librdkafka STATISTICS.md; counters only grow, the others are gauges.
package struct KafkaStatistics: Sendable, Equatable {
    /// When it was taken, CLOCK_MONOTONIC. *Units*: microseconds.
    package var takenUs: Int64 = 0
    /// Records in the producer's queues, and their bytes.
    package var queuedRecords: Int64 = 0
    package var queuedBytes: Int64 = 0
    /// Records sent to and received from the brokers.
    package var sentRecords: Int64 = 0
    package var receivedRecords: Int64 = 0
    package var brokers: [Broker] = []
    package var partitions: [Partition] = []
    /// Nil for a producer.
    package var group: Group?

    package init() {}

    /// One connection to a broker; the group's coordinator has one of its own, with the name `GroupCoordinator`.
    package struct Broker: Sendable, Equatable {
        /// The broker's number; -1 for a bootstrap address or a coordinator.
        package var id: Int32 = -1
        package var name = ""
        /// `UP` when it is connected.
        package var state = ""
        /// Round trip over the last interval. *Units*: microseconds.
        package var rttP99Us: Int64 = 0
        package var disconnects: Int64 = 0
        package var requestTimeouts: Int64 = 0
        /// Fetch requests sent.
        package var fetches: Int64 = 0

        package var isUp: Bool { state == "UP" }

        package init() {}
    }

    /// One partition that the client knows.
    package struct Partition: Sendable, Equatable {
        package var topic = ""
        package var partition: Int32 = -1
        /// The broker that leads it; -1 when unknown.
        package var leader: Int32 = -1
        /// `active` while it is fetched.
        package var fetchState = ""
        /// The newest end of the log that the client saw, of all records. -1001: none yet.
        package var highOffset: Int64 = -1001

        package init() {}
    }

    /// The client's part in its group.
    package struct Group: Sendable, Equatable {
        package var rebalances: Int64 = 0

        package init() {}
    }

    /// Whether any broker is connected.
    package var isConnected: Bool { brokers.contains { $0.isUp } }

    /// What it says of one partition.
    package func partition(_ place: TopicPartition) -> Partition? {
        partitions.first { $0.partition == place.partition && $0.topic == place.topic }
    }

    /// The connection to the broker with this number.
    package func broker(_ id: Int32) -> Broker? { brokers.first { $0.id == id && $0.id >= 0 } }
}
