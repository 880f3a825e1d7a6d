package import KafkaClient
internal import Synchronization

/// What a service has done so far, for whoever runs several of them in one process.
///
/// `pipeline` sums up by the counts, and by the positions it holds its feeds back: the embedded broker keeps a few MiB a
/// partition and silently drops what is older, so nobody may run too far ahead of the readers.
/// *Thread*: any.
package final class ServiceReport: Sendable {
    private struct State {
        var counts: [String: UInt64] = [:]
        var next: [TopicPartition: Int64] = [:]
        var read: [TopicPartition: Int64] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// So many more of something were done for good.
    package func add(_ count: Int, _ what: String) {
        guard count > 0 else { return }
        state.withLock { $0.counts[what, default: 0] += UInt64(count) }
    }

    /// Everything before these offsets was read and is done.
    package func note(_ offsets: [PartitionOffset]) {
        state.withLock { state in
            for offset in offsets { state.next[offset.topicPartition] = offset.offset }
        }
    }

    /// Everything before these offsets was read, and is in memory until it is done.
    package func noteRead(_ offsets: [PartitionOffset]) {
        state.withLock { state in
            for offset in offsets { state.read[offset.topicPartition] = offset.offset }
        }
    }

    /// How many of everything.
    package var counts: [String: UInt64] { state.withLock { $0.counts } }

    /// The next offset that is wanted of a partition; nil before anything was read there.
    package func position(of place: TopicPartition) -> Int64? { state.withLock { $0.next[place] } }

    /// The offset behind what was read of a partition; nil before anything was.
    package func readPosition(of place: TopicPartition) -> Int64? { state.withLock { $0.read[place] } }
}
