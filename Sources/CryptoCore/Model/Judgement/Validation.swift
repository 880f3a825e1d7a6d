/// How a model is judged: which rows teach it and which ask it.
package enum Validation: Equatable, Sendable {
    /// The rows after the first sixth in five parts of as many rows each: every part is forecast by what came before it.
    case walkForward
    /// The last so many milliseconds, counted back from the end of the last row's hour.
    case holdoutTime(ms: Int64)
    /// The last share of the rows, between 0 and 1.
    case holdoutShare(Double)
    case none

    static let folds = 5
}

/// The folds of a validation: for each the rows that teach and the rows that ask, by their numbers.
///
/// Nothing of the future teaches: rows whose target looks into the part that asks are left out of those that teach (purged), and
/// of the part that asks the first rows, whose features look back into what teaches (embargo).
package struct ValidationPlan: Equatable, Sendable {
    package struct Fold: Equatable, Sendable {
        /// What teaches, oldest first.
        package var train: [Int]
        /// What asks, oldest first.
        package var test: [Int]
        /// The time (ms) from which on rows ask; nil where rows have no times.
        package var start: Int64?
        package var purged = 0
        package var embargoed = 0

        package init(train: [Int], test: [Int], start: Int64?) {
            self.train = train
            self.test = test
            self.start = start
        }
    }

    /// Fewer rows than this teach nothing.
    package static let fewestTrainRows = 100

    package private(set) var folds: [Fold] = []
    /// What was done otherwise than asked for, and why: sentences for the card.
    package private(set) var notes: [String] = []
    /// Whether folds were asked for.
    let isWanted: Bool

    /// Rows that somebody divided: each fold's rows must be sorted by time.
    package init(folds: [Fold]) {
        self.folds = folds
        isWanted = true
    }

    /// - Precondition: the rows are sorted by time, where they have times.
    package init(_ rows: RowTable, _ validation: Validation) {
        isWanted = validation != .none
        guard rows.count > 0, isWanted else { return }
        if rows.hasTimes { split(rows, byTime: validation) } else { split(rows, byOrder: validation) }
    }

    private mutating func split(_ rows: RowTable, byTime validation: Validation) {
        switch validation {
        case .none: break
        case .walkForward: walkForward(rows)
        case .holdoutTime(let ms):
            let end = (rows.times[rows.count - 1] + ClockSpan.hour).aligned(to: ClockSpan.hour)
            let (start, isOver) = end.subtractingReportingOverflow(ms)
            add(rows, from: isOver ? (ms < 0 ? .max : .min) : start, before: .max)
        case .holdoutShare(let share):
            let first = ValidationPlan.first(of: rows, share)
            if first < rows.count { add(rows, from: rows.times[first], before: .max) }
        }
    }

    private mutating func walkForward(_ rows: RowTable) {
        let parts = Validation.folds + 1
        let starts = (1..<parts).map { rows.times[rows.count * $0 / parts] } + [.max]
        for i in 0..<Validation.folds where starts[i] < starts[i + 1] {
            add(rows, from: starts[i], before: starts[i + 1])
        }
    }

    private mutating func add(_ rows: RowTable, from start: Int64, before end: Int64) {
        var fold = Fold(train: [], test: [], start: start)
        let first = ValidationPlan.place(of: start, in: rows.times)
        fold.train = (0..<first).filter { rows.until[$0] <= start }
        fold.purged = first - fold.train.count
        let asking = first..<ValidationPlan.place(of: end, in: rows.times)
        let known = asking.filter { rows.times[$0] - rows.preset.lookbackMs >= start }
        fold.test = rows.preset.looksAtTickBefore ? ValidationPlan.butFirst(of: known, rows) : known
        fold.embargoed = asking.count - fold.test.count
        folds.append(fold)
    }

    private mutating func split(_ rows: RowTable, byOrder validation: Validation) {
        var share = 0.2
        if case .holdoutShare(let asked) = validation { share = ValidationPlan.bounded(asked) }
        let first = ValidationPlan.first(of: rows, share)
        folds = [Fold(train: Array(0..<first), test: Array(first..<rows.count), start: nil)]
        notes.append(
            "The rows have no times: the last \(Int((share * 100).rounded())) % of them, in their order, ask, "
                + "nothing could be purged, and there are no intervals.")
    }

    private static func first(of rows: RowTable, _ share: Double) -> Int {
        rows.count - Int((Double(rows.count) * bounded(share)).rounded(.down))
    }

    /// What is no share asks nothing, or by all.
    private static func bounded(_ share: Double) -> Double { share > 0 ? min(share, 1) : 0 }

    /// All but each series' first one: what was known before it lies in what teaches.
    private static func butFirst(of asking: [Int], _ rows: RowTable) -> [Int] {
        var isMet = [Bool](repeating: false, count: rows.series.count)
        return asking.filter { row in
            let series = Int(rows.seriesIndex[row])
            defer { isMet[series] = true }
            return isMet[series]
        }
    }

    /// The first row at or after `time`.
    private static func place(of time: Int64, in times: [Int64]) -> Int {
        var low = 0
        var high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] < time { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
