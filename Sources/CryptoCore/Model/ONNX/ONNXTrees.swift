extension ONNX {
    /// The lists of a `TreeEnsembleClassifier` as trees.
    struct TreeLists {
        private let treeIDs: [Int]
        private let nodeIDs: [Int]
        private let features: [Int]
        private let lefts: [Int]
        private let rights: [Int]
        private let missingLeft: [Int]
        private let modes: [String]
        private let thresholds: [Double]
        /// Tree → node → what its leaf says of either class: 1 in sum.
        private let shares: [Int: [Int: Shares]]

        /// What a leaf says of either class; nil where it says nothing.
        private struct Shares {
            var zero, one: Double?
        }

        init(_ attributes: Attributes) throws(ModelError) {
            if let transform = attributes.texts["post_transform"], transform != ["NONE"] {
                throw .unsupported("an ONNX forest whose votes are transformed by \(transform.joined())")
            }
            guard !attributes.has("base_values"), !attributes.has("base_values_as_tensor") else {
                throw .unsupported("an ONNX forest with base values: boosted trees are not taken")
            }
            let labels = try attributes.integers("classlabels_int64s", count: nil)
            guard labels == [0, 1] else { throw .unsupported("an ONNX forest whose classes are not 0 and 1") }
            treeIDs = try attributes.integers("nodes_treeids", count: nil)
            let count = treeIDs.count
            nodeIDs = try attributes.integers("nodes_nodeids", count: count)
            features = try attributes.integers("nodes_featureids", count: count)
            lefts = try attributes.integers("nodes_truenodeids", count: count)
            rights = try attributes.integers("nodes_falsenodeids", count: count)
            missingLeft =
                attributes.has("nodes_missing_value_tracks_true")
                ? try attributes.integers("nodes_missing_value_tracks_true", count: count)
                : [Int](repeating: 0, count: count)
            thresholds = try attributes.numbers("nodes_values", count: count)
            modes = attributes.texts["nodes_modes"] ?? []
            guard modes.count == count else {
                throw .unsupported("an ONNX file with \(modes.count) modes, not \(count)")
            }
            shares = try TreeLists.shares(attributes, trees: Set(treeIDs).count)
        }

        private static func shares(
            _ attributes: Attributes, trees: Int
        ) throws(ModelError) -> [Int: [Int: Shares]] {
            let classes = try attributes.integers("class_ids", count: nil)
            let treesOf = try attributes.integers("class_treeids", count: classes.count)
            let nodes = try attributes.integers("class_nodeids", count: classes.count)
            let weights = try attributes.numbers("class_weights", count: classes.count)
            // Of one class only, as skl2onnx writes two classes: the weight is that of class 1, and class 0 has the rest.
            let isOfOne = Set(classes).count == 1
            var shares: [Int: [Int: Shares]] = [:]
            for (index, weight) in weights.enumerated() {
                var leaf = shares[treesOf[index]]?[nodes[index]] ?? Shares()
                let share = weight * Double(trees), isOfOneClass = isOfOne || classes[index] == 1
                guard (isOfOneClass ? leaf.one : leaf.zero) == nil else {
                    throw .unsupported(
                        "an ONNX forest whose tree \(treesOf[index]) has a leaf with two weights of a class")
                }
                if isOfOneClass { leaf.one = share } else { leaf.zero = share }
                if isOfOne { leaf.zero = 1 - share }
                shares[treesOf[index], default: [:]][nodes[index]] = leaf
            }
            return shares
        }

        /// What float32 makes of shares that sum to 1.
        private static let tolerance = 1e-5

        /// The trees, in the order of their numbers.
        func trees() throws(ModelError) -> [GrownTree] {
            var rows: [Int: [Int: Int]] = [:]
            for row in treeIDs.indices { rows[treeIDs[row], default: [:]][nodeIDs[row]] = row }
            guard !rows.isEmpty else { throw .unsupported("an ONNX forest without trees") }
            var trees: [GrownTree] = []
            for number in rows.keys.sorted() {
                let nodes = try nodes(of: rows[number] ?? [:], shares[number] ?? [:], tree: number)
                trees.append(GrownTree(nodes: nodes, gains: []))
            }
            return trees
        }

        /// Puts the right child next to the left one, and both behind their parent.
        private func nodes(
            of rows: [Int: Int], _ shares: [Int: Shares], tree: Int
        ) throws(ModelError) -> [TreeNode] {
            guard let root = rows.keys.min() else { return [] }
            var nodes = [TreeNode.leaf(0)], waiting = [(id: root, place: 0)]
            while let (id, place) = waiting.popLast() {
                guard let row = rows[id], nodes.count <= rows.count else {
                    throw .unsupported("an ONNX forest whose tree \(tree) leads to a node that it does not have")
                }
                switch modes[row] {
                case "LEAF": nodes[place] = .leaf(try probability(shares[id], tree))
                case "BRANCH_LEQ":
                    guard features[row] >= 0 else {
                        throw .unsupported("an ONNX forest whose tree \(tree) asks for the feature \(features[row])")
                    }
                    nodes[place] = TreeNode(
                        threshold: thresholds[row], probability: 0, feature: Int32(clamping: features[row]),
                        left: Int32(nodes.count), isMissingLeft: missingLeft[row] == 1)
                    waiting += [(rights[row], nodes.count + 1), (lefts[row], nodes.count)]
                    nodes += [.leaf(0), .leaf(0)]
                default: throw .unsupported("an ONNX forest with nodes of the mode \(modes[row])")
                }
            }
            return nodes
        }

        /// The share of class 1, of shares that sum to 1 but for roundings.
        private func probability(_ share: Shares?, _ tree: Int) throws(ModelError) -> Double {
            guard let share, let zero = share.zero, let one = share.one else {
                throw .unsupported("an ONNX forest whose tree \(tree) has a leaf without shares of both classes")
            }
            guard zero > -TreeLists.tolerance, one > -TreeLists.tolerance, abs(zero + one - 1) < TreeLists.tolerance
            else {
                throw .unsupported(
                    "an ONNX forest whose trees do not weigh the same: the weights of each leaf have to sum to 1 / trees, in tree "
                        + "\(tree) they do not")
            }
            let (no, yes) = (max(0, zero), max(0, one))
            return yes / (no + yes)
        }
    }
}
