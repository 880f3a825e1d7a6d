/// What one `poll` brought beside the records it handed out.
package struct PollOutcome: Sendable {
    /// How many records `body` was called with.
    package var records = 0
    /// Answer it with `assign` or `unassign` before the next `poll`.
    package var rebalance: Rebalance?
    /// Partitions whose end was reached by this call: everything before it has been handed out.
    package var ends: [TopicPartition] = []
    /// What retention removed before it was read; the records behind it come from this call on.
    package var skipped: [SkippedRecords] = []

    package init() {}

    var isEmpty: Bool { records == 0 && rebalance == nil && ends.isEmpty && skipped.isEmpty }
}
