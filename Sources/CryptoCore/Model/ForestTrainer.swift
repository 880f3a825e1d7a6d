/// Grows the trees of a random forest: bootstrap samples, Gini impurity, columns drawn anew at each split.
///
/// Prepares the rows once. A tree follows from rows, settings and its number alone, so that trees may be grown in any order, on any
/// threads, and more of them later.
/// *Source*: Breiman, Random Forests (2001); what scikit-learn 1.9's `RandomForestClassifier` does where the paper is silent: sample
/// and class weights decide what a bootstrap draws, a leaf counts different rows, a value that training never saw as missing goes
/// where most rows went.
package final class ForestTrainer: Sendable {
    package let settings: ForestSettings
    /// How each column's values are told apart.
    package let codes: [ColumnCodes]
    /// What it learns from.
    let set: TrainingSet
    private let bootstrap: Bootstrap
    private let growTree: @Sendable (Int) -> GrownTree

    /// The most columns: the words of the largest record have room for two codes each, the first one for a mark and one.
    private static let mostColumns = 63

    /// Sorts and bins the columns.
    ///
    /// *Throws*: `.setting`; `.noRows`; `.oneClass`; `.badRows` where lengths differ, a target is not 0 or 1, a value is infinite or a
    /// weight is negative or not finite; `.tooLarge` above 63 columns.
    /// *Complexity*: O(rows × columns), with as much memory again as the columns have, and half of it kept.
    package init(_ set: TrainingSet, _ settings: ForestSettings) throws(ModelError) {
        try ForestTrainer.check(set, settings)
        let made = set.features.columns.map { ColumnCodes.make($0) }
        let columns = made.map(\.0), codes = made.map(\.1)
        let bootstrap = Bootstrap(count: set.count, weights: settings.rowWeights(of: set))
        self.set = set
        self.settings = settings
        self.codes = columns
        self.bootstrap = bootstrap
        let layout = RecordLayout(columns)
        func grower<Record: BitwiseCopyable & Sendable>(_: Record.Type) -> @Sendable (Int) -> GrownTree {
            let records = TrainingRecords<Record>(layout, codes: codes, targets: set.targets)
            return { number in
                var random = SeededRandom(seed: settings.seed, stream: UInt64(number))
                let drawn = records.drawn(bootstrap.counts(&random))
                return set.count <= PackedCell.limit
                    ? TreeGrower<Record, PackedCell>.grow(drawn, layout, settings, random)
                    : TreeGrower<Record, WideCell>.grow(drawn, layout, settings, random)
            }
        }
        growTree =
            switch layout.wordCount {
            case 1: grower(UInt64.self)
            case 2: grower(SIMD2<UInt64>.self)
            case ...4: grower(SIMD4<UInt64>.self)
            case ...8: grower(SIMD8<UInt64>.self)
            case ...16: grower(SIMD16<UInt64>.self)
            default: grower(SIMD32<UInt64>.self)
            }
    }

    /// Grows a tree: the same one for the same number, whatever the thread.
    package func tree(_ number: Int) -> GrownTree { growTree(number) }

    /// How often each row was drawn for a tree.
    func draws(_ number: Int) -> [UInt32] {
        var random = SeededRandom(seed: settings.seed, stream: UInt64(number))
        return bootstrap.counts(&random)
    }

    /// Refuses more rows than can be counted, or than trees of these settings have room for.
    /// - Throws: `.tooLarge`.
    static func checkSize(rows: Int, _ settings: ForestSettings) throws(ModelError) {
        guard rows <= WideCell.limit else { throw .tooLarge("a forest takes \(WideCell.limit) rows, not more") }
        // Children of a node have at least minLeaf rows each, and a tree has at most 2^depth leaves.
        let leaves = min(rows / settings.minLeaf, 1 << settings.depth)
        guard leaves <= Forest.mostNodes / 2 else {
            throw .tooLarge("a tree could have \(leaves) leaves: lower the depth, or raise the fewest rows in a leaf")
        }
    }

    private static func check(_ set: TrainingSet, _ settings: ForestSettings) throws(ModelError) {
        try settings.check(columns: set.features.columns.count)
        guard !set.features.columns.isEmpty else { throw .badRows("there is no column to learn from") }
        guard set.features.columns.count <= mostColumns else {
            throw .tooLarge("a forest takes \(mostColumns) columns, not \(set.features.columns.count)")
        }
        guard set.count > 0 else { throw .noRows }
        guard set.features.count == set.count, set.weights.map({ $0.count == set.count }) ?? true else {
            throw .badRows("columns, targets and weights are not of equal length")
        }
        try checkSize(rows: set.count, settings)
        guard set.targets.allSatisfy({ $0 < 2 }) else { throw .badRows("a target is 0 or 1") }
        for (name, column) in zip(set.features.names, set.features.columns)
        where column.contains(where: { $0.isInfinite }) {
            throw .badRows("column \(name) has an infinite value; NaN stands for one that is not known")
        }
        guard (set.weights ?? []).allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw .badRows("a weight is a finite number of at least 0")
        }
        var seen: (Bool, Bool) = (false, false)
        for (row, target) in set.targets.enumerated() where set.weights.map({ $0[row] > 0 }) ?? true {
            if target == 0 { seen.0 = true } else { seen.1 = true }
        }
        guard seen.0 || seen.1 else { throw .badRows("no row weighs anything") }
        guard seen.0, seen.1 else { throw .oneClass(seen.1 ? 1 : 0) }
    }
}

extension ForestSettings {
    /// What the chance of each row to be drawn is proportional to: its weight times its class's; nil: all the same.
    fileprivate func rowWeights(of set: TrainingSet) -> [Double]? {
        func weight(_ row: Int) -> Double { set.weights.map { Double($0[row]) } ?? 1 }
        var ofClass = (1.0, 1.0)
        switch classWeights {
        case .none:
            guard set.weights != nil else { return nil }
        case .values(let zero, let one):
            // Their ratio counts: by the larger one, so that no sum of weights is infinite.
            ofClass = (zero / max(zero, one), one / max(zero, one))
        case .balanced:
            var sums = (0.0, 0.0)
            for (row, target) in set.targets.enumerated() {
                if target == 0 { sums.0 += weight(row) } else { sums.1 += weight(row) }
            }
            ofClass = (1 / sums.0, 1 / sums.1)
        }
        return set.targets.enumerated().map { row, target in weight(row) * (target == 0 ? ofClass.0 : ofClass.1) }
    }
}
