/// From what was said to the numbers of a card.
extension Judgement {
    /// A forecaster's metrics: as they are, and in every resample. NaN where a metric is not defined.
    struct Samples: Sendable {
        /// *Shape*: metrics.
        var plain: [Double]
        /// *Shape*: resamples × metrics; empty where there are no intervals.
        var hours: [[Double]]
        var days: [[Double]]

        static func - (a: Samples, b: Samples) -> Samples {
            func less(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }
            return Samples(
                plain: less(a.plain, b.plain), hours: zip(a.hours, b.hours).map(less),
                days: zip(a.days, b.days).map(less))
        }

        /// - Parameter reason: why a metric is not defined.
        func measures(_ reason: (Metric) -> String) -> Measures {
            Measures { metric in
                let value = Figure(plain[metric.rawValue], otherwise: reason(metric))
                guard value.number != nil else { return Measure(value: value) }
                return Measure(
                    value: value, byHours: Samples.interval(hours, metric), byDays: Samples.interval(days, metric))
            }
        }

        private static func interval(_ samples: [[Double]], _ metric: Metric) -> Interval? {
            let known = samples.map { $0[metric.rawValue] }.filter(\.isFinite)
            // Where one resample in twenty has no such number, the others say too little of it.
            return known.count * 20 >= samples.count * 19 ? Interval(of: known) : nil
        }
    }

    /// All numbers.
    mutating func evaluation() -> Evaluation {
        var result = Evaluation()
        (result.count, result.upShare) = (rows.count, rows.upShare)
        result.notes = notes
        guard !folds.isEmpty, !forecasters.isEmpty else {
            result.verdict = Verdicts.none(rows, isWanted: isWanted, because: reasonAgainstFolds)
            return result
        }
        addRules()
        result.testCount = folds.reduce(0) { $0 + $1.targets.count }
        let ups = folds.reduce(0) { $0 + $1.targets.reduce(0) { $0 + Int($1) } }
        result.testUpShare = Double(ups) / Double(result.testCount)
        result.hours = Evaluation.Blocks(count: hours.count, lengthMs: blockMs)
        result.hours.reason = reason(result.hours)
        result.days = Evaluation.Blocks(count: days.count, lengthMs: RowBlocks.dayMs(ofBlocks: blockMs))
        result.days.reason = reason(result.days)
        let samples = self.samples(withHours: result.hours.reason == nil, withDays: result.days.reason == nil)
        result.entries = zip(forecasters, samples).map { entry($0, $1) }
        result.comparisons = zip(forecasters, samples).dropFirst().filter { $0.0.kind != .rule }.map { other, theirs in
            let difference = samples[0] - theirs
            let missing = forecasters[0].missing > 0 ? forecasters[0] : other
            return Evaluation.Comparison(
                name: other.name, kind: other.kind, difference: difference.measures { reason($0, missing) })
        }
        result.folds = folds.indices.map(foldAsJudged)
        result.parts = parts(of: result.testCount)
        result.calibration = calibration.filled
        result.notes += oneClassNotes
        result.verdict = Verdicts.of(result)
        return result
    }

    // MARK: Samples

    private var hours: Resampling.Shared { Resampling.Shared(folds.map(\.blocks.keys)) }
    private var days: Resampling.Shared { Resampling.Shared(folds.map(\.blocks.dayKeys)) }

    func samples(withHours: Bool, withDays: Bool) -> [Samples] {
        let (hours, days) = (hours, days)
        let hourDraws = withHours ? Resampling.draws(of: hours.count, seed: seed) : []
        let dayDraws = withDays ? Resampling.draws(of: days.count, seed: seed) : []
        return forecasters.map { forecaster in
            guard forecaster.missing == 0 else {
                return Samples(plain: Metric.allCases.map { _ in .nan }, hours: [], days: [])
            }
            let byHour = forecaster.statistics
            let byDay = zip(byHour, folds).map { $0.grouped($1.blocks.days, count: $1.blocks.dayCount) }
            return Samples(
                plain: Judgement.means(byHour),
                hours: hourDraws.map { drawn in Judgement.means(byHour) { hours.weights(ofFold: $0, drawn) } },
                days: dayDraws.map { drawn in Judgement.means(byDay) { days.weights(ofFold: $0, drawn) } })
        }
    }

    private static func means(_ folds: [BlockStatistics]) -> [Double] {
        means(folds) { [Double](repeating: 1, count: folds[$0].count) }
    }

    /// Each metric's mean over the folds in which it is defined.
    /// - Parameter weights: how often each block of a fold counts.
    private static func means(_ folds: [BlockStatistics], _ weights: (Int) -> [Double]) -> [Double] {
        var sums = Metric.allCases.map { _ in 0.0 }
        var counts = sums
        for (number, fold) in folds.enumerated() {
            let values = fold.values(weights(number))
            for i in values.indices where values[i].isFinite {
                sums[i] += values[i]
                counts[i] += 1
            }
        }
        // 0 / 0: NaN where no fold has the metric.
        return zip(sums, counts).map { $0 / $1 }
    }

    // MARK: Parts of an evaluation

    private func entry(_ forecaster: Forecaster, _ samples: Samples) -> Evaluation.Entry {
        let partCount = folds[0].parts.count
        let parts = (0..<partCount).map { part in
            let plain = Judgement.means(forecaster.parts.map { $0[part] })
            let known = forecaster.missing == 0 ? plain : plain.map { _ in .nan }
            let isEmpty = folds.allSatisfy { $0.parts[part].isEmpty }
            return Samples(plain: known, hours: [], days: []).measures { reason($0, forecaster, isEmpty: isEmpty) }
        }
        return Evaluation.Entry(
            name: forecaster.name, kind: forecaster.kind, measures: samples.measures { reason($0, forecaster) },
            parts: parts)
    }

    private func foldAsJudged(_ number: Int) -> Evaluation.Fold {
        let fold = folds[number]
        let model = forecasters[0]
        let statistics = model.statistics[number]
        let all = statistics.values([Double](repeating: 1, count: statistics.count))
        let values = model.missing == 0 ? all : all.map { _ in .nan }
        let ups = fold.targets.reduce(0) { $0 + Int($1) }
        return Evaluation.Fold(
            trainCount: fold.plan.train.count, trainUpShare: fold.trainUpShare, testCount: fold.targets.count,
            testUpShare: Double(ups) / Double(fold.targets.count), purged: fold.plan.purged,
            embargoed: fold.plan.embargoed, testFrom: fold.times.first, testUntil: fold.times.last,
            auc: Figure(values[Metric.auc.rawValue], otherwise: reason(.auc, model)),
            logLoss: Figure(values[Metric.logLoss.rawValue], otherwise: reason(.logLoss, model)))
    }

    private func parts(of count: Int) -> [Evaluation.Part] {
        folds[0].parts.indices.map { part in
            let rows = folds.reduce(0) { $0 + $1.parts[part].count }
            return Evaluation.Part(
                name: Judgement.partNames[part], count: rows, share: Double(rows) / Double(count))
        }
    }

    // MARK: Words

    func reason(_ metric: Metric, _ forecaster: Forecaster) -> String {
        reason(metric, forecaster, isEmpty: folds.allSatisfy(\.targets.isEmpty))
    }

    private func reason(_ metric: Metric, _ forecaster: Forecaster, isEmpty: Bool) -> String {
        if forecaster.missing > 0 { return "no number: \(forecaster.name) gave none for \(forecaster.missing) rows" }
        if metric.needsProbability && forecaster.kind == .rule { return "a rule as it is gives no probability" }
        return isEmpty
            ? "not defined: there are no rows" : "not defined: the rows all have one target"
    }

    /// Why there are no intervals by such blocks; nil where there are.
    func reason(_ blocks: Evaluation.Blocks) -> String? {
        if !rows.hasTimes { return "the rows have no times" }
        return blocks.count < Resampling.fewestBlocks
            ? "the rows that ask lie in \(blocks.counted); an interval takes \(Resampling.fewestBlocks)"
            : nil
    }

    private var oneClassNotes: [String] {
        folds.compactMap { fold in
            let ups = fold.targets.reduce(0) { $0 + Int($1) }
            guard ups == 0 || ups == fold.targets.count else { return nil }
            return "Fold \(fold.number) asks by rows of target \(ups == 0 ? 0 : 1) only: "
                + "it is left out of the means of AUC, balanced accuracy and MCC."
        }
    }
}
