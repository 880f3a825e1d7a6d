internal import CRdkafka

/// The partitions that a consumer reads, and the names of all topics it ever had.
final class PartitionTable {
    /// A topic's id is its index here; names are never removed.
    private(set) var names: [String] = []
    /// The assignment, in its order.
    private(set) var partitions: [ReadPartition] = []
    private var indexes: [TopicPartition: Int] = [:]

    /// The id of a topic, a new one for a new name.
    func topicID(_ name: String) -> Int {
        if let id = names.firstIndex(of: name) { return id }
        names.append(name)
        return names.count - 1
    }

    /// Takes another assignment; those of before are forgotten, with all they knew.
    /// - Parameter partitions: made when those of before were let go (`forget`).
    func assign(_ partitions: [ReadPartition]) {
        self.partitions = partitions
        indexes = Dictionary(partitions.enumerated().map { ($1.place, $0) }) { first, _ in first }
    }

    /// Lets the assignment go.
    func forget() {
        for partition in partitions { partition.close() }
        assign([])
    }

    /// The partition, if it is assigned.
    func existing(_ place: TopicPartition) -> ReadPartition? { indexes[place].map { partitions[$0] } }

    /// The partition that a message belongs to, if it is assigned.
    func find(_ handle: OpaquePointer, _ partition: Int32) -> ReadPartition? {
        existing(TopicPartition(topic: String(cString: rd_kafka_topic_name(handle)), partition: partition))
    }
}
