/// What a model's numbers must be for others to count with them, whoever wrote the file.
extension Model {
    /// Why it cannot be used; nil: it can. The forest was looked at tree by tree.
    var fault: String? {
        guard version > 0 else { return "it has the version \(version)" }
        let times = [trainedFrom, trainedUntil].compactMap(\.self)
        guard times.allSatisfy(TickView.eventTimes.contains), times == times.sorted() else {
            return "it was trained in a time that cannot be"
        }
        for rule in rules where !rule.shares.allSatisfy((0...1).contains) {
            return "its rule \(rule.name) says no probability"
        }
        return spreads.allSatisfy(\.isSound) ? nil : "how its features were spread is told wrongly"
    }
}

extension FeatureSpread {
    /// Whether the shares are those of its bins, and all else can be counted with. A feature that no row knew has no mean, and one bin.
    fileprivate var isSound: Bool {
        let isKnown = mean.isFinite && standardDeviation.isFinite && standardDeviation >= 0
        let isUnknown = mean.isNaN && standardDeviation.isNaN && edges.isEmpty
        guard isKnown || isUnknown, shares.count == edges.count + 1, edges.allSatisfy(\.isFinite) else { return false }
        guard zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }) else { return false }
        // Rounding alone: shares are counts over their sum.
        return shares.allSatisfy((0...1).contains) && abs(shares.reduce(0, +) - 1) < 1e-6
    }
}

extension Forest {
    /// Rows for `Model.golden` where no training rows are to be had: each feature has values at which the trees turn.
    /// *Complexity*: linear in the nodes.
    package func goldenRows(_ count: Int = 16) -> [GoldenRow] {
        var turns = [[Float]](repeating: [], count: featureCount)
        for node in trees.lazy.flatMap(\.nodes) where !node.isLeaf {
            let value = Float(node.threshold)
            if value.isFinite { turns[Int(node.feature)].append(value) }
        }
        return (0..<count).map { row in
            let features = turns.map { $0.isEmpty ? 0 : $0[row * $0.count / count] }
            return GoldenRow(features: features, probability: probability(features.span))
        }
    }
}
