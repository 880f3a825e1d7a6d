/// One partition of one topic.
package struct TopicPartition: Hashable, Sendable {
    package var topic: String
    package var partition: Int32

    package init(topic: String, partition: Int32) {
        self.topic = topic
        self.partition = partition
    }
}

/// A place in a partition: the offset of the record that comes next, or one of `KafkaOffset`'s.
package struct PartitionOffset: Hashable, Sendable {
    package var topic: String
    package var partition: Int32
    package var offset: Int64
    /// What is kept beside the offset when a group commits it, and read back with it; empty: nothing.
    package var metadata = ""

    package init(topic: String, partition: Int32, offset: Int64, metadata: String = "") {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }

    package init(_ place: TopicPartition, offset: Int64, metadata: String = "") {
        self.init(topic: place.topic, partition: place.partition, offset: offset, metadata: metadata)
    }

    /// The partition alone.
    package var topicPartition: TopicPartition { TopicPartition(topic: topic, partition: partition) }
}

/// Offsets that are found by the broker. *Source*: rdkafka.h, `RD_KAFKA_OFFSET_…`.
package enum KafkaOffset {
    /// The oldest record there is.
    package static let beginning: Int64 = -2
    /// Behind the newest record.
    package static let end: Int64 = -1
}

/// What the group's coordinator wants; the consumer's owner answers with `assign` or `unassign`.
package enum Rebalance: Equatable, Sendable {
    /// Restore what belongs to these partitions, then `assign` them with the offsets to begin at.
    case assigned([TopicPartition])
    /// Commit what is done, forget what belongs to these partitions, then `unassign`. When `lost`, another member may
    /// have them already: nothing can be committed any more.
    case revoked([TopicPartition], lost: Bool)
}
