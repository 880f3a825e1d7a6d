extension Forest {
    /// The probability of target 1: the mean of what the trees say, in [0, 1].
    ///
    /// *Shape*: `row` has a value for each feature, NaN where it is not known.
    /// *Complexity*: O(trees × depth), without an allocation.
    package func probability(_ row: Span<Float>) -> Double {
        precondition(row.count == featureCount, "a row has a value for each feature")
        let sum = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: max(1, featureCount)) { keys -> Double? in
            for feature in 0..<featureCount {
                guard !row[feature].isNaN else { return nil }
                keys.initializeElement(at: feature, to: FloatOrder.key(row[feature]))
            }
            return keys.baseAddress.map { evaluator.sum($0) }
        }
        return mean(sum ?? trees.reduce(0) { $0 + $1.probability(row) })
    }

    /// The probability of target 1 for each row, bit for bit what `probability` says of it.
    package func probabilities(_ matrix: FeatureMatrix) -> [Double] {
        precondition(matrix.columns.count == featureCount, "a column is a feature")
        let keys = RowKeys(matrix)
        var sums = [Double](repeating: 0, count: matrix.count)
        keys.values.withUnsafeBufferPointer { keys in
            guard let keys = keys.baseAddress else { return }
            sums.withUnsafeMutableBufferPointer { evaluator.add(keys, features: featureCount, to: $0) }
        }
        for row in sums.indices { sums[row] = mean(sums[row]) }
        for row in keys.incomplete { sums[row] = probability(matrix.row(row).span) }
        return sums
    }

    /// The same of rows as their keys (`FloatOrder`), row after row, none of their values missing.
    /// - Parameter probabilities: becomes one for each row.
    func probabilities(_ keys: [UInt32], into probabilities: inout [Double]) {
        let count = keys.count / max(1, featureCount)
        probabilities.removeAll(keepingCapacity: true)
        probabilities.append(contentsOf: repeatElement(0, count: count))
        keys.withUnsafeBufferPointer { keys in
            guard let keys = keys.baseAddress else { return }
            // Eight rows go side by side through one tree; of fewer each goes by itself, through eight trees side by side.
            let together = count & ~7
            probabilities.withUnsafeMutableBufferPointer {
                evaluator.add(keys, features: featureCount, to: UnsafeMutableBufferPointer(rebasing: $0[..<together]))
            }
            for row in together..<count { probabilities[row] = evaluator.sum(keys + row * featureCount) }
        }
        for row in probabilities.indices { probabilities[row] = mean(probabilities[row]) }
    }

    /// The same of rows that lie one after the other.
    ///
    /// *Shape*: `rows × features`, row after row; NaN where a value is not known.
    package func probabilities(rows values: [Float]) -> [Double] {
        precondition(featureCount > 0 && values.count % featureCount == 0, "a row has a value for each feature")
        var probabilities: [Double] = []
        self.probabilities(values.map { FloatOrder.key($0) }, into: &probabilities)
        for row in probabilities.indices {
            let values = values[row * featureCount..<(row + 1) * featureCount]
            if values.contains(where: \.isNaN) { probabilities[row] = probability(Array(values).span) }
        }
        return probabilities
    }

    /// What a probability says of the target: 1 above a half. At a half the first class wins, as in scikit-learn.
    package static func outcome(of probability: Double) -> Int { probability > 0.5 ? 1 : 0 }

    /// Sums of rounded shares may pass 1 by a rounding, which a probability must not.
    private func mean(_ sum: Double) -> Double { min(1, sum / Double(trees.count)) }
}

/// Rows as the evaluator takes them.
struct RowKeys {
    /// *Shape*: `rows × features`, row after row, by `FloatOrder`; any value where it is not known.
    let values: [UInt32]
    /// The rows in which a value is not known, ascending.
    let incomplete: [Int]

    init(_ matrix: FeatureMatrix) {
        let features = matrix.columns.count
        var incomplete: [Int] = []
        values = [UInt32](unsafeUninitializedCapacity: matrix.count * features) { buffer, count in
            for (feature, column) in matrix.columns.enumerated() {
                for (row, value) in column.enumerated() {
                    buffer[row &* features &+ feature] = FloatOrder.key(value)
                    if value.isNaN { incomplete.append(row) }
                }
            }
            count = matrix.count * features
        }
        self.incomplete = incomplete.isEmpty ? [] : Set(incomplete).sorted()
    }
}
