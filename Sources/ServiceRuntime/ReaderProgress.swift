package import KafkaClient
internal import Synchronization

/// How far the readers in this process have come, for whoever must not run too far ahead of them.
///
/// The embedded broker keeps a few MiB a partition and silently drops what is older: `pipeline` holds its feeds back by this.
/// *Thread*: any.
package final class ReaderProgress: Sendable {
    private let next = Mutex<[TopicPartition: Int64]>([:])

    package init() {}

    /// The reader is done with everything before these offsets.
    package func note(_ offsets: [PartitionOffset]) {
        next.withLock { next in
            for offset in offsets { next[offset.topicPartition] = offset.offset }
        }
    }

    /// The next offset the reader wants; nil before it was there.
    package func position(of place: TopicPartition) -> Int64? { next.withLock { $0[place] } }
}
