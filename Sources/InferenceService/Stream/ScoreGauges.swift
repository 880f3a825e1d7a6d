internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime

/// The scores of the newest minute as gauges, by model: all series that this instance has together. Models that are served no more have
/// none.
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

        /// What is shown of it: a gauge, what it says, and its value; nil where it has none.
        var figures: [(what: String, help: String, value: Double?)] {
            [
                ("score_count", "Predictions that were decided", count),
                ("score_accuracy", "Share of right predictions", accuracy / count),
                ("score_log_loss", "Mean log loss, nats", logLoss / count),
                (
                    "score_baseline_log_loss", "Mean log loss of the best fitted rule, nats",
                    baselineLogLoss.values.min().map { $0 / count }
                ),
                // Of pairs within a series: predictions of several series have no order among them.
                (
                    "score_auc", "Area under the ROC curve, pairs of one series",
                    pairs > 0 ? wins / pairs : nil
                ),
            ]
        }
    }

    private let context: ServiceContext
    private var served: Set<String>
    private var pending: [Score] = []
    /// By `name:version`.
    private var minutes: [String: Minute] = [:]

    init(_ context: ServiceContext, _ models: PredictionModels) {
        self.context = context
        served = ScoreGauges.names(of: models)
    }

    /// Shows from now on how these do, and forgets all others.
    mutating func keep(_ models: PredictionModels) {
        served = ScoreGauges.names(of: models)
        for (name, minute) in minutes where !served.contains(name) {
            let parts = name.split(separator: ":").map(String.init)
            for figure in minute.figures {
                context.removeGauge(figure.what, ["model": parts[0], "version": parts[1]])
            }
            minutes[name] = nil
        }
    }

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
        guard served.contains(name) else { return }
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
        for (what, help, value) in minute.figures {
            if let value {
                context.gauge(what, "\(help), of the newest minute with decided predictions", labels).set(value)
            } else {
                context.removeGauge(what, labels)
            }
        }
    }

    private static func names(of models: PredictionModels) -> Set<String> {
        Set(models.list.map { "\($0.name):\($0.version)" })
    }
}
