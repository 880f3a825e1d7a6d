internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime

/// What the inference's stream counts and shows beside what every stream service does (`StreamMetrics`). What a transaction holds is
/// counted when it is committed: work that was taken back and done again counts once.
struct PredictionMetrics {
    /// A counter, and what it counts.
    private typealias Count = (counter: Counter, value: any KeyPath<PredictionCounts, UInt64> & Sendable)

    private let counts: [Count]
    private let partitions: Gauge
    private let series: Gauge
    private var scores: ScoreGauges
    /// What was counted of each partition by the last commit.
    private var committed = CommittedCounts(PredictionCounts())

    init(_ context: ServiceContext, _ models: PredictionModels) {
        func skipped(_ reason: String) -> Counter {
            context.counter("ticks_skipped", "Records that change no row, each once, by reason", ["reason": reason])
        }
        func rows(_ fate: String) -> Counter {
            context.counter(
                "predicted_rows", "Rows by what became of them, a time for each model: see the inference's page",
                ["fate": fate])
        }
        counts = [
            (context.counter("ticks_read", "Records read from the ticks topic"), \.read),
            (context.counter("predictions", "Predictions written"), \.predicted),
            (skipped("malformed"), \.malformed), (skipped("gap"), \.gaps), (skipped("block_trade"), \.blockTrades),
            (skipped("untrained_series"), \.untrainedSeries), (skipped("repeated"), \.repeated),
            (skipped("late"), \.late), (skipped("unwanted"), \.unwanted), (rows("learned"), \.learned),
            (rows("scored"), \.scored), (rows("same_order"), \.sameOrder), (rows("undecided"), \.undecided),
        ]
        partitions = context.gauge("partitions", "Partitions of the ticks that this instance has")
        series = context.gauge("series", "Series on its partitions that a model predicts")
        scores = ScoreGauges(context, models)
    }

    /// Others predict from now on.
    mutating func changed(to models: PredictionModels) { scores.keep(models) }

    /// Adds what the cores counted since the last commit.
    mutating func committed(_ cores: [PartitionPredictions?]) {
        for partition in cores.indices {
            guard let now = cores[partition]?.counts else { continue }
            let before = committed.commit(now, of: partition)
            for count in counts {
                count.counter.add(Int(now[keyPath: count.value] &- before[keyPath: count.value]))
            }
        }
        scores.committed()
    }

    /// A core was assigned: what it counted before is counted already, or was taken back.
    mutating func assigned(_ core: PartitionPredictions) {
        committed.begin(core.counts, of: Int(core.partition))
    }

    mutating func wrote(_ batch: OutputBatch) { scores.add(batch) }

    mutating func aborted() { scores.aborted() }

    /// Shows what is there now.
    func show(_ cores: [PartitionPredictions?]) {
        partitions.set(cores.count { $0 != nil })
        series.set(cores.reduce(0) { $0 + ($1?.seriesCount ?? 0) })
    }
}
