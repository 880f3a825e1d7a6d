/// What trees say of the rows that they did not learn from.
package struct OutOfBag: Sendable, Equatable {
    /// For each row, the mean of the trees that did not draw it; NaN where all did.
    package let probabilities: [Double]
    /// The share of the rows with a probability whose target it says, above a half being 1; NaN without any.
    package let accuracy: Double
}

extension ForestTrainer {
    /// Judges trees by the rows that each of them did not draw.
    ///
    /// - Parameter forest: of this trainer's trees, from number 0 on.
    /// *Complexity*: O(rows × trees × depth).
    package func outOfBag(_ forest: Forest) -> OutOfBag {
        let keys = RowKeys(set.features)
        var sums = [Double](repeating: 0, count: set.count), votes = [Int](repeating: 0, count: set.count)
        for number in forest.trees.indices {
            let said = answers(forest, number, keys)
            for (row, draws) in draws(number).enumerated() where draws == 0 {
                sums[row] += said[row]
                votes[row] += 1
            }
        }
        let probabilities = zip(sums, votes).map { $1 > 0 ? min(1, $0 / Double($1)) : .nan }
        let judged = zip(probabilities, set.targets).filter { !$0.0.isNaN }
        let right = judged.count { ($0.0 > 0.5) == ($0.1 == 1) }
        return OutOfBag(probabilities: probabilities, accuracy: Double(right) / Double(judged.count))
    }

    /// What one tree says of each row.
    private func answers(_ forest: Forest, _ number: Int, _ keys: RowKeys) -> [Double] {
        var said = [Double](repeating: 0, count: set.count)
        keys.values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            said.withUnsafeMutableBufferPointer {
                forest.evaluator.add(tree: number, values, features: forest.featureCount, to: $0)
            }
        }
        for row in keys.incomplete { said[row] = forest.trees[number].probability(set.features.row(row).span) }
        return said
    }
}
