/// What a validation says of a model: all numbers of its card.
package struct Evaluation: Equatable, Sendable {
    /// Who made a forecast.
    package enum Kind: String, Sendable {
        case model, baseline, majority, rule
        case fittedRule = "fitted rule"
    }

    /// One forecaster, measured on the rows that asked.
    package struct Entry: Equatable, Sendable {
        package var name: String
        package var kind: Kind
        package var measures: Measures
        /// The same on the rows of each of `parts`, without intervals.
        package var parts: [Measures]
    }

    /// The model's measures less those of another forecaster, on the same rows and resamples.
    package struct Comparison: Equatable, Sendable {
        package var name: String
        package var kind: Kind
        package var difference: Measures
    }

    /// Some of the rows that asked.
    package struct Part: Equatable, Sendable {
        package var name: String
        package var count: Int
        /// Of all rows that asked.
        package var share: Double
    }

    /// A fold as it was judged.
    package struct Fold: Equatable, Sendable {
        package var trainCount: Int
        package var trainUpShare: Double
        package var testCount: Int
        package var testUpShare: Double
        package var purged: Int
        package var embargoed: Int
        /// Times (ms) of the first and the last row that asked; nil where rows have no times, or none asked.
        package var testFrom: Int64?
        package var testUntil: Int64?
        /// The model's area under the ROC curve, and its log loss.
        package var auc: Figure
        package var logLoss: Figure
    }

    /// Rows whose forecasts lie between two probabilities.
    package struct CalibrationBin: Equatable, Sendable {
        package var from: Double
        package var to: Double
        package var count: Int
        /// Mean probability that the model gave, and share of target 1 that came.
        package var forecast: Double
        package var came: Double
    }

    /// The blocks that were resampled.
    package struct Blocks: Equatable, Sendable {
        package var count: Int
        package var lengthMs: Int64
        /// Why there are no intervals by such blocks; nil where there are.
        package var reason: String?

        /// What a sentence calls them: hours, days, or blocks of several.
        package var unit: String { name(isPlural: true) }

        /// How many there are, in words: 1 hour, 12 days, 3 blocks of 2 hours.
        package var counted: String { "\(count) \(name(isPlural: count != 1))" }

        private func name(isPlural: Bool) -> String {
            let (ending, hours) = (isPlural ? "s" : "", lengthMs / ClockSpan.hour)
            guard lengthMs % ClockSpan.day == 0 else {
                return hours == 1 ? "hour\(ending)" : "block\(ending) of \(hours) hours"
            }
            return hours == 24 ? "day\(ending)" : "block\(ending) of \(hours / 24) days"
        }
    }

    /// The answer to the one question that counts.
    package struct Verdict: Equatable, Sendable {
        /// Whether the model beats every fitted rule beyond its interval; nil where nobody can say.
        package var beatsRules: Bool? = nil
        /// The first line of a card.
        package var sentence: String
    }

    package internal(set) var verdict = Verdict(beatsRules: nil, sentence: "")
    /// Rows in all, and their share of target 1.
    package internal(set) var count = 0
    package internal(set) var upShare = 0.0
    /// The same of the rows that asked.
    package internal(set) var testCount = 0
    package internal(set) var testUpShare = 0.0
    package internal(set) var folds: [Fold] = []
    /// The model first, then baselines, majority, rules as they are, rules fitted.
    package internal(set) var entries: [Entry] = []
    /// The model against each of the others that give probabilities.
    package internal(set) var comparisons: [Comparison] = []
    /// Rows decided in their own millisecond, and later; empty where that means nothing.
    package internal(set) var parts: [Part] = []
    /// Of the model, over all folds; bins without rows are left out.
    package internal(set) var calibration: [CalibrationBin] = []
    package internal(set) var hours = Blocks(count: 0, lengthMs: ClockSpan.hour)
    package internal(set) var days = Blocks(count: 0, lengthMs: ClockSpan.day)
    /// What else is to be known: folds that were left out, columns that are constant or unknown.
    package internal(set) var notes: [String] = []

    init() {}
}
