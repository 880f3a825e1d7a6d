internal import CryptoCore
internal import ServiceKit

/// What the processor counts; hot loops count in the core, and the differences are added once a batch.
struct ProcessorMetrics {
    private let read: Counter
    private let counted: Counter
    private let blockTrades: Counter
    private let duplicates: Counter
    private let late: Counter
    private let gaps: Counter
    private let deadLetters: Counter
    private let written: Counter
    let commits: Counter
    let aborts: Counter
    let rebalances: Counter
    let commitSeconds: Histogram
    let restoreSeconds: Gauge

    init(_ metrics: Metrics) {
        func counter(_ what: String, _ help: String) -> Counter {
            metrics.counter("cryptostream_processor_\(what)_total", help: help)
        }
        read = counter("ticks_read", "Records read from the ticks topic")
        counted = counter("ticks_counted", "Ticks that count in at least one window")
        blockTrades = counter("block_trades", "Trades away from the book, in no window")
        duplicates = counter("duplicates", "Trades whose id counted before")
        late = counter("late_ticks", "Ticks that came after their last window was final")
        gaps = counter("gaps", "Gap records read")
        deadLetters = counter("dead_letters", "Malformed records")
        written = counter("records_written", "Records written to the processed topics")
        commits = counter("commits", "Transactions committed")
        aborts = counter("aborts", "Transactions aborted")
        rebalances = counter("rebalances", "Times the partitions were assigned")
        commitSeconds = metrics.histogram(
            "cryptostream_processor_commit_seconds", help: "Time to commit a transaction",
            bounds: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10])
        restoreSeconds = metrics.gauge(
            "cryptostream_processor_restore_seconds", help: "Time the last restoring of the state took")
    }

    /// Adds what happened between two readings of the core's counts.
    func add(_ now: TickCounts, since before: TickCounts) {
        read.add(Int(now.read - before.read))
        counted.add(Int(now.counted - before.counted))
        blockTrades.add(Int(now.blockTrades - before.blockTrades))
        duplicates.add(Int(now.duplicates - before.duplicates))
        late.add(Int(now.late - before.late))
        gaps.add(Int(now.gaps - before.gaps))
        deadLetters.add(Int(now.deadLetters - before.deadLetters))
    }

    func add(written count: Int) { written.add(count) }
}
