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
        var parts: [(name: String, report: ServiceReport)] = []
        var isReading = true
    }

    private let state = Mutex(State())

    package init() {}

    /// The report of one of several that do the same work each for itself, such as the stores of a sink.
    package func part(named name: String) -> ServiceReport {
        let part = ServiceReport()
        state.withLock { $0.parts.append((name, part)) }
        return part
    }

    /// The parts with their names, in the order in which they were made.
    package var parts: [(name: String, report: ServiceReport)] { state.withLock { $0.parts } }

    /// Whether the service reads its topics, or will at once; while it does not, nobody waits for it to have read them.
    package var isReading: Bool {
        get { state.withLock { $0.isReading } }
        set { state.withLock { $0.isReading = newValue } }
    }

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

    /// How many of everything, without the parts.
    package var counts: [String: UInt64] { state.withLock { $0.counts } }

    /// The next offset that is wanted of a partition, by the part that is farthest behind; nil before anything was read
    /// there.
    package func position(of place: TopicPartition) -> Int64? {
        let (own, parts) = state.withLock { ($0.next[place], $0.parts) }
        return ServiceReport.least(own, parts) { $0.position(of: place) }
    }

    /// The offset behind what was read of a partition, by the part that is farthest behind; nil before anything was.
    package func readPosition(of place: TopicPartition) -> Int64? {
        let (own, parts) = state.withLock { ($0.read[place], $0.parts) }
        return ServiceReport.least(own, parts) { $0.readPosition(of: place) }
    }

    private static func least(
        _ own: Int64?, _ parts: [(name: String, report: ServiceReport)], _ value: (ServiceReport) -> Int64?
    ) -> Int64? {
        if parts.isEmpty { return own }
        let values = parts.map { value($0.report) }
        return values.contains(nil) ? nil : values.compactMap(\.self).min()
    }
}
