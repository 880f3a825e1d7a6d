@testable import CryptoCore

/// A tree over one column, grown the plain way: all values sorted at each node, all thresholds between them tried, the Gini impurity
/// by its definition; rows that do not know their value are tried on either side, and alone. Independent of bins, records and histograms.
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
        grow(0, rows.filter { !$0.value.isNaN }.sorted { $0.value < $1.value }, rows.filter { $0.value.isNaN }, 0)
    }

    private static func impurity(_ rows: ArraySlice<Row>) -> (weight: Double, positive: Double) {
        rows.reduce((0, 0)) { ($0.0 + $1.draws, $0.1 + ($1.target == 1 ? $1.draws : 0)) }
    }

    private static func gini(_ weight: Double, _ positive: Double) -> Double {
        let p = positive / weight, q = 1 - p
        return weight * (1 - p * p - q * q)
    }

    private struct Choice {
        var impurity = Double.infinity
        /// How many of the rows that know their value go left.
        var at = 0
        var isMissingLeft = false
    }

    private func best(_ known: [Row], _ missing: [Row]) -> Choice {
        var best = Choice()
        let all = PlainTree.impurity((known + missing)[...]), unknown = PlainTree.impurity(missing[...])
        for isMissingLeft in missing.isEmpty ? [false] : [false, true] {
            var left = isMissingLeft ? unknown : (weight: 0.0, positive: 0.0)
            for at in stride(from: 1, through: known.count, by: 1) {
                left.weight += known[at - 1].draws
                left.positive += known[at - 1].target == 1 ? known[at - 1].draws : 0
                // Behind the last value only missing ones are left, to be parted from all others.
                if at == known.count ? isMissingLeft : known[at].value == known[at - 1].value { continue }
                let rows = at + (isMissingLeft ? missing.count : 0)
                guard rows >= minLeaf, known.count + missing.count - rows >= minLeaf else { continue }
                let impurity =
                    PlainTree.gini(left.weight, left.positive)
                    + PlainTree.gini(all.weight - left.weight, all.positive - left.positive)
                // Equal splits differ by rounding here: the first of them stands.
                if impurity < best.impurity - 1e-9 {
                    best = Choice(impurity: impurity, at: at, isMissingLeft: isMissingLeft)
                }
            }
        }
        return best
    }

    private mutating func grow(_ node: Int, _ known: [Row], _ missing: [Row], _ level: Int) {
        let count = known.count + missing.count
        let all = PlainTree.impurity((known + missing)[...])
        nodes[node] = .leaf(all.positive / all.weight)
        guard level < depth, count >= 2 * minLeaf, all.positive > 0, all.positive < all.weight else { return }
        let choice = best(known, missing), at = choice.at
        guard choice.impurity < .infinity else { return }
        let next = nodes.count
        nodes[node] = TreeNode(
            threshold: at < known.count ? (Double(known[at - 1].value) + Double(known[at].value)) / 2 : .infinity,
            probability: 0, feature: 0, left: Int32(next),
            isMissingLeft: missing.isEmpty ? at > count - at : choice.isMissingLeft)
        nodes += [.leaf(0), .leaf(0)]
        grow(next, Array(known[..<at]), choice.isMissingLeft ? missing : [], level + 1)
        grow(next + 1, Array(known[at...]), choice.isMissingLeft ? [] : missing, level + 1)
    }
}
