/// An evaluation in the making: what each forecaster said in each fold, as statistics of blocks.
struct Judgement: Sendable {
    /// A fold that can be judged.
    struct Fold: Sendable {
        /// Its number among all folds of the validation, from 1 on.
        var number: Int
        var plan: ValidationPlan.Fold
        var trainUpShare: Double
        var targets: [UInt8]
        var times: [Int64]
        var blocks: RowBlocks
        /// Rows of each part, as places among those that ask.
        var parts: [[Int]]
    }

    /// What one forecaster said.
    struct Forecaster: Sendable {
        var name: String
        var kind: Evaluation.Kind
        /// Its place among the learners; nil of what needs no learner. Two learners may have one name.
        var learner: Int?
        /// One for each fold.
        var statistics: [BlockStatistics] = []
        /// *Shape*: folds × parts.
        var parts: [[BlockStatistics]] = []
        /// Rows for which it gave no number.
        var missing = 0
    }

    static let partNames = ["next trade in the same millisecond", "next trade later"]

    let rows: RowTable
    let isWanted: Bool
    let seed: UInt64
    /// The length of the blocks that are resampled.
    let blockMs: Int64
    private(set) var folds: [Fold] = []
    private(set) var forecasters: [Forecaster] = []
    private(set) var notes: [String]
    /// Why the first fold that is left out is.
    private(set) var reasonAgainstFolds: String?
    private(set) var calibration = Calibration()

    init(_ rows: RowTable, _ plan: ValidationPlan, seed: UInt64) {
        self.rows = rows
        isWanted = plan.isWanted
        self.seed = seed
        blockMs = RowBlocks.blockMs(of: plan.folds.map { Judgement.times(of: $0, rows) })
        notes = plan.notes + Judgement.notes(onColumnsOf: rows)
        for (number, fold) in plan.folds.enumerated() {
            if let reason = Judgement.reasonAgainst(fold, rows) {
                notes.append("Fold \(number + 1) is left out: \(reason).")
                reasonAgainstFolds = reasonAgainstFolds ?? reason
            } else {
                let ups = fold.train.reduce(0) { $0 + Int(rows.targets[$1]) }
                begin(fold, number: number + 1, upShare: Double(ups) / Double(fold.train.count))
            }
        }
    }

    /// One fold of all rows that asks forecasters who were taught elsewhere.
    /// - Parameter upShare: the share of target 1 among the rows that taught them.
    init(asking rows: RowTable, upShare: Double, seed: UInt64) {
        self.rows = rows
        isWanted = true
        self.seed = seed
        blockMs = RowBlocks.blockMs(of: [rows.times])
        notes = []
        let fold = ValidationPlan.Fold(train: [], test: Array(0..<rows.count), start: rows.times.first)
        begin(fold, number: 1, upShare: upShare)
    }

    /// Takes a fold that is to be judged.
    /// - Parameter upShare: the share of target 1 among the rows that teach.
    private mutating func begin(_ fold: ValidationPlan.Fold, number: Int, upShare: Double) {
        let times = Judgement.times(of: fold, rows)
        let isSame = rows.isSameMillisecond
        let places = Array(fold.test.indices)
        let parts =
            isSame.isEmpty ? [] : [places.filter { isSame[fold.test[$0]] }, places.filter { !isSame[fold.test[$0]] }]
        folds.append(
            Fold(
                number: number, plan: fold, trainUpShare: upShare, targets: fold.test.map { rows.targets[$0] },
                times: times, blocks: RowBlocks(times: times, count: fold.test.count, blockMs: blockMs), parts: parts))
    }

    /// Times of the rows that ask; empty where rows have none.
    private static func times(of fold: ValidationPlan.Fold, _ rows: RowTable) -> [Int64] {
        rows.hasTimes ? fold.test.map { rows.times[$0] } : []
    }

    /// Takes what a learner forecast of the next fold that it has not forecast yet.
    /// - Parameter learner: its place among the learners; the first one is the model.
    mutating func add(learner: Int, _ name: String, _ probabilities: [Double]) {
        let kind = learner == 0 ? Evaluation.Kind.model : .baseline
        let at = place(of: name, kind, learner: learner)
        let fold = forecasters[at].statistics.count
        if kind == .model { calibration.add(probabilities, folds[fold].targets) }
        add(at, probabilities, isProbability: true, threshold: folds[fold].trainUpShare, fold)
    }

    /// Takes what needs no learner: the majority, and the rules as they are and fitted.
    mutating func addRules() {
        for (number, fold) in folds.enumerated() {
            let share = fold.trainUpShare
            let majority = [Double](repeating: share, count: fold.targets.count)
            add(place(of: "majority", .majority), majority, isProbability: true, threshold: share, number)
            for (rule, values) in zip(rows.preset.rules, rows.rules) {
                let asked = fold.plan.test.map { values[$0] }
                let name = rule.rawValue
                add(place(of: name, .rule), asked.map(Double.init), isProbability: false, threshold: 0, number)
                let fitted = FittedRule(
                    name: name, values: fold.plan.train.map { values[$0] },
                    targets: fold.plan.train.map { rows.targets[$0] })
                let probabilities = asked.map { fitted.probability(Int($0)) }
                add(place(of: name, .fittedRule), probabilities, isProbability: true, threshold: share, number)
            }
        }
        let order: [Evaluation.Kind] = [.model, .baseline, .majority, .rule, .fittedRule]
        forecasters = order.flatMap { kind in forecasters.filter { $0.kind == kind } }
    }

    private mutating func place(of name: String, _ kind: Evaluation.Kind, learner: Int? = nil) -> Int {
        let place = forecasters.firstIndex { $0.name == name && $0.kind == kind && $0.learner == learner }
        if let place { return place }
        forecasters.append(Forecaster(name: name, kind: kind, learner: learner))
        return forecasters.count - 1
    }

    private mutating func add(
        _ at: Int, _ values: [Double], isProbability: Bool, threshold: Double, _ number: Int
    ) {
        let fold = folds[number]
        precondition(values.count == fold.targets.count, "a probability for each row that asks")
        let missing = values.count { !$0.isFinite }
        forecasters[at].missing += missing
        let scores = BlockStatistics.Scores(
            values: missing == 0 ? values : values.map { $0.isFinite ? $0 : 0 }, threshold: threshold,
            isProbability: isProbability)
        forecasters[at].statistics.append(
            BlockStatistics(scores, fold.targets, blocks: fold.blocks.blocks, count: fold.blocks.blockCount))
        forecasters[at].parts.append(
            fold.parts.map { rows in
                var part = scores
                part.values = rows.map { scores.values[$0] }
                let blocks = [Int32](repeating: 0, count: rows.count)
                return BlockStatistics(part, rows.map { fold.targets[$0] }, blocks: blocks, count: 1)
            })
    }

    // MARK: Folds

    /// Why nothing can be learned or asked in a fold; nil where it can.
    private static func reasonAgainst(_ fold: ValidationPlan.Fold, _ rows: RowTable) -> String? {
        let ups = fold.train.reduce(0) { $0 + Int(rows.targets[$1]) }
        if fold.train.count < ValidationPlan.fewestTrainRows {
            return "\(fold.train.count) rows teach, \(ValidationPlan.fewestTrainRows) are needed"
        }
        if ups == 0 || ups == fold.train.count {
            return "the rows that teach all have the target \(ups == 0 ? 0 : 1)"
        }
        return fold.test.isEmpty ? "no row asks" : nil
    }

    private static func notes(onColumnsOf rows: RowTable) -> [String] {
        zip(rows.names, rows.columns).flatMap { name, values in
            var notes: [String] = []
            let unknown = values.count { $0.isNaN }
            if unknown > 0 { notes.append("The feature \(name) is unknown in \(unknown) of \(values.count) rows.") }
            let known = values.lazy.filter { !$0.isNaN }
            guard let first = known.first, known.allSatisfy({ $0 == first }) else { return notes }
            let place = unknown == 0 ? "in all rows: it" : "where it is known: its value"
            return notes + ["The feature \(name) is the same \(place) tells nothing apart."]
        }
    }
}

/// Forecasts by their probability, and what came of them.
struct Calibration: Sendable {
    private static let bins = 10

    private var counts = [Int](repeating: 0, count: Calibration.bins)
    private var forecasts = [Double](repeating: 0, count: Calibration.bins)
    private var ups = [Int](repeating: 0, count: Calibration.bins)

    mutating func add(_ probabilities: [Double], _ targets: [UInt8]) {
        for (probability, target) in zip(probabilities, targets) where probability.isFinite {
            let bin = Int(min(max(probability * Double(Calibration.bins), 0), Double(Calibration.bins - 1)))
            counts[bin] += 1
            forecasts[bin] += probability
            ups[bin] += Int(target)
        }
    }

    var filled: [Evaluation.CalibrationBin] {
        counts.indices.filter { counts[$0] > 0 }.map { bin in
            let count = Double(counts[bin])
            return Evaluation.CalibrationBin(
                from: Double(bin) / Double(Calibration.bins), to: Double(bin + 1) / Double(Calibration.bins),
                count: counts[bin], forecast: forecasts[bin] / count, came: Double(ups[bin]) / count)
        }
    }
}
