/// The first line of a card.
enum Verdicts {
    /// What an evaluation comes to: whether the model's area under the ROC curve is above that of every fitted rule, beyond the
    /// interval of the difference by hours.
    static func of(_ evaluation: Evaluation) -> Evaluation.Verdict {
        let rules = evaluation.entries.filter { $0.kind == .fittedRule }
        guard let model = evaluation.entries.first, let auc = model.measures[.auc].value.number,
            let best = best(of: rules), let bestAUC = best.measures[.auc].value.number
        else {
            return unknown(evaluation.entries.first.map { words($0.measures[.auc].value) } ?? "nothing was judged")
        }
        let numbers =
            "AUC \(decimals(auc)) against \(decimals(bestAUC)) of \(best.name), the best of them as fitted"
        let against = evaluation.comparisons.filter { $0.kind == .fittedRule }
        let open = against.filter { ($0.difference[.auc].byHours?.low ?? -1) <= 0 }
        guard let difference = against.first(where: { $0.name == best.name })?.difference[.auc].byHours else {
            let reason = evaluation.hours.reason ?? "too few resamples have rows of both targets"
            let words = "\(numbers); no interval, as \(reason)"
            // What is not ahead needs no interval to be not clearly ahead.
            return auc > bestAUC
                ? unknown(words)
                : Evaluation.Verdict(
                    beatsRules: false, sentence: "The model does not beat every fitted rule: \(words).")
        }
        let blocks = evaluation.hours.unit
        let span = "difference \(signed(difference.low)) to \(signed(difference.high)) (95 %, by \(blocks))"
        if open.isEmpty {
            return Evaluation.Verdict(
                beatsRules: true, sentence: "The model beats every fitted rule: \(numbers), \(span).")
        }
        let names = open.map(\.name).joined(separator: ", ")
        return Evaluation.Verdict(
            beatsRules: false,
            sentence: "The model does not beat every fitted rule: \(numbers), \(span). Not beaten: \(names).")
    }

    /// The verdict where no fold could be judged.
    /// - Parameter reason: why a fold was left out.
    static func none(_ rows: RowTable, isWanted: Bool, because reason: String?) -> Evaluation.Verdict {
        if !isWanted { return Evaluation.Verdict(sentence: "The model was not evaluated.") }
        let count = "\(rows.count) rows with a share of \(decimals(rows.upShare)) of target 1"
        guard let reason else { return unknown("\(count) are too few to judge by") }
        return unknown("\(count) give no fold to judge by: \(reason)")
    }

    private static func best(of rules: [Evaluation.Entry]) -> Evaluation.Entry? {
        rules.filter { $0.measures[.auc].value.number != nil }.max {
            $0.measures[.auc].value.number ?? 0 < $1.measures[.auc].value.number ?? 0
        }
    }

    private static func unknown(_ words: String) -> Evaluation.Verdict {
        Evaluation.Verdict(sentence: "Nobody can say whether the model beats the fitted rules: \(words).")
    }

    static func words(_ figure: Figure) -> String {
        if case .words(let words) = figure { return words }
        return "there is no fitted rule"
    }

    /// Four decimals.
    static func decimals(_ value: Double) -> String {
        let ten = (abs(value) * 10_000).rounded()
        guard ten < 1e15 else { return "\(value)" }
        let whole = Int(ten) / 10_000
        let rest = String(Int(ten) % 10_000)
        let zeros = String(repeating: "0", count: 4 - rest.count)
        return "\(value < 0 && ten > 0 ? "-" : "")\(whole).\(zeros)\(rest)"
    }

    static func signed(_ value: Double) -> String { value > 0 ? "+\(decimals(value))" : decimals(value) }
}
