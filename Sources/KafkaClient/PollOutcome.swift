/// What one `poll` brought beside the records it handed out.
package struct PollOutcome: Sendable {
    /// How many records `body` was called with.
    package var records = 0
    /// Answer it with `assign` or `unassign` before the next `poll`.
    package var rebalance: Rebalance?
    /// Partitions whose end was reached by this call: everything before it has been handed out.
    package var ends: [TopicPartition] = []
    /// Whether an end lay behind more than the records: markers of transactions, and records of aborted ones, have offsets too.
    package var hasPassedMarkers = false
    /// How many holes `onHole` was told of.
    package var holes = 0

    package init() {}

    var isEmpty: Bool { records == 0 && rebalance == nil && ends.isEmpty && holes == 0 }
}
