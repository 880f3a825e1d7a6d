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
        /// Tree → node → what its leaf says of either class.
        private var shares: [Int: [Int: (zero: Double, one: Double)]] = [:]

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
            let classes = try attributes.integers("class_ids", count: nil)
            let treesOf = try attributes.integers("class_treeids", count: classes.count)
            let nodes = try attributes.integers("class_nodeids", count: classes.count)
            let weights = try attributes.numbers("class_weights", count: classes.count)
            // Of one class only, as skl2onnx writes two classes: the weight is that of class 1, and class 0 has the rest.
            let isOfOne = Set(classes).count == 1, trees = Double(Set(treeIDs).count)
            for (index, weight) in weights.enumerated() {
                var leaf = shares[treesOf[index]]?[nodes[index]] ?? (0, 0)
                if isOfOne {
                    leaf = (max(0, 1 - weight * trees), weight * trees)
                } else if classes[index] == 1 {
                    leaf.one += weight
                } else {
                    leaf.zero += weight
                }
                shares[treesOf[index], default: [:]][nodes[index]] = leaf
            }
        }

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
            of rows: [Int: Int], _ shares: [Int: (zero: Double, one: Double)], tree: Int
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
                    nodes[place] = TreeNode(
                        threshold: thresholds[row], probability: 0, feature: Int32(clamping: max(0, features[row])),
                        left: Int32(nodes.count), isMissingLeft: missingLeft[row] == 1)
                    waiting += [(rights[row], nodes.count + 1), (lefts[row], nodes.count)]
                    nodes += [.leaf(0), .leaf(0)]
                default: throw .unsupported("an ONNX forest with nodes of the mode \(modes[row])")
                }
            }
            return nodes
        }

        private func probability(_ share: (zero: Double, one: Double)?, _ tree: Int) throws(ModelError) -> Double {
            guard let share, share.zero >= 0, share.one >= 0, share.zero + share.one > 0 else {
                throw .unsupported("an ONNX forest whose tree \(tree) has a leaf without shares of both classes")
            }
            return share.one / (share.zero + share.one)
        }
    }
}
