/// Where a node's rows part.
struct Split {
    var column = 0
    /// Rows of this code or a lower one go left.
    var code: UInt32 = 0
    var threshold = 0.0
    var isMissingLeft = false
    var left = RowTally()
    /// How good it is: a fraction, kept as such, for a division costs more than all the rest.
    var score = SplitScore.none

    var isFound: Bool { score.above >= 0 }
}

/// What a split takes from the Gini impurity of its node, but for a factor that all splits of the node share.
///
/// With N draws of which P have target 1, and n and p of them on the left, the impurity falls by 2 d² / (n (N - n) N²), where
/// d = P n - p N. Of equal splits the first is taken; in nodes of many draws, where products pass 2^53, rounding may choose.
struct SplitScore {
    let above: Double
    let below: Double

    static let none = SplitScore(above: -1, below: 1)

    init(above: Double, below: Double) {
        self.above = above
        self.below = below
    }

    init(left: RowTally, of all: RowTally) {
        let d = Double(all.positive &* left.drawn &- left.positive &* all.drawn)
        above = d * d
        below = Double(left.drawn &* (all.drawn &- left.drawn))
    }

    func isBetter(than other: SplitScore) -> Bool { above * other.below > other.above * below }

    /// What the impurity of a node of `drawn` draws falls by, times the draws.
    func gain(drawn: Int) -> Double { 2 * above / (below * Double(drawn)) }
}

extension NodeColumn {
    /// Whether all rows have one value, or none of them knows it.
    var isConstant: Bool { isExact && count + (missing.rows > 0 ? 1 : 0) < 2 }

    /// The best split of the loaded column; none is found where each would leave a side of fewer than `minLeaf` rows.
    func bestSplit(of all: RowTally, minLeaf: Int, _ binning: ColumnBinning) -> Split {
        var best = Split()
        search(&best, of: all, minLeaf: minLeaf, binning, isMissingLeft: false)
        guard missing.rows > 0 else { return best }
        search(&best, of: all, minLeaf: minLeaf, binning, isMissingLeft: true)
        let left = all - missing
        guard left.rows >= minLeaf, missing.rows >= minLeaf, count > 0 else { return best }
        let score = SplitScore(left: left, of: all)
        guard score.isBetter(than: best.score) else { return best }
        return Split(
            code: codes[count - 1], threshold: .infinity, isMissingLeft: false, left: left, score: score)
    }

    private func search(
        _ best: inout Split, of all: RowTally, minLeaf: Int, _ binning: ColumnBinning, isMissingLeft: Bool
    ) {
        var left = isMissingLeft ? missing : RowTally()
        var bestAt = -1, bestScore = best.score, bestLeft = left
        for at in 0..<max(0, count - 1) {
            left = left + tallies[at].tally
            guard left.rows >= minLeaf else { continue }
            guard all.rows &- left.rows >= minLeaf else { break }
            let score = SplitScore(left: left, of: all)
            if score.isBetter(than: bestScore) {
                bestAt = at
                bestScore = score
                bestLeft = left
            }
        }
        guard bestAt >= 0 else { return }
        let code = codes[bestAt]
        best = Split(
            code: code, threshold: binning.threshold(code, codes[bestAt + 1]),
            // What training never saw goes where most rows went.
            isMissingLeft: missing.rows > 0 ? isMissingLeft : bestLeft.rows > all.rows - bestLeft.rows,
            left: bestLeft, score: bestScore)
    }
}
