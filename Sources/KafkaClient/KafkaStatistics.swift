/// A snapshot of one client, as librdkafka emits it each `statistics.interval.ms`.
///
/// *Source*: librdkafka STATISTICS.md; counters only grow, the others are gauges.
package struct KafkaStatistics: Sendable, Equatable {
    /// When it was taken, CLOCK_MONOTONIC. *Units*: microseconds.
    package var takenUs: Int64 = 0
    /// Records in the producer's queues, and their bytes.
    package var queuedRecords: Int64 = 0
    package var queuedBytes: Int64 = 0
    /// Records sent to and received from the brokers, and their bytes.
    package var sentRecords: Int64 = 0
    package var sentBytes: Int64 = 0
    package var receivedRecords: Int64 = 0
    package var receivedBytes: Int64 = 0
    package var brokers: [Broker] = []
    package var partitions: [Partition] = []
    /// Nil for a producer.
    package var group: Group?
    /// Nil for a consumer.
    package var transactions: Transactions?

    package init() {}

    /// One connection to a broker; the group's coordinator has one of its own, with the name `GroupCoordinator`.
    package struct Broker: Sendable, Equatable {
        /// The broker's number; -1 for a bootstrap address or a coordinator.
        package var id: Int32 = -1
        package var name = ""
        /// `UP` when it is connected.
        package var state = ""
        /// Round trip over the last interval. *Units*: microseconds.
        package var rttAverageUs: Int64 = 0
        package var rttP99Us: Int64 = 0
        /// Time since anything was received; nil when not connected. *Units*: microseconds.
        package var idleUs: Int64?
        package var connects: Int64 = 0
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
        /// The newest end of the log that the client saw: all records, and those that `read_committed` may read. -1001: none yet.
        package var highOffset: Int64 = -1001
        package var stableOffset: Int64 = -1001
        /// Behind the last fetched record, behind the last one handed out, and committed. -1001: none yet.
        package var nextOffset: Int64 = -1001
        package var appOffset: Int64 = -1001
        package var committedOffset: Int64 = -1001
        /// End of the log less `committedOffset`, librdkafka's `consumer_lag`; nil when unknown, and not moved by transactions.
        package var committedLag: Int64?
        /// Records fetched and not handed out, of all partitions together (they share a queue).
        package var waitingRecords: Int64 = 0
        package var sentRecords: Int64 = 0
        package var receivedRecords: Int64 = 0

        package init() {}
    }

    /// The client's part in its group.
    package struct Group: Sendable, Equatable {
        /// `up` when the coordinator is there.
        package var state = ""
        /// `steady` when it has an assignment.
        package var joinState = ""
        package var rebalances: Int64 = 0
        package var assignedPartitions: Int64 = 0

        package init() {}
    }

    /// The state of an idempotent or transactional producer.
    package struct Transactions: Sendable, Equatable {
        package var idempotenceState = ""
        package var transactionState = ""
        package var producerID: Int64 = -1
        package var producerEpoch: Int64 = -1

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
