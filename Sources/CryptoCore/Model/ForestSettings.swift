/// How much the rows of each class count beside the other's.
package enum ClassWeights: Sendable, Equatable {
    /// A row counts as it is.
    case none
    /// Both classes count the same, whatever their shares.
    case balanced
    /// A row of target 0 counts the first, of target 1 the second; only their ratio matters.
    case values(Double, Double)
}

/// How a forest is grown. The defaults are those of the trainer.
package struct ForestSettings: Sendable, Equatable {
    package var trees = 100
    /// The most splits from the root to a leaf.
    package var depth = 10
    /// The fewest different rows in a leaf; a row that was drawn several times is one.
    package var minLeaf = 5
    /// How many columns are tried at a split, drawn anew each time; nil: the square root of their number, rounded down.
    package var columnsPerSplit: Int?
    package var seed: UInt64 = 1
    package var classWeights = ClassWeights.none

    package init(
        trees: Int = 100, depth: Int = 10, minLeaf: Int = 5, columnsPerSplit: Int? = nil, seed: UInt64 = 1
    ) {
        self.trees = trees
        self.depth = depth
        self.minLeaf = minLeaf
        self.columnsPerSplit = columnsPerSplit
        self.seed = seed
    }

    /// Says what is out of range.
    /// - Throws: `.setting`.
    package func check(columns: Int) throws(ModelError) {
        guard (1...10_000).contains(trees) else { throw .setting("trees must be 1 to 10000, not \(trees)") }
        guard (1...30).contains(depth) else { throw .setting("the depth must be 1 to 30, not \(depth)") }
        guard (1...WideCell.limit).contains(minLeaf) else {
            throw .setting("the fewest rows in a leaf must be 1 to \(WideCell.limit), not \(minLeaf)")
        }
        if let columnsPerSplit, columns > 0, !(1...columns).contains(columnsPerSplit) {
            throw .setting("columns a split must be 1 to \(columns), not \(columnsPerSplit)")
        }
        if case .values(let zero, let one) = classWeights {
            guard zero.isFinite, one.isFinite, zero > 0, one > 0 else {
                throw .setting("class weights must be finite and above 0, not \(zero) and \(one)")
            }
        }
    }

    /// How many of `columns` columns are tried at a split.
    func tried(of columns: Int) -> Int {
        columnsPerSplit ?? max(1, Int(Double(columns).squareRoot()))
    }
}
