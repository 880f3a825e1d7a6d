/// Trees that vote: a random forest that says how probable target 1 is.
package struct Forest: Sendable, Equatable {
    /// The most nodes of one tree.
    static let mostNodes = 1 << 20

    package let trees: [GrownTree]
    package let featureCount: Int
    /// What the trees were grown with.
    package let settings: ForestSettings

    /// - Parameter trees: in the order of their numbers, which is the order in which votes are summed.
    package init(trees: [GrownTree], featureCount: Int, settings: ForestSettings) {
        precondition(!trees.isEmpty, "a forest has a tree")
        self.trees = trees
        self.featureCount = featureCount
        self.settings = settings
    }

    package var treeCount: Int { trees.count }
    package var leafCount: Int { trees.reduce(0) { $0 + $1.leafCount } }

    /// The probability of target 1: the mean of what the trees say, in [0, 1].
    ///
    /// *Shape*: `row` has a value for each feature, NaN where it is not known.
    package func probability(_ row: Span<Float>) -> Double {
        precondition(row.count == featureCount, "a row has a value for each feature")
        var sum = 0.0
        for tree in trees { sum += tree.probability(row) }
        return sum / Double(trees.count)
    }

    /// The probability of target 1 for each row, bit for bit what `probability` says of it.
    package func probabilities(_ matrix: FeatureMatrix) -> [Double] {
        precondition(matrix.columns.count == featureCount, "a column is a feature")
        return (0..<matrix.count).map { probability(matrix.row($0).span) }
    }

    /// How much each feature did in training: its share of what the splits took from the impurity, the mean over the trees.
    ///
    /// Sums to 1, or is all 0 where no tree has a split. Favours features of many values; `permutationImportance` does not.
    package var gainImportance: [Double] {
        var sums = [Double](repeating: 0, count: featureCount)
        for tree in trees { for feature in sums.indices { sums[feature] += tree.gains[feature] } }
        let all = sums.reduce(0, +)
        return all > 0 ? sums.map { $0 / all } : sums
    }

    /// The same forest with more trees: those with the next numbers, of a trainer with the same rows and settings.
    package func adding(_ more: [GrownTree]) -> Forest {
        var settings = settings
        settings.trees += more.count
        return Forest(trees: trees + more, featureCount: featureCount, settings: settings)
    }
}
