internal import CryptoCore

/// How a model's predictions for one series did, minutes of a day together, against the best of the fitted rules.
struct PooledScore: Sendable {
    private struct Minute: Sendable {
        let asOf: Int64
        let spanMs: Int64
        let count: Int64
        let right: Double
        let loss: Double
        let baselines: [String: Score.Baseline]
    }

    /// What the minutes come to.
    struct Sum: Equatable, Sendable {
        var count: Int64 = 0
        /// The share that the model had right.
        var accuracy = 0.0
        var logLoss = 0.0
        /// The rule that had most right, and what it had; nil where there are none.
        var best: (rule: String, accuracy: Double, logLoss: Double)?
        /// When the oldest minute began.
        var since: Int64 = 0

        static func == (a: Sum, b: Sum) -> Bool {
            a.count == b.count && a.accuracy == b.accuracy && a.logLoss == b.logLoss && a.since == b.since
                && a.best?.rule == b.best?.rule && a.best?.accuracy == b.best?.accuracy
        }
    }

    /// The model's name and version.
    private(set) var model = ""
    private(set) var version: Int64 = 0
    private var minutes: [Minute] = []

    /// Takes a minute's score. Another model or version begins anew; one that came before is replaced.
    mutating func add(_ score: Score) {
        // One that was late when another version took over.
        if score.model == model, score.version < version { return }
        if score.model != model || score.version != version {
            (model, version) = (score.model, score.version)
            minutes.removeAll()
        }
        let count = Double(score.count)
        let minute = Minute(
            asOf: score.asOf, spanMs: score.spanMs, count: score.count, right: score.accuracy * count,
            loss: score.logLoss * count,
            baselines: score.baselines)
        if let place = minutes.lastIndex(where: { $0.asOf <= score.asOf }) {
            if minutes[place].asOf == score.asOf {
                minutes[place] = minute
            } else {
                minutes.insert(minute, at: place + 1)
            }
        } else {
            minutes.insert(minute, at: 0)
        }
        let begin = (minutes.last?.asOf ?? 0) - DayFigures.dayMs
        while let first = minutes.first, first.asOf <= begin { minutes.removeFirst() }
    }

    /// Nil before there was a score.
    var sum: Sum? {
        guard let first = minutes.first else { return nil }
        var sum = Sum()
        var rules: [String: (right: Double, loss: Double)] = [:]
        var (right, loss) = (0.0, 0.0)
        for minute in minutes {
            sum.count &+= minute.count
            right += minute.right
            loss += minute.loss
            for (rule, baseline) in minute.baselines {
                rules[rule, default: (0, 0)].right += baseline.accuracy * Double(minute.count)
                rules[rule, default: (0, 0)].loss += baseline.logLoss * Double(minute.count)
            }
        }
        let count = Double(sum.count)
        (sum.accuracy, sum.logLoss) = (right / count, min(loss, .greatestFiniteMagnitude) / count)
        // The name decides between equals, so that the same minutes always name the same rule.
        let best = rules.max { a, b in (a.value.right, b.key) < (b.value.right, a.key) }
        sum.best = best.map { ($0.key, $0.value.right / count, min($0.value.loss, .greatestFiniteMagnitude) / count) }
        sum.since = first.asOf - first.spanMs
        return sum
    }

    /// Appends what is known as an object. The lead is in percentage points.
    func encode(_ sum: Sum, into json: inout JSONWriter) {
        json.beginObject()
        json.field("model", model)
        json.field("version", version)
        json.field("count", sum.count)
        json.field("accuracy", sum.accuracy)
        json.field("log_loss", sum.logLoss)
        if let best = sum.best {
            json.field("best_rule", best.rule)
            json.field("best_accuracy", best.accuracy)
            json.field("best_log_loss", best.logLoss)
            json.field("lead", (sum.accuracy - best.accuracy) * 100)
        }
        json.field("since", sum.since)
        json.endObject()
    }
}
