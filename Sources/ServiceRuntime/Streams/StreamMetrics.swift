internal import CryptoCore
internal import ServiceKit

/// What every stream service counts and shows: `cryptostream_<service>_…`. What a transaction holds is counted when it is committed:
/// work that was taken back and done again counts once.
struct StreamMetrics {
    private let written: Counter
    private let stateRecords: Counter
    private let stateBytes: Counter
    private let restoredRecords: Counter
    private let restoredBytes: Counter
    private let skipped: Counter
    private let commits: Counter
    let misplacedSeries: Counter
    let aborts: Counter
    let rebalances: Counter
    let commitSeconds: Histogram
    let restoreSeconds: Gauge

    init(_ context: ServiceContext) {
        skipped = context.counter("skipped_records", "Records that were removed from their topic before they were read")
        misplacedSeries = context.counter(
            "misplaced_series", "Series met in a partition that is not the one of their key")
        written = context.counter("records_written", "Records written to the topics that it makes")
        stateRecords = context.counter("state_records", "Records written to the changelog")
        stateBytes = context.counter("state_bytes", "Their keys and values")
        restoredRecords = context.counter("restored_records", "Records of the changelog read to restore the state")
        restoredBytes = context.counter("restored_bytes", "Their keys and values")
        commits = context.counter("commits", "Transactions committed")
        aborts = context.counter("aborts", "Transactions aborted")
        rebalances = context.counter("rebalances", "Times the partitions were assigned")
        commitSeconds = context.metrics.histogram(
            "cryptostream_\(context.service)_commit_seconds", help: "Time to commit a transaction",
            bounds: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10])
        restoreSeconds = context.gauge("restore_seconds", "Time the last restoring of the state took")
    }

    /// Adds what a transaction held that was committed.
    func committed(_ content: TransactionContent) {
        commits.add()
        written.add(content.written.values.reduce(0, +))
        stateRecords.add(content.state.records)
        stateBytes.add(content.state.bytes)
        skipped.add(content.skipped)
    }

    /// So much of the changelog was read.
    func restored(_ size: ChangelogSize) {
        restoredRecords.add(size.records)
        restoredBytes.add(size.bytes)
    }
}

/// What the open transaction holds, for counters.
struct TransactionContent {
    /// Records by topic.
    var written: [Topic: Int] = [:]
    var state = ChangelogSize()
    /// Records of the input that were removed before they were read.
    var skipped = 0

    init() {}

    /// Forgets it.
    mutating func removeAll() {
        written.removeAll(keepingCapacity: true)
        state = ChangelogSize()
        skipped = 0
    }
}

/// How much of the changelog.
struct ChangelogSize: Equatable {
    var records = 0
    var bytes = 0

    init() {}

    /// Counts records that are written.
    mutating func add(_ batch: ChangelogBatch) {
        records += batch.records.count
        bytes += batch.bytes.count
    }
}
