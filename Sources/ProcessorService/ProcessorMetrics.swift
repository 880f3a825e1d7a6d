internal import CryptoCore
internal import ServiceKit

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
        gauges = Gauges(metrics)
    }

    /// Adds what the cores counted since the last commit.
    mutating func committed(_ windows: [PartitionWindows?]) {
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
