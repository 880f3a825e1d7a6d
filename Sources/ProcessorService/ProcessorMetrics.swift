internal import CryptoCore
internal import ServiceKit

/// What the processor counts and shows. What a transaction holds is counted when it is committed: work that was taken back and
/// done again counts once.
struct ProcessorMetrics {
    private let read: Counter
    private let counted: Counter
    private let blockTrades: Counter
    private let duplicates: Counter
    private let late: Counter
    private let gaps: Counter
    private let deadLetters: Counter
    private let skipped: Counter
    private let written: Counter
    private let stateRecords: Counter
    private let stateBytes: Counter
    private let restoredRecords: Counter
    private let restoredBytes: Counter
    private let commits: Counter
    let misplacedSeries: Counter
    let aborts: Counter
    let rebalances: Counter
    let commitSeconds: Histogram
    let restoreSeconds: Gauge
    private let gauges: Gauges
    /// What was counted of each partition by the last commit.
    private var committed: [TickCounts] = []

    private struct Gauges {
        let partitions: Gauge
        let series: Gauge
        let openSeries: Gauge
        let openWindows: Gauge
        let rememberedIDs: Gauge
        let watermarkLag: Gauge
        let eventAge: Gauge

        init(_ metrics: Metrics) {
            func gauge(_ what: String, _ help: String) -> Gauge {
                metrics.gauge("cryptostream_processor_\(what)", help: help)
            }
            partitions = gauge("partitions", "Partitions of the ticks that this instance has")
            series = gauge("series", "Series on its partitions")
            openSeries = gauge("open_series", "Series with open windows")
            openWindows = gauge("open_windows", "Tumbling and sliding windows that hold ticks and are not final")
            rememberedIDs = gauge("remembered_ids", "Trade ids in memory")
            watermarkLag = gauge(
                "watermark_lag_seconds", "Our clock less the smallest watermark of a series with open windows")
            eventAge = gauge("event_age_seconds", "Our clock less the newest event time that counted")
        }
    }

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
        skipped = counter("skipped_records", "Ticks that were removed from their topic before they were read")
        misplacedSeries = counter("misplaced_series", "Series met in a partition that is not the one of their key")
        written = counter("records_written", "Records written to the processed topics")
        stateRecords = counter("state_records", "Records written to the changelog")
        stateBytes = counter("state_bytes", "Their keys and values")
        restoredRecords = counter("restored_records", "Records of the changelog read to restore the state")
        restoredBytes = counter("restored_bytes", "Their keys and values")
        commits = counter("commits", "Transactions committed")
        aborts = counter("aborts", "Transactions aborted")
        rebalances = counter("rebalances", "Times the partitions were assigned")
        commitSeconds = metrics.histogram(
            "cryptostream_processor_commit_seconds", help: "Time to commit a transaction",
            bounds: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10])
        restoreSeconds = metrics.gauge(
            "cryptostream_processor_restore_seconds", help: "Time the last restoring of the state took")
        gauges = Gauges(metrics)
    }

    /// Adds what a transaction held that was committed: the records by topic, and what the core counted since the last one.
    mutating func committed(_ windows: [PartitionWindows?], written topics: [Topic: Int], state: StateSize) {
        commits.add()
        written.add(topics.values.reduce(0, +))
        stateRecords.add(state.records)
        stateBytes.add(state.bytes)
        for partition in windows.indices {
            guard let now = windows[partition]?.counts else { continue }
            while committed.count <= partition { committed.append(TickCounts()) }
            add(now, since: committed[partition])
            committed[partition] = now
        }
    }

    /// Windows were assigned: what they counted before is counted already, or was taken back.
    mutating func assigned(_ core: PartitionWindows) {
        let partition = Int(core.partition)
        while committed.count <= partition { committed.append(TickCounts()) }
        committed[partition] = core.counts
    }

    /// So much of the changelog was read.
    func restored(_ size: StateSize) {
        restoredRecords.add(size.records)
        restoredBytes.add(size.bytes)
    }

    /// Shows what is open now.
    func show(_ windows: [PartitionWindows?], at nowMs: Int64) {
        var totals = WindowTotals()
        for partition in windows.indices { windows[partition]?.addTotals(to: &totals) }
        gauges.partitions.set(windows.count { $0 != nil })
        gauges.series.set(totals.series)
        gauges.openSeries.set(totals.openSeries)
        gauges.openWindows.set(totals.openWindows)
        gauges.rememberedIDs.set(totals.rememberedIDs)
        gauges.watermarkLag.set(Double(nowMs - (totals.oldestWatermark ?? nowMs)) / 1000)
        gauges.eventAge.set(Double(nowMs - (totals.newestEventTime ?? nowMs)) / 1000)
    }

    private func add(_ now: TickCounts, since before: TickCounts) {
        read.add(Int(now.read - before.read))
        counted.add(Int(now.counted - before.counted))
        blockTrades.add(Int(now.blockTrades - before.blockTrades))
        duplicates.add(Int(now.duplicates - before.duplicates))
        late.add(Int(now.late - before.late))
        gaps.add(Int(now.gaps - before.gaps))
        deadLetters.add(Int(now.deadLetters - before.deadLetters))
        skipped.add(Int(now.skipped - before.skipped))
    }
}

/// How much of the changelog.
struct StateSize {
    var records = 0
    var bytes = 0

    init() {}

    /// Counts records that are written.
    mutating func add(_ batch: StateBatch) {
        records += batch.records.count
        bytes += batch.bytes.count
    }
}
