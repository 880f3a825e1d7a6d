/// A number of a card, or the words why there is none.
package enum Figure: Equatable, Sendable {
    case number(Double)
    case words(String)

    package var number: Double? {
        if case .number(let value) = self { return value }
        return nil
    }

    /// The number; the words where there is none, or where it is not finite.
    init(_ value: Double?, otherwise words: String) {
        if let value, value.isFinite { self = .number(value) } else { self = .words(words) }
    }

    /// A JSON number, or a text.
    package func encode(into json: inout JSONWriter) {
        switch self {
        case .number(let value): json.value(value)
        case .words(let words): json.value(words)
        }
    }
}

/// Where 95 of 100 resamples lie.
package struct Interval: Equatable, Sendable {
    package var low: Double
    package var high: Double

    package init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    /// The 2.5th and the 97.5th percentile, between neighbours in proportion; nil for fewer than 40 values.
    init?(of values: [Double]) {
        guard values.count >= 40 else { return nil }
        let sorted = values.sorted()
        func quantile(_ share: Double) -> Double {
            let place = share * Double(sorted.count - 1)
            let below = Int(place)
            let above = min(below + 1, sorted.count - 1)
            return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
        }
        self.init(low: quantile(0.025), high: quantile(0.975))
    }

    /// A JSON array of two numbers.
    package func encode(into json: inout JSONWriter) {
        json.beginArray()
        json.value(low)
        json.value(high)
        json.endArray()
    }
}

/// What forecasts are measured by.
package enum Metric: Int, Sendable, CaseIterable {
    /// The area under the ROC curve: how often a row with target 1 has the higher score than one with 0, ties half.
    case auc
    /// The mean of both classes' shares of right answers, where up is said above the train rows' share of target 1.
    case balancedAccuracy
    /// Matthews' correlation coefficient of the same answers; 0 where all answers are the same.
    case mcc
    /// The same two where up is said above 0.5.
    case balancedAccuracyAtHalf, mccAtHalf
    /// Mean of -ln(probability of what came), nats; probabilities are cut to 1e-6 … 1 - 1e-6.
    case logLoss
    /// Mean squared distance of the probability from what came.
    case brier

    /// As it stands in a card's JSON.
    package var name: StaticString {
        switch self {
        case .auc: "auc"
        case .balancedAccuracy: "balanced_accuracy"
        case .mcc: "mcc"
        case .balancedAccuracyAtHalf: "balanced_accuracy_at_half"
        case .mccAtHalf: "mcc_at_half"
        case .logLoss: "log_loss"
        case .brier: "brier"
        }
    }

    /// Whether more is better.
    package var isGain: Bool { self != .logLoss && self != .brier }

    /// Whether it needs probabilities, not only an order and two answers.
    var needsProbability: Bool { rawValue >= Metric.balancedAccuracyAtHalf.rawValue }
}

/// A metric with its intervals.
package struct Measure: Equatable, Sendable {
    /// The mean over the folds in which it is defined.
    package var value: Figure
    /// By resampled hours and by resampled days; nil where `Evaluation.hours` and `Evaluation.days` say why.
    package var byHours: Interval?
    package var byDays: Interval?

    package init(value: Figure, byHours: Interval? = nil, byDays: Interval? = nil) {
        self.value = value
        self.byHours = byHours
        self.byDays = byDays
    }

    func encode(_ name: StaticString, into json: inout JSONWriter) {
        json.key(name)
        json.beginObject()
        json.key("value")
        value.encode(into: &json)
        if let byHours {
            json.key("by_hours")
            byHours.encode(into: &json)
        }
        if let byDays {
            json.key("by_days")
            byDays.encode(into: &json)
        }
        json.endObject()
    }
}

/// All metrics of one forecaster. *Shape*: a measure for each `Metric`.
package struct Measures: Equatable, Sendable {
    private var all: [Measure]

    init(_ measure: (Metric) -> Measure) { all = Metric.allCases.map(measure) }

    package subscript(_ metric: Metric) -> Measure { all[metric.rawValue] }

    /// Of a difference, first less second: whether the first forecaster is better beyond chance.
    ///
    /// The one rule by which a forecaster takes the place of another one, here and wherever models are held against each other: the whole
    /// interval by hours of the difference of their log loss lies below 0. Log loss, as a model is served for its probabilities: an order that
    /// is better with probabilities that are worse is not.
    package var isFirstBetter: Bool { self[.logLoss].byHours.map { $0.high < 0 } ?? false }

    /// The same the other way round: the whole interval lies above 0.
    package var isSecondBetter: Bool { self[.logLoss].byHours.map { $0.low > 0 } ?? false }

    func encode(into json: inout JSONWriter) {
        for metric in Metric.allCases { self[metric].encode(metric.name, into: &json) }
    }
}
