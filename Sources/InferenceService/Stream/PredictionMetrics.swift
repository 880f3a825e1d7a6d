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
    private var committed: [PredictionCounts] = []

    init(_ context: ServiceContext) {
        func skipped(_ reason: String) -> Counter {
            context.counter("ticks_skipped", "Records of which no row is made, by reason", ["reason": reason])
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
            (skipped("late"), \.late), (rows("learned"), \.learned), (rows("scored"), \.scored),
            (rows("same_order"), \.sameOrder), (rows("undecided"), \.undecided),
        ]
        partitions = context.gauge("partitions", "Partitions of the ticks that this instance has")
        series = context.gauge("series", "Series on its partitions that a model predicts")
        scores = ScoreGauges(context)
    }

    /// Adds what the cores counted since the last commit.
    mutating func committed(_ cores: [PartitionPredictions?]) {
        for partition in cores.indices {
            guard let now = cores[partition]?.counts else { continue }
            grow(to: partition)
            for count in counts {
                count.counter.add(Int(now[keyPath: count.value] &- committed[partition][keyPath: count.value]))
            }
            committed[partition] = now
        }
        scores.committed()
    }

    /// A core was assigned: what it counted before is counted already, or was taken back.
    mutating func assigned(_ core: PartitionPredictions) {
        grow(to: Int(core.partition))
        committed[Int(core.partition)] = core.counts
    }

    mutating func wrote(_ batch: OutputBatch) { scores.add(batch) }

    mutating func aborted() { scores.aborted() }

    /// Shows what is there now.
    func show(_ cores: [PartitionPredictions?]) {
        partitions.set(cores.count { $0 != nil })
        series.set(cores.reduce(0) { $0 + ($1?.seriesCount ?? 0) })
    }

    private mutating func grow(to partition: Int) {
        while committed.count <= partition { committed.append(PredictionCounts()) }
    }
}

/// The scores of the newest minute as gauges, by model: all series that this instance has together.
struct ScoreGauges {
    /// Sums over the series of a minute.
    private struct Minute {
        var asOf: Int64
        var count = 0.0
        var accuracy = 0.0
        var logLoss = 0.0
        var baselineLogLoss: [String: Double] = [:]
        var pairs = 0.0
        var wins = 0.0
    }

    private let context: ServiceContext
    private var pending: [Score] = []
    private var minutes: [String: Minute] = [:]

    init(_ context: ServiceContext) { self.context = context }

    /// Looks at records that the next commit will hold.
    mutating func add(_ batch: OutputBatch) {
        for record in batch.records where record.topic == .scores {
            let bytes = batch.valueBytes.span.bytes.extracting(record.value)
            if let score = try? Score(decoding: bytes) { pending.append(score) }
        }
    }

    /// What was added is committed.
    mutating func committed() {
        guard !pending.isEmpty else { return }
        for score in pending { add(score) }
        pending.removeAll(keepingCapacity: true)
    }

    /// What was added will never be committed.
    mutating func aborted() { pending.removeAll() }

    private mutating func add(_ score: Score) {
        let name = "\(score.model):\(score.version)"
        var minute = minutes[name] ?? Minute(asOf: score.asOf)
        if score.asOf < minute.asOf { return }
        if score.asOf > minute.asOf { minute = Minute(asOf: score.asOf) }
        let count = Double(score.count)
        minute.count += count
        minute.accuracy += count * score.accuracy
        minute.logLoss += count * score.logLoss
        for (rule, baseline) in score.baselines { minute.baselineLogLoss[rule, default: 0] += count * baseline.logLoss }
        if let auc = score.auc {
            let pairs = Double(score.decidedUp) * Double(score.count - score.decidedUp)
            minute.pairs += pairs
            minute.wins += pairs * auc
        }
        minutes[name] = minute
        show(minute, ["model": score.model, "version": "\(score.version)"])
    }

    private func show(_ minute: Minute, _ labels: Metrics.Labels) {
        func set(_ what: String, _ help: String, _ value: Double) {
            context.gauge(what, "\(help), of the newest minute with decided predictions", labels).set(value)
        }
        set("score_count", "Predictions that were decided", minute.count)
        set("score_accuracy", "Share of right predictions", minute.accuracy / minute.count)
        set("score_log_loss", "Mean log loss, nats", minute.logLoss / minute.count)
        if let best = minute.baselineLogLoss.values.min() {
            set("score_baseline_log_loss", "Mean log loss of the best fitted rule, nats", best / minute.count)
        }
        // Of pairs within a series: predictions of several series have no order among them.
        if minute.pairs > 0 {
            set("score_auc", "Area under the ROC curve, pairs of one series", minute.wins / minute.pairs)
        }
    }
}
