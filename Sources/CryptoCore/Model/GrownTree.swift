/// A place in a tree: a question about one feature, or an answer.
package struct TreeNode: Sendable, Equatable, BitwiseCopyable {
    /// Rows whose feature is at most this go left. *Units*: the feature's; between two float32 values, so a double.
    package var threshold: Double
    /// The share of target 1 among the training rows that came to this leaf; 0 where it is none.
    package var probability: Double
    /// Which feature is asked; -1: this is a leaf.
    package var feature: Int32
    /// Where the left child stands among the tree's nodes, behind this one; the right child is the next. 0 in a leaf.
    package var left: Int32
    /// Whether rows that do not know the feature go left.
    package var isMissingLeft: Bool

    package var isLeaf: Bool { feature < 0 }

    package static func leaf(_ probability: Double) -> TreeNode {
        TreeNode(threshold: 0, probability: probability, feature: -1, left: 0, isMissingLeft: false)
    }
}

/// One tree of a forest.
package struct GrownTree: Sendable, Equatable {
    /// The root first; children behind their parent, the right one next to the left.
    package var nodes: [TreeNode]
    /// How much each feature's splits took from the Gini impurity, all of them together 1; all 0 in a tree of one leaf.
    package var gains: [Double]

    package init(nodes: [TreeNode], gains: [Double]) {
        self.nodes = nodes
        self.gains = gains
    }

    package var leafCount: Int { nodes.count { $0.isLeaf } }

    /// The probability of target 1 that the leaf of `row` says.
    func probability(_ row: Span<Float>) -> Double {
        var at = 0
        while !nodes[at].isLeaf {
            let node = nodes[at]
            let value = row[Int(node.feature)]
            let isLeft = value.isNaN ? node.isMissingLeft : Double(value) <= node.threshold
            at = Int(node.left) + (isLeft ? 0 : 1)
        }
        return nodes[at].probability
    }
}
