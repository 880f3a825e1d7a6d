internal import CryptoCore
internal import ServiceKit

/// What is known of a version of a model, for people: `card.json`, `card.html` and what the trainer prints.
struct Card: Sendable {
    let name: String
    let version: Int
    let preset: Preset
    /// When the model was written. *Units*: ms since the epoch.
    let createdMs: Int64
    let training: Training
    let forest: Grown
    let features: [Feature]
    /// Fitted on all rows.
    let rules: [FittedRule]
    let judgement: Judgement
    /// What became of it beside the version that was served; nil where it was not a challenger.
    var challenge: Challenge?
    /// Whether `current` named it when it was written.
    var isServed = true

    /// The rows that the model learned from.
    struct Training: Sendable {
        var count: Int
        var upShare: Double
        /// Of the first and the last row; nil where rows have no times. *Units*: ms since the epoch.
        var fromMs, untilMs: Int64?
        var series: [String]
    }

    /// The forest, and what it took.
    struct Grown: Sendable {
        var settings: ForestSettings
        var leaves: Int
        var threads: Int
        /// Reading, growing the forest, and judging it.
        var readSeconds, growSeconds, judgeSeconds: Double
        /// The share of its rows whose target the trees say that did not learn from them; nil where nobody asked.
        var outOfBagAccuracy: Double?
    }

    /// A column.
    struct Feature: Sendable {
        var name, meaning: String
        /// Its share of what all splits gained.
        var gain: Double
        var mean, deviation: Double
        /// Whether each of its values had a bin of its own.
        var isExact: Bool
    }

    /// What the model is worth.
    enum Judgement: Sendable {
        case measured(Evaluation)
        /// Why there are no numbers.
        case words(String)
    }

    /// The first line.
    var verdict: String {
        switch judgement {
        case .measured(let evaluation): evaluation.verdict.sentence
        case .words(let words): words
        }
    }

    var evaluation: Evaluation? {
        if case .measured(let evaluation) = judgement { evaluation } else { nil }
    }

    /// Baselines whose AUC is above the forest's by more than chance explains: the whole interval by hours.
    var betterBaselines: [String] {
        let comparisons = evaluation?.comparisons ?? []
        return comparisons.filter { $0.kind == .baseline && ($0.difference[.auc].byHours?.high ?? 0) < 0 }.map(\.name)
    }

    /// A line about them; nil where there is none.
    var baselineWarning: String? {
        let names = betterBaselines.joined(separator: ", ")
        return names.isEmpty ? nil : "Ahead of the forest on the same rows, beyond the interval by hours: \(names)."
    }

    /// From the first row to the last, as people read it.
    var span: String {
        guard let from = training.fromMs, let until = training.untilMs else { return "rows without times" }
        return "\(Card.minute(from)) to \(Card.minute(until)) UTC"
    }

    static func minute(_ ms: Int64) -> String { UTCTime.text(ms: ms).prefix(16).replacing("T", with: " ") }
}

/// Numbers as a card shows them.
enum CardNumber {
    /// With so many decimals.
    static func fixed(_ value: Double, _ places: Int = 4) -> String {
        guard value.isFinite, value.magnitude < 1e15 else { return "\(value)" }
        var scale: Int64 = 1
        for _ in 0..<places { scale *= 10 }
        guard value.magnitude < 9e17 / Double(scale) else { return "\(value)" }
        let scaled = Int64((value.magnitude * Double(scale)).rounded())
        let sign = value < 0 && scaled != 0 ? "-" : ""
        if places == 0 { return sign + String(scaled) }
        let digits = String(scaled % scale)
        return "\(sign)\(scaled / scale).\(String(repeating: "0", count: places - digits.count))\(digits)"
    }

    /// `28.9 %`.
    static func percent(_ share: Double, _ places: Int = 1) -> String { fixed(share * 100, places) + " %" }

    /// `746,560`.
    static func grouped(_ count: Int) -> String {
        let digits = Array(String(count.magnitude))
        var text = count < 0 ? "-" : ""
        for (i, digit) in digits.enumerated() {
            if i > 0, (digits.count - i) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    static func figure(_ figure: Figure, _ places: Int = 4) -> String {
        switch figure {
        case .number(let value): fixed(value, places)
        case .words(let words): words
        }
    }

    static func interval(_ interval: Interval?, _ places: Int = 4) -> String? {
        interval.map { "[\(fixed($0.low, places)), \(fixed($0.high, places))]" }
    }
}

extension Substring {
    fileprivate func replacing(_ character: Character, with other: Character) -> String {
        String(map { $0 == character ? other : $0 })
    }
}

extension Metric {
    /// As a table's head.
    var title: String {
        switch self {
        case .auc: "AUC"
        case .balancedAccuracy: "balanced accuracy"
        case .mcc: "MCC"
        case .balancedAccuracyAtHalf: "balanced accuracy at 0.5"
        case .mccAtHalf: "MCC at 0.5"
        case .logLoss: "log loss"
        case .brier: "Brier"
        }
    }
}
