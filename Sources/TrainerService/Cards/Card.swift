internal import CryptoCore
internal import ServiceKit

/// What is known of a version of a model, for people: `card.json`, `card.html` and what the trainer prints.
struct Card: Sendable {
    let name: String
    let version: Int
    let preset: Preset
    /// When the model was written. *Units*: ms since the epoch.
    let createdMs: Int64
    /// Nil where nobody knows what it learned from.
    let training: Training?
    let forest: Forest
    let features: [Feature]
    /// What the features' falls were measured on; nil where there are none.
    let importance: PermutationImportance?
    /// Fitted on the rows that it learned from.
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
    struct Forest: Sendable {
        var trees, leaves: Int
        /// Reading rows, and judging by them.
        var readSeconds, judgeSeconds: Double
        var origin: Origin
    }

    /// Where a forest comes from.
    enum Origin: Sendable {
        case grown(Grown)
        /// From an ONNX file, which does not tell how it was grown.
        case imported(Imported)
    }

    /// The file that a forest was taken from.
    struct Imported: Sendable {
        var file: String
        /// Whether it names its features; else its columns were taken in the preset's order.
        var namesFeatures: Bool
    }

    /// How a forest was grown here.
    struct Grown: Sendable {
        var settings: ForestSettings
        var threads: Int
        var seconds: Double
        /// The share of its rows whose target the trees say that did not learn from them; nil where nobody asked.
        var outOfBagAccuracy: Double?
    }

    /// A column.
    struct Feature: Sendable {
        var name, meaning: String
        /// Its share of what all splits gained; nil where the forest was grown elsewhere.
        var gain: Double?
        /// How much the AUC falls when its values are dealt to other rows that the forest had not seen; nil where it was not measured.
        var permutation: Double?
        /// How it was spread over the training rows; nil where nobody knows.
        var spread: FeatureSpread?
        /// Whether each of its values had a bin of its own, or neighbours were counted together and told apart where the best split might lie;
        /// nil where the forest was grown elsewhere.
        var hasOwnBins: Bool?
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

    /// Baselines that are better than the forest beyond chance, by the measure that decides (`Measures.isSecondBetter`).
    var betterBaselines: [String] { baselines { $0.isSecondBetter } }

    /// What is to be said of baselines that are ahead; nil where none is.
    var baselineWarning: String? {
        let better = betterBaselines
        let order = baselines { ($0[.auc].byHours?.high ?? 0) < 0 }.filter { !better.contains($0) }
        let unit = evaluation?.hours.unit ?? ""
        var lines: [String] = []
        if !better.isEmpty {
            lines.append(
                "Better than the forest by log loss, which decides, beyond the interval by \(unit): "
                    + "\(better.joined(separator: ", ")).")
        }
        if !order.isEmpty {
            lines.append(
                "Ahead of the forest by AUC, beyond the interval by \(unit), but not by log loss, which decides: "
                    + "\(order.joined(separator: ", ")).")
        }
        return lines.isEmpty ? nil : lines.joined(separator: " ")
    }

    private func baselines(_ isAhead: (Measures) -> Bool) -> [String] {
        (evaluation?.comparisons ?? []).filter { $0.kind == .baseline && isAhead($0.difference) }.map(\.name)
    }

    /// From the first row that it learned from to the last, as people read it.
    var span: String {
        guard let from = training?.fromMs, let until = training?.untilMs else { return "rows without times" }
        return "\(Card.minute(from)) to \(Card.minute(until)) UTC"
    }

    /// What it learned from, in words.
    var learnedFrom: String {
        guard let training else {
            return
                "What it learned from nobody knows: the file does not tell, and there was no --from. So there are no fitted rules, no "
                + "spreads of its features, no series and no training range."
        }
        let rows =
            "\(CardNumber.grouped(training.count)) rows, \(CardNumber.percent(training.upShare, 2)) of them of target 1: \(span)"
        if case .imported = forest.origin {
            return "By the word of whoever imported it, it learned from \(rows)."
        }
        return "Learned from \(rows)."
    }

    /// That not every value had its bin, in words; nil where each had, or the forest was grown elsewhere.
    var binNote: String? {
        guard features.contains(where: { $0.hasOwnBins == false }) else { return nil }
        return
            "Where not every value had its bin, neighbours were counted together, and told apart wherever the best split could lie: the "
            + "splits are those that a bin for every value gives."
    }

    /// What an imported forest's columns were taken for, in words; nil where the forest was grown here.
    var columnOrder: String? {
        guard case .imported(let imported) = forest.origin else { return nil }
        return imported.namesFeatures
            ? "The file names its features as the preset does."
            : "The file names no features: its columns were taken in the preset's order."
    }

    /// What the falls of the AUC were measured on, in words; nil where they were not.
    var importanceNote: String? {
        guard let importance else { return nil }
        let all = importance.count == importance.available ? "" : " of \(CardNumber.grouped(importance.available))"
        return
            "Fall of the AUC: how much it falls when the feature's values are dealt to other rows, the mean of five deals among "
            + "\(CardNumber.grouped(importance.count))\(all) rows that the forest of the last fold had not seen\(byWord)."
    }

    /// Behind what a card says of rows that the forest had not seen: of one that was imported nobody knows.
    var byWord: String {
        if case .imported = forest.origin { ", by the word of whoever imported it" } else { "" }
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
