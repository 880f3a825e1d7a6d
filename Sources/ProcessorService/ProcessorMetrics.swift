internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime

/// What the processor counts and shows beside what every stream service does (`StreamMetrics`). What a transaction holds is counted
/// when it is committed: work that was taken back and done again counts once.
struct ProcessorMetrics {
    private let read: Counter
    private let counted: Counter
    private let blockTrades: Counter
    private let duplicates: Counter
    private let late: Counter
    private let gaps: Counter
    private let deadLetters: Counter
    private let gauges: Gauges
    /// What was counted of each partition by the last commit.
    private var committed = CommittedCounts(TickCounts())

    private struct Gauges {
        let partitions: Gauge
        let series: Gauge
        let openSeries: Gauge
        let openWindows: Gauge
        let rememberedIDs: Gauge
        let watermarkLag: Gauge
        let eventAge: Gauge

        init(_ context: ServiceContext) {
            partitions = context.gauge("partitions", "Partitions of the ticks that this instance has")
            series = context.gauge("series", "Series on its partitions")
            openSeries = context.gauge("open_series", "Series with open windows")
            openWindows = context.gauge(
                "open_windows", "Tumbling and sliding windows that hold ticks and are not final")
            rememberedIDs = context.gauge("remembered_ids", "Trade ids in memory")
            watermarkLag = context.gauge(
                "watermark_lag_seconds", "Our clock less the smallest watermark of a series with open windows")
            eventAge = context.gauge("event_age_seconds", "Our clock less the newest event time that counted")
        }
    }

    init(_ context: ServiceContext) {
        read = context.counter("ticks_read", "Records read from the ticks topic")
        counted = context.counter("ticks_counted", "Ticks that count in at least one window")
        blockTrades = context.counter("block_trades", "Trades away from the book, in no window")
        duplicates = context.counter("duplicates", "Trades whose id counted before")
        late = context.counter("late_ticks", "Ticks that came after their last window was final")
        gaps = context.counter("gaps", "Gap records read")
        deadLetters = context.counter("dead_letters", "Malformed records")
        gauges = Gauges(context)
    }

    /// Adds what the cores counted since the last commit.
    mutating func committed(_ windows: [PartitionWindows?]) {
        for partition in windows.indices {
            guard let now = windows[partition]?.counts else { continue }
            add(now, since: committed.commit(now, of: partition))
        }
    }

    /// Windows were assigned: what they counted before is counted already, or was taken back.
    mutating func assigned(_ core: PartitionWindows) {
        committed.begin(core.counts, of: Int(core.partition))
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
    }
}
