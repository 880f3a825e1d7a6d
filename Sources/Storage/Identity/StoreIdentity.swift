/// Who a store is: made with it, kept in it, and gone with it. Address, spelling and passwords do not matter.
package struct StoreIdentity: Equatable, Sendable {
    /// 128 random bits in hexadecimal.
    package let id: String
    /// Of the topics whose records the store holds; another prefix's would get the same ids.
    package let prefix: String

    package init(id: String, prefix: String) {
        self.id = id
        self.prefix = prefix
    }

    /// A new one.
    package init(prefix: String) {
        var generator = SystemRandomNumberGenerator()
        let digits = (0..<32).map { _ in "0123456789abcdef".randomElement(using: &generator) ?? "0" }
        self.init(id: String(digits), prefix: prefix)
    }
}

/// What a store holds of one partition of one Kafka cluster, written together with the rows.
package struct HeldPartition: Hashable, Sendable {
    /// The cluster's own id: the same topic of another cluster is another log.
    package var cluster: String
    /// The full name.
    package var topic: String
    package var partition: Int32
    /// Everything before this offset is in the store, or among the dead letters.
    package var next: Int64
    /// Offset of the last record that was read, transaction markers aside; -1 where not known.
    package var last: Int64
    /// The newest time of the records that were read, Unix ms; -1 where not known. A later record before `last` means
    /// that the topic was made anew.
    package var newestMs: Int64

    package init(
        cluster: String, topic: String, partition: Int32, next: Int64, last: Int64 = -1, newestMs: Int64 = -1
    ) {
        self.cluster = cluster
        self.topic = topic
        self.partition = partition
        self.next = next
        self.last = last
        self.newestMs = newestMs
    }
}
