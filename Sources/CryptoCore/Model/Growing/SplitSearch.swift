/// Looks for the best split of a node's rows by one column.
struct SplitSearch {
    let all: RowTally
    /// The rows that do not know their value.
    let missing: RowTally
    let minLeaf: Int

    /// The best split between the codes of a list, and where its lower code stands in it; none is found where each would leave a side
    /// of fewer than `minLeaf` rows.
    func best<Cell>(_ list: borrowing TallyList<Cell>) -> (split: Split, at: Int) {
        var best = (split: Split(), at: -1)
        search(&best, list, .missingRight)
        guard missing.rows > 0 else { return best }
        search(&best, list, .missingLeft)
        let left = all - missing
        guard left.rows >= minLeaf, missing.rows >= minLeaf else { return best }
        let alone = Split(codes: (.max, .max), kind: .missingAlone, left: left, score: SplitScore(left: left, of: all))
        return alone.score.isBetter(than: best.split.score) ? (alone, -1) : best
    }

    private func search<Cell>(
        _ best: inout (split: Split, at: Int), _ list: borrowing TallyList<Cell>, _ kind: Split.Kind
    ) {
        let start = start(kind)
        var bestAt = -1, score = best.split.score, bestLeft = start
        var counted = Cell.zero
        for at in 0..<max(0, list.count - 1) {
            counted = counted &+ list.tallies[at]
            let left = start + counted.tally
            guard left.rows >= minLeaf else { continue }
            guard all.rows &- left.rows >= minLeaf else { break }
            let found = SplitScore(left: left, of: all)
            if found.isBetter(than: score) {
                bestAt = at
                score = found
                bestLeft = left
            }
        }
        guard bestAt >= 0 else { return }
        let codes = (list.codes[bestAt], list.codes[bestAt + 1])
        best = (Split(codes: codes, kind: kind, left: bestLeft, score: score), bestAt)
    }

    /// Whether missing values go left: what training never saw goes where most rows went.
    func isMissingLeft(_ split: Split) -> Bool {
        missing.rows > 0 ? split.kind == .missingLeft : split.left.rows > all.rows - split.left.rows
    }

    /// What goes left before the smallest code.
    private func start(_ kind: Split.Kind) -> RowTally { kind == .missingLeft ? missing : RowTally() }

    /// Whether a split inside of a cell may be as good as `best`.
    ///
    /// The fall of the impurity is convex in n and p. Inside of a cell it is at most what it is at its ends, or
    /// what it would be if all draws of one target came before the others. Ends that leave both sides enough rows have been looked at.
    /// *Source*: Alsabti, Ranka and Singh, CLOUDS (1998), which bounds the impurity inside of intervals.
    @inline(__always)
    func isPromising(_ cell: RowTally, after left: RowTally, _ best: SplitScore) -> Bool {
        isPromising(cell, from: left, best) || missing.rows > 0 && isPromising(cell, from: left + missing, best)
    }

    @inline(__always)
    private func isPromising(_ cell: RowTally, from left: RowTally, _ best: SplitScore) -> Bool {
        let right = left + cell
        guard right.rows > minLeaf, all.rows &- left.rows > minLeaf else { return false }
        guard left.rows >= minLeaf, all.rows &- right.rows >= minLeaf else { return true }
        var ones = left, zeros = left
        ones.drawn &+= cell.positive
        ones.positive &+= cell.positive
        zeros.drawn &+= cell.drawn &- cell.positive
        return SplitScore(left: ones, of: all).isNear(best) || SplitScore(left: zeros, of: all).isNear(best)
    }

    /// Takes the split between two codes of a cell if it is better.
    /// - Parameter left: the known rows up to the lower code.
    func improve(_ best: inout Split, _ codes: (UInt32, UInt32), _ left: RowTally) {
        improve(&best, codes, left, .missingRight)
        if missing.rows > 0 { improve(&best, codes, left + missing, .missingLeft) }
    }

    private func improve(_ best: inout Split, _ codes: (UInt32, UInt32), _ left: RowTally, _ kind: Split.Kind) {
        guard left.rows >= minLeaf, all.rows - left.rows >= minLeaf else { return }
        let split = Split(codes: codes, kind: kind, left: left, score: SplitScore(left: left, of: all))
        if split.isBetter(than: best) { best = split }
    }
}
