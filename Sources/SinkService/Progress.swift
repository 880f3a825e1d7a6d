internal import KafkaClient
internal import Storage

/// What the store holds of the assigned partitions, and what the records that were read since add to it.
///
/// `note` runs once a record: it allocates nothing once every partition has been met.
struct Progress {
    /// The newest of what was read from one partition.
    private struct Mark {
        var last: Int64 = -1
        var newestMs: Int64 = -1
    }

    private let cluster: String
    private var held: [TopicPartition: HeldPartition] = [:]
    /// By topic id and partition.
    private var marks: [[Mark]] = []

    init(cluster: String) { self.cluster = cluster }

    /// Begins with what the store holds.
    init(cluster: String, held: [HeldPartition]) {
        self.cluster = cluster
        remember(held)
    }

    /// A record was read.
    mutating func note(topicID: Int, partition: Int32, offset: Int64, timestampMs: Int64) {
        while marks.count <= topicID { marks.append([]) }
        let index = Int(partition)
        while marks[topicID].count <= index { marks[topicID].append(Mark()) }
        marks[topicID][index].last = offset
        if marks[topicID][index].newestMs < timestampMs { marks[topicID][index].newestMs = timestampMs }
    }

    /// What the store holds once everything before these positions is in it: the partitions in which that is news.
    func changes(at positions: [PartitionOffset], topics: [String]) -> [HeldPartition] {
        positions.compactMap { position in
            let place = position.topicPartition
            var next =
                held[place]
                ?? HeldPartition(cluster: cluster, topic: place.topic, partition: place.partition, next: -1)
            if next.next == position.offset { return nil }
            next.next = position.offset
            if let id = topics.firstIndex(of: place.topic), id < marks.count, place.partition < marks[id].count {
                let mark = marks[id][Int(place.partition)]
                next.last = max(next.last, mark.last)
                next.newestMs = max(next.newestMs, mark.newestMs)
            }
            return next
        }
    }

    /// The store holds them.
    mutating func remember(_ changes: [HeldPartition]) {
        for change in changes { held[TopicPartition(topic: change.topic, partition: change.partition)] = change }
    }
}
