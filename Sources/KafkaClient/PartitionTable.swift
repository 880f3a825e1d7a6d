internal import CRdkafka

/// Where a consumer stands in each partition it ever had; found again for every record without a hash or a string.
///
/// A class with C memory, so that the record path neither retains nor checks for exclusive access.
final class PartitionTable {
    /// One partition.
    struct Slot {
        /// Offset of the record that comes next; -1: not known before the first one.
        var next: Int64 = -1
        /// Where the end was seen last; -1: not since the partition was assigned or sought.
        var end: Int64 = -1
        /// CLOCK_MONOTONIC µs at which reading began here (assign, seek, resume).
        var sinceUs: Int64 = 0
        /// Part of the assignment.
        var isAssigned = false
        /// Records of it may be handed out: assigned, and no revocation reported.
        var isOpen = false
        var isPaused = false
    }

    private struct Row {
        var handle: OpaquePointer?
        var slots: UnsafeMutablePointer<Slot>?
        var count = 0
    }

    /// A topic's id is its index here; names are never removed.
    private(set) var names: [String] = []
    private var rows: UnsafeMutableBufferPointer<Row>

    init() {
        rows = .allocate(capacity: 16)
        rows.initialize(repeating: Row())
    }

    deinit {
        for row in rows { row.slots?.deallocate() }  // trivial: nothing to deinitialize
        rows.deallocate()
    }

    /// The id of a topic, a new one for a new name.
    func topicID(_ name: String) -> Int {
        if let id = names.firstIndex(of: name) { return id }
        if names.count == rows.count {
            let larger = UnsafeMutableBufferPointer<Row>.allocate(capacity: rows.count * 2)
            larger.initialize(repeating: Row())
            for i in rows.indices { larger[i] = rows[i] }
            rows.deallocate()
            rows = larger
        }
        names.append(name)
        return names.count - 1
    }

    /// The slot of a partition, made when it is not there.
    func slot(_ place: TopicPartition) -> UnsafeMutablePointer<Slot> {
        let id = topicID(place.topic)
        let index = Int(place.partition)
        precondition(index >= 0, "a partition has a number")
        if index >= rows[id].count { grow(id, to: index + 1) }
        return rows[id].slots! + index  // not nil: grown to hold it
    }

    /// The slot of a partition that has one.
    func existing(_ place: TopicPartition) -> UnsafeMutablePointer<Slot>? {
        guard let id = names.firstIndex(of: place.topic), rows[id].count > Int(place.partition), place.partition >= 0
        else { return nil }
        return rows[id].slots.map { $0 + Int(place.partition) }
    }

    /// The id and the slot of what a message belongs to; nil for a partition that was never assigned.
    func find(_ handle: OpaquePointer, _ partition: Int32) -> (id: Int, slot: UnsafeMutablePointer<Slot>)? {
        for id in names.indices where rows[id].handle == handle { return at(id, partition) }
        // The first message of a topic, or librdkafka made its topic anew.
        guard let id = names.firstIndex(of: String(cString: rd_kafka_topic_name(handle))) else { return nil }
        rows[id].handle = handle
        return at(id, partition)
    }

    /// The partitions that are assigned, with their slots.
    func forEachAssigned(_ body: (TopicPartition, UnsafeMutablePointer<Slot>) -> Void) {
        for (id, name) in names.enumerated() {
            guard let slots = rows[id].slots else { continue }
            for index in 0..<rows[id].count where slots[index].isAssigned {
                body(TopicPartition(topic: name, partition: Int32(index)), slots + index)
            }
        }
    }

    /// Forgets every position.
    func clear() {
        for row in rows {
            guard let slots = row.slots else { continue }
            for index in 0..<row.count { slots[index] = Slot() }
        }
    }

    private func at(_ id: Int, _ partition: Int32) -> (id: Int, slot: UnsafeMutablePointer<Slot>)? {
        guard let slots = rows[id].slots, partition >= 0, Int(partition) < rows[id].count else { return nil }
        return (id, slots + Int(partition))
    }

    private func grow(_ id: Int, to count: Int) {
        let larger = UnsafeMutablePointer<Slot>.allocate(capacity: count)
        larger.initialize(repeating: Slot(), count: count)
        if let slots = rows[id].slots {
            larger.update(from: slots, count: rows[id].count)
            slots.deallocate()
        }
        rows[id].slots = larger
        rows[id].count = count
    }
}
