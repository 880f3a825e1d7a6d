internal import CryptoCore

extension Card {
    /// What the trainer prints at its end: the verdict, a table, and what else is to be known.
    var text: String {
        var text = "\(verdict)\n\(name):\(version), \(preset.target)\n"
        if let baselineWarning { text += "\(baselineWarning)\n" }
        if let challenge {
            text += "\(challenge.sentence)\n"
        } else if !isServed {
            text += "It is not served: somebody chose another version while it was learned.\n"
        }
        text += "\n\(learnedFrom)\n\(forest.trees) trees, \(CardNumber.grouped(forest.leaves)) leaves, "
        switch forest.origin {
        case .imported(let imported): text += "imported from \(imported.file)\n"
        case .grown(let grown):
            text +=
                "grown in \(CardNumber.fixed(grown.seconds, 2)) s on \(grown.threads) thread\(grown.threads == 1 ? "" : "s")\n"
        }
        if let columnOrder { text += "\(columnOrder)\n" }
        if let evaluation { text += "\n" + table(evaluation) + importanceLines }
        if let caution = preset.caution { text += "\n\(caution)\n" }
        return text
    }

    /// The features, those that the forest owes most to first.
    private var importanceLines: String {
        guard importance != nil else { return "" }
        let falls = features.map { ($0.name, $0.permutation ?? 0) }.sorted { $0.1 > $1.1 }
        let list = falls.map { "\($0.0) \(CardNumber.fixed($0.1))" }.joined(separator: ", ")
        return "AUC owed to each feature (permutation): \(list)\n"
    }

    private func table(_ evaluation: Evaluation) -> String {
        let asked = CardNumber.grouped(evaluation.testCount)
        var text =
            "judged by \(asked) rows that it had not seen\(byWord), \(CardNumber.percent(evaluation.testUpShare, 2)) of target 1\n"
        let metrics: [Metric] = [.auc, .balancedAccuracy, .mcc, .logLoss, .brier]
        var table = TextTable(["", "AUC", "by \(evaluation.hours.unit)"] + metrics.dropFirst().map(\.title))
        var words: [String] = []
        for entry in evaluation.entries {
            let cells = metrics.map { metric in
                switch entry.measures[metric].value {
                case .number(let value): return CardNumber.fixed(value)
                case .words(let reason):
                    if entry.kind != .rule, !words.contains(reason) { words.append(reason) }
                    return "-"
                }
            }
            table.add(
                [entry.title, cells[0], CardNumber.interval(entry.measures[.auc].byHours) ?? ""] + cells.dropFirst())
        }
        text += table.text + words.map { "-: \($0)\n" }.joined()
        for comparison in evaluation.comparisons {
            guard let interval = CardNumber.interval(comparison.difference[.auc].byHours) else { continue }
            let value = CardNumber.figure(comparison.difference[.auc].value)
            text += "AUC less that of \(comparison.title): \(value) \(interval) by \(evaluation.hours.unit)\n"
        }
        for (i, part) in evaluation.parts.enumerated() {
            let aucs = evaluation.entries.compactMap { entry in
                entry.parts.indices.contains(i) && entry.kind != .majority
                    ? "\(entry.title) \(CardNumber.figure(entry.parts[i][.auc].value))" : nil
            }
            text += "\(part.name), \(CardNumber.percent(part.share)) of the rows: AUC \(aucs.joined(separator: ", "))\n"
        }
        return text + evaluation.notes.map { "\($0)\n" }.joined()
    }
}

extension Evaluation.Entry {
    /// Its name, and what it is where that is not clear.
    var title: String { Evaluation.title(name, kind) }
}

extension Evaluation.Comparison {
    var title: String { Evaluation.title(name, kind) }
}

extension Evaluation {
    fileprivate static func title(_ name: String, _ kind: Kind) -> String {
        kind == .fittedRule ? "\(name), fitted" : name
    }
}

/// Cells in columns: the first one from the left, the others to the right.
struct TextTable {
    private var rows: [[String]]

    init(_ header: [String]) { rows = [header] }

    mutating func add(_ cells: [String]) { rows.append(cells) }

    var text: String {
        let widths = rows[0].indices.map { i in rows.map { $0[i].count }.max() ?? 0 }
        return rows.map { cells in
            let line = cells.enumerated().map { i, cell in
                let padding = String(repeating: " ", count: widths[i] - cell.count)
                return i == 0 ? cell + padding : padding + cell
            }.joined(separator: "  ")
            return line + "\n"
        }.joined()
    }
}
