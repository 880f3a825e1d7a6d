/// What one forecaster's scores come to in each block of rows, so that every metric of any resample of blocks follows without
/// looking at the rows again, and exactly.
///
/// For the area under the ROC curve the pairs of rows are counted by the blocks of both: with w the number of times that a block
/// was drawn, the pairs in the right order are wᵀ·wins·w of (w·ups)(w·downs).
struct BlockStatistics: Sendable {
    let count: Int
    /// Rows with target 1 and 0. *Shape*: blocks.
    private var ups: [Double]
    private var downs: [Double]
    /// For a row of target 1 in block a and one of 0 in block b: the pairs in which the first has the higher score, ties half.
    /// *Shape*: blocks × blocks, row-major.
    private var wins: [Double]
    /// Rows of target 1 and of target 0 of which up was said, above the threshold and above 0.5.
    private var upSaid: [Double]
    private var downSaid: [Double]
    private var upSaidAtHalf: [Double]
    private var downSaidAtHalf: [Double]
    private var logLoss: [Double]
    private var squares: [Double]
    private let isProbability: Bool

    /// Scores of rows.
    struct Scores: Sendable {
        var values: [Double]
        /// Up is said above it.
        var threshold: Double
        /// Whether the values are probabilities, or only an order.
        var isProbability: Bool
    }

    /// - Parameter blocks: the block of each row, below `count`.
    /// - Precondition: no score is NaN.
    /// *Complexity*: O(rows · (log rows + blocks)).
    init(_ scores: Scores, _ targets: [UInt8], blocks: [Int32], count: Int) {
        self.count = count
        let zeros = [Double](repeating: 0, count: count)
        (ups, downs, upSaid, downSaid) = (zeros, zeros, zeros, zeros)
        (upSaidAtHalf, downSaidAtHalf, logLoss, squares) = (zeros, zeros, zeros, zeros)
        isProbability = scores.isProbability
        wins = PairWins.count(scores.values, targets, blocks: blocks, blockCount: count)
        for i in targets.indices { add(scores.values[i], scores.threshold, isUp: targets[i] == 1, to: Int(blocks[i])) }
    }

    private mutating func add(_ score: Double, _ threshold: Double, isUp: Bool, to block: Int) {
        if isUp {
            ups[block] += 1
            upSaid[block] += score > threshold ? 1 : 0
        } else {
            downs[block] += 1
            downSaid[block] += score > threshold ? 1 : 0
        }
        guard isProbability else { return }
        if isUp {
            upSaidAtHalf[block] += score > 0.5 ? 1 : 0
        } else {
            downSaidAtHalf[block] += score > 0.5 ? 1 : 0
        }
        let cut = min(max(score, 1e-6), 1 - 1e-6)
        logLoss[block] -= Elementary.log(isUp ? cut : 1 - cut)
        squares[block] += (score - (isUp ? 1 : 0)) * (score - (isUp ? 1 : 0))
    }

    /// The same with blocks put together.
    /// - Parameter groups: the new block of each block, below `groupCount`.
    func grouped(_ groups: [Int], count groupCount: Int) -> BlockStatistics {
        var result = self.emptied(groupCount)
        for a in 0..<count {
            let group = groups[a]
            result.ups[group] += ups[a]
            result.downs[group] += downs[a]
            result.upSaid[group] += upSaid[a]
            result.downSaid[group] += downSaid[a]
            result.upSaidAtHalf[group] += upSaidAtHalf[a]
            result.downSaidAtHalf[group] += downSaidAtHalf[a]
            result.logLoss[group] += logLoss[a]
            result.squares[group] += squares[a]
            for b in 0..<count { result.wins[group * groupCount + groups[b]] += wins[a * count + b] }
        }
        return result
    }

    private func emptied(_ blockCount: Int) -> BlockStatistics {
        BlockStatistics(
            Scores(values: [], threshold: 0, isProbability: isProbability), [], blocks: [], count: blockCount)
    }

    /// Every metric where block b counts `weights[b]` times; NaN where it is not defined. *Shape*: a value for each `Metric`.
    func values(_ weights: [Double]) -> [Double] {
        func sum(_ values: [Double]) -> Double { zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } }
        let up = sum(ups)
        let down = sum(downs)
        let answers = BlockStatistics.answers(upSaid: sum(upSaid), downSaid: sum(downSaid), up, down)
        let auc = weightedWins(weights) / (up * down)
        guard isProbability else { return [auc, answers.balanced, answers.mcc, .nan, .nan, .nan, .nan] }
        let half = BlockStatistics.answers(upSaid: sum(upSaidAtHalf), downSaid: sum(downSaidAtHalf), up, down)
        return [
            auc, answers.balanced, answers.mcc, half.balanced, half.mcc, sum(logLoss) / (up + down),
            sum(squares) / (up + down),
        ]
    }

    private func weightedWins(_ weights: [Double]) -> Double {
        var total = 0.0
        let wins = wins.span
        let weights = weights.span
        for a in 0..<count where weights[a] != 0 {
            var sum = 0.0
            for b in 0..<count { sum += wins[a &* count &+ b] * weights[b] }
            total += weights[a] * sum
        }
        return total
    }

    /// Balanced accuracy and Matthews' coefficient of a table of answers; NaN where one class is missing.
    private static func answers(
        upSaid: Double, downSaid: Double, _ up: Double, _ down: Double
    ) -> (balanced: Double, mcc: Double) {
        guard up > 0, down > 0 else { return (.nan, .nan) }
        let balanced = (upSaid / up + (down - downSaid) / down) / 2
        let said = upSaid + downSaid
        let notSaid = up + down - said
        guard said > 0, notSaid > 0 else { return (balanced, 0) }
        let product = upSaid * (down - downSaid) - downSaid * (up - upSaid)
        return (balanced, product / (said.squareRoot() * notSaid.squareRoot() * up.squareRoot() * down.squareRoot()))
    }
}

/// Counts pairs of rows by their blocks.
enum PairWins {
    /// See `BlockStatistics.wins`. *Complexity*: O(rows · (log rows + blocks)).
    static func count(_ scores: [Double], _ targets: [UInt8], blocks: [Int32], blockCount: Int) -> [Double] {
        var wins = [Double](repeating: 0, count: blockCount * blockCount)
        // Rows of target 0 below the score that is looked at, block by block.
        var below = [Double](repeating: 0, count: blockCount)
        let order = scores.indices.sorted { scores[$0] < scores[$1] }
        var first = 0
        while first < order.count {
            var end = first + 1
            while end < order.count, scores[order[end]] == scores[order[first]] { end += 1 }
            take(order[first..<end], targets, blocks, &below, &wins)
            first = end
        }
        return wins
    }

    /// Takes the rows of one score: each of target 1 wins against all below, and by half against those of its score.
    private static func take(
        _ rows: ArraySlice<Int>, _ targets: [UInt8], _ blocks: [Int32], _ below: inout [Double], _ wins: inout [Double]
    ) {
        if rows.count == 1, let row = rows.first {
            if targets[row] == 0 { below[Int(blocks[row])] += 1 } else { add(below, 1, to: &wins, Int(blocks[row])) }
            return
        }
        var upCounts = [Double](repeating: 0, count: below.count)
        for row in rows {
            if targets[row] == 0 { below[Int(blocks[row])] += 0.5 } else { upCounts[Int(blocks[row])] += 1 }
        }
        for block in upCounts.indices where upCounts[block] > 0 { add(below, upCounts[block], to: &wins, block) }
        for row in rows where targets[row] == 0 { below[Int(blocks[row])] += 0.5 }
    }

    private static func add(_ below: [Double], _ times: Double, to wins: inout [Double], _ block: Int) {
        let start = block * below.count
        var wins = wins.mutableSpan
        let below = below.span
        for b in 0..<below.count { wins[start &+ b] += times * below[b] }
    }
}
