/// Trees that vote: a random forest that says how probable target 1 is.
package struct Forest: Sendable, Equatable {
    /// The most nodes of one tree, and the most features: what fits into a node of the evaluator.
    static let mostNodes = 1 << 24
    static let mostFeatures = 1 << 8

    package let trees: [GrownTree]
    package let featureCount: Int
    /// What the trees were grown with; nil where nobody knows: they were grown elsewhere.
    package let settings: ForestSettings?
    let evaluator: ForestEvaluator

    /// - Parameter trees: in the order of their numbers, which is the order in which votes are summed.
    package init(trees: [GrownTree], featureCount: Int, settings: ForestSettings?) {
        precondition(!trees.isEmpty, "a forest has a tree")
        precondition(featureCount <= Forest.mostFeatures, "a node has room for the number of a feature")
        precondition(
            trees.allSatisfy { $0.nodes.count <= Forest.mostNodes }, "a node has room for the way to its child")
        self.trees = trees
        self.featureCount = featureCount
        self.settings = settings
        evaluator = ForestEvaluator(trees)
    }

    package var treeCount: Int { trees.count }
    package var leafCount: Int { trees.reduce(0) { $0 + $1.leafCount } }

    package static func == (a: Forest, b: Forest) -> Bool {
        a.trees == b.trees && a.featureCount == b.featureCount && a.settings == b.settings
    }

    /// How much each feature did in training: its share of what the splits took from the impurity, the mean over the trees.
    ///
    /// Sums to 1, or is all 0 where no tree has a split. Favours features of many values; `permutationImportance(on:repeats:seed:score:)` does not.
    package var gainImportance: [Double] {
        var sums = [Double](repeating: 0, count: featureCount)
        for tree in trees { for feature in sums.indices { sums[feature] += tree.gains[feature] } }
        let all = sums.reduce(0, +)
        return all > 0 ? sums.map { $0 / all } : sums
    }

    /// The same forest with more trees: those with the next numbers, of a trainer with the same rows and settings.
    package func adding(_ more: [GrownTree]) -> Forest {
        var settings = settings
        settings?.trees += more.count
        return Forest(trees: trees + more, featureCount: featureCount, settings: settings)
    }
}
