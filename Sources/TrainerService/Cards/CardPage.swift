internal import CryptoCore
internal import ServiceKit

/// `card.html`: one page that needs nothing else, on a phone and on a screen, in daylight and in the dark.
struct CardPage {
    private let card: Card
    private var html = HTML()

    init(_ card: Card) {
        self.card = card
        html.raw(CardPage.head)
        html.element("title", "\(card.name), version \(card.version)")
        html.raw("<style>\(CardPage.style)</style>\n</head>\n<body>\n<main>\n")
        begin()
        if let evaluation = card.evaluation, !evaluation.entries.isEmpty {
            forecasters(evaluation)
            differences(evaluation)
            parts(evaluation)
            calibration(evaluation)
            folds(evaluation)
        }
        features()
        model()
        notes()
        html.raw("</main>\n</body>\n</html>\n")
    }

    /// UTF-8.
    var bytes: [UInt8] { Array(html.text.utf8) }

    // MARK: Parts

    private mutating func begin() {
        let beats = card.evaluation?.verdict.beatsRules
        let mood = beats == true ? "good" : beats == false ? "bad" : "open"
        html.element("p", card.verdict, attributes: "class=\"verdict \(mood)\"")
        if let warning = card.baselineWarning { html.element("p", warning, attributes: "class=\"verdict open\"") }
        if let challenge = card.challenge {
            html.element("p", challenge.sentence, attributes: "class=\"verdict open\"")
        }
        html.element("h1", "\(card.name), version \(card.version)")
        html.element("p", "Target 1: \(card.preset.target).")
        if let caution = card.preset.caution { html.element("p", caution, attributes: "class=\"caution\"") }
        html.element("p", card.learnedFrom)
    }

    private mutating func forecasters(_ evaluation: Evaluation) {
        html.element("h2", "How good it is")
        html.element(
            "p",
            "Judged by \(CardNumber.grouped(evaluation.testCount)) rows that it had not seen\(card.byWord), "
                + "\(CardNumber.percent(evaluation.testUpShare, 2)) of them of target 1. In small letters: where 95 of 100 resamples lie, by "
                + "\(evaluation.hours.unit) and by \(evaluation.days.unit).")
        let groups: [[Metric]] = [
            [.auc, .logLoss, .brier, .balancedAccuracy, .mcc], [.balancedAccuracyAtHalf, .mccAtHalf],
        ]
        for metrics in groups {
            let rows = evaluation.entries.map { entry in
                [HTML.Cell(entry.title)] + metrics.map { cell(entry.measures[$0]) }
            }
            html.table([""] + metrics.map(\.title), rows)
        }
    }

    private mutating func differences(_ evaluation: Evaluation) {
        if evaluation.comparisons.isEmpty { return }
        html.element("h2", "The model less the others")
        html.element("p", "Above 0 the model is better, but for log loss and Brier: there below 0.")
        let metrics: [Metric] = [.auc, .logLoss, .brier, .balancedAccuracy, .mcc]
        let rows = evaluation.comparisons.map { other in
            [HTML.Cell(other.title)] + metrics.map { cell(other.difference[$0]) }
        }
        html.table([""] + metrics.map(\.title), rows)
    }

    private mutating func parts(_ evaluation: Evaluation) {
        for (i, part) in evaluation.parts.enumerated() {
            if i == 0 { html.element("h2", "The two parts of the rows") }
            html.element("h3", "\(part.name): \(CardNumber.percent(part.share)) of the rows")
            let rows = evaluation.entries.filter { $0.parts.indices.contains(i) }.map { entry in
                [HTML.Cell(entry.title), cell(entry.parts[i][.auc]), cell(entry.parts[i][.logLoss])]
            }
            html.table(["", "AUC", "log loss"], rows)
        }
    }

    private mutating func calibration(_ evaluation: Evaluation) {
        if evaluation.calibration.isEmpty { return }
        html.element("h2", "Calibration")
        html.element("p", "Where the model says a probability, how often target 1 came. On the line both are the same.")
        html.raw(CalibrationChart(evaluation.calibration).svg)
        let rows = evaluation.calibration.map { bin in
            [
                HTML.Cell("\(CardNumber.fixed(bin.from, 2)) to \(CardNumber.fixed(bin.to, 2))"),
                HTML.Cell(CardNumber.grouped(bin.count)), HTML.Cell(CardNumber.fixed(bin.forecast)),
                HTML.Cell(CardNumber.fixed(bin.came)),
            ]
        }
        html.table(["said", "rows", "mean of what it said", "share that came"], rows)
    }

    private mutating func folds(_ evaluation: Evaluation) {
        html.element("h2", "Folds")
        let rows = evaluation.folds.map { fold in
            let span = fold.testFrom.flatMap { from in
                fold.testUntil.map { "\(Card.minute(from)) to \(Card.minute($0))" }
            }
            return [
                HTML.Cell(span ?? "the last rows"), HTML.Cell(CardNumber.grouped(fold.trainCount)),
                HTML.Cell(CardNumber.grouped(fold.testCount), small: [CardNumber.percent(fold.testUpShare, 2)]),
                HTML.Cell(CardNumber.grouped(fold.purged)), HTML.Cell(CardNumber.grouped(fold.embargoed)),
                cell(Measure(value: fold.auc)), cell(Measure(value: fold.logLoss)),
            ]
        }
        html.table(["asked, UTC", "rows that taught", "rows asked", "purged", "embargo", "AUC", "log loss"], rows)
    }

    private mutating func features() {
        html.element("h2", "What it looks at")
        let rows = card.features.map { feature in
            [
                HTML.Cell(feature.name, small: [feature.meaning]),
                HTML.Cell(feature.gain.map { CardNumber.percent($0) } ?? "unknown"),
                HTML.Cell(feature.permutation.map { CardNumber.fixed($0) } ?? "not measured"),
                HTML.Cell(CardPage.short(feature.spread?.mean ?? .nan)),
                HTML.Cell(CardPage.short(feature.spread?.standardDeviation ?? .nan)),
                HTML.Cell(feature.hasOwnBins.map { $0 ? "yes" : "not every value" } ?? "unknown"),
            ]
        }
        let columns = [
            "share of the gain", "fall of the AUC", "mean", "standard deviation", "a bin for every value",
        ]
        html.table(["feature"] + columns, rows)
        for note in [card.importanceNote, card.binNote].compactMap(\.self) { html.element("p", note) }
        if card.rules.isEmpty { return }
        let rules = card.rules.map { rule in
            [HTML.Cell(rule.name)] + rule.shares.map { HTML.Cell(CardNumber.fixed($0)) }
        }
        html.element("h2", "Rules, fitted on the rows that it learned from\(card.byWord)")
        html.element("p", "The share of target 1 where the rule says down, neither and up.")
        html.table(["", "down", "neither", "up"], rules)
    }

    private mutating func model() {
        let forest = card.forest
        let size = "\(forest.trees) trees, \(CardNumber.grouped(forest.leaves)) leaves"
        let times =
            "Rows read in \(CardNumber.fixed(forest.readSeconds, 2)) s, judged in \(CardNumber.fixed(forest.judgeSeconds, 2)) s."
        html.element("h2", "The forest")
        switch forest.origin {
        case .imported(let imported):
            html.element(
                "p",
                "\(size), imported from \(imported.file), which does not tell how it was grown. \(card.columnOrder ?? "") \(times)"
            )
        case .grown(let grown): html.element("p", "\(size), \(CardPage.words(grown)) \(times)")
        }
        html.element("p", "Written \(UTCTime.text(ms: card.createdMs)).")
        guard let training = card.training else { return }
        html.element("h2", "Series")
        html.element("p", training.series.joined(separator: ", "))
    }

    private static func words(_ grown: Card.Grown) -> String {
        let settings = grown.settings
        let outOfBag = grown.outOfBagAccuracy.map {
            " Of the rows that a tree did not draw, the others' votes say \(CardNumber.percent($0)) right (out of bag); "
                + "neighbouring rows are alike, so that is no forecast."
        }
        return
            "at most \(settings.depth) splits above a leaf and at least \(settings.minLeaf) rows in it, seed \(settings.seed), class weights "
            + "\(ClassWeightsFlag.text(settings.classWeights)), grown in \(CardNumber.fixed(grown.seconds, 2)) s on \(grown.threads) "
            + "threads.\(outOfBag ?? "")"
    }

    private mutating func notes() {
        guard let notes = card.evaluation?.notes, !notes.isEmpty else { return }
        html.element("h2", "Notes")
        html.raw("<ul>\n")
        for note in notes { html.element("li", note) }
        html.raw("</ul>\n")
    }

    private func cell(_ measure: Measure) -> HTML.Cell {
        if case .words(let reason) = measure.value { return HTML.Cell("\u{2013}", small: [reason]) }
        func line(_ unit: String, _ interval: Interval?) -> String? {
            // One line: its spaces do not break.
            interval.map { "\(unit)\u{a0}\(CardNumber.fixed($0.low))\u{a0}to\u{a0}\(CardNumber.fixed($0.high))" }
        }
        let (hours, days) = (card.evaluation?.hours.unit ?? "", card.evaluation?.days.unit ?? "")
        let lines = [line(hours, measure.byHours), line(days, measure.byDays)].compactMap(\.self)
        return HTML.Cell(CardNumber.figure(measure.value), small: lines)
    }

    /// Large numbers without decimals, small ones with as many as they need.
    private static func short(_ value: Double) -> String {
        if value.isNaN { return "unknown" }
        if value == 0 { return "0" }
        return value.magnitude >= 1000
            ? CardNumber.fixed(value, 0) : CardNumber.fixed(value, value.magnitude < 0.01 ? 8 : 4)
    }
}
