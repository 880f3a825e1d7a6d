@testable import CryptoCore

/// A tree over one column, grown the plain way: all values sorted at each node, all thresholds between them tried, the Gini impurity
/// by its definition. Independent of bins, records and histograms.
struct PlainTree {
    struct Row {
        var value: Float
        var draws: Double
        var target: UInt8
    }

    var nodes: [TreeNode] = [.leaf(0)]
    let minLeaf: Int
    let depth: Int

    init(_ rows: [Row], minLeaf: Int, depth: Int) {
        self.minLeaf = minLeaf
        self.depth = depth
        grow(0, rows.sorted { $0.value < $1.value }, 0)
    }

    private static func impurity(_ rows: ArraySlice<Row>) -> (weight: Double, positive: Double) {
        rows.reduce((0, 0)) { ($0.0 + $1.draws, $0.1 + ($1.target == 1 ? $1.draws : 0)) }
    }

    private static func gini(_ weight: Double, _ positive: Double) -> Double {
        let p = positive / weight, q = 1 - p
        return weight * (1 - p * p - q * q)
    }

    private mutating func grow(_ node: Int, _ rows: [Row], _ level: Int) {
        let all = PlainTree.impurity(rows[...])
        nodes[node] = .leaf(all.positive / all.weight)
        guard level < depth, rows.count >= 2 * minLeaf, all.positive > 0, all.positive < all.weight else { return }
        var best: (at: Int, impurity: Double)?
        var left = (weight: 0.0, positive: 0.0)
        for at in 1..<rows.count {
            left.weight += rows[at - 1].draws
            left.positive += rows[at - 1].target == 1 ? rows[at - 1].draws : 0
            guard rows[at].value > rows[at - 1].value, at >= minLeaf, rows.count - at >= minLeaf else { continue }
            let impurity =
                PlainTree.gini(left.weight, left.positive)
                + PlainTree.gini(all.weight - left.weight, all.positive - left.positive)
            // Equal splits differ by rounding here: the first of them stands.
            if impurity < (best?.impurity ?? .infinity) - 1e-9 { best = (at, impurity) }
        }
        guard let at = best?.at else { return }
        let next = nodes.count
        nodes[node] = TreeNode(
            threshold: (Double(rows[at - 1].value) + Double(rows[at].value)) / 2, probability: 0, feature: 0,
            left: Int32(next), isMissingLeft: at > rows.count - at)
        nodes += [.leaf(0), .leaf(0)]
        grow(next, Array(rows[..<at]), level + 1)
        grow(next + 1, Array(rows[at...]), level + 1)
    }
}
