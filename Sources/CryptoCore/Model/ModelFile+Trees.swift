extension ModelWriter {
    /// All of them 0 where nobody knows what a forest was grown with.
    mutating func put(_ settings: ForestSettings?) {
        for number in [settings?.trees, settings?.depth, settings?.minLeaf, settings?.columnsPerSplit] {
            put(Int64(number ?? 0))
        }
        put(settings?.seed ?? 0)
        switch settings?.classWeights ?? ClassWeights.none {
        case .none: put([Double]())
        case .balanced: put([1.0])
        case .values(let zero, let one): put([zero, one])
        }
    }

    /// Gains, then the nodes: threshold or probability (64 bits), feature, and the left child with whether missing values go there.
    mutating func put(_ tree: GrownTree) {
        put(tree.gains)
        put(tree.nodes) { file, node in
            file.put(node.isLeaf ? node.probability : node.threshold)
            file.put(node.feature)
            file.put(UInt32(node.left) << 1 | (node.isMissingLeft ? 1 : 0))
        }
    }
}

extension ModelReader {
    /// Nil where nobody knows what the forest was grown with.
    mutating func settings() throws(ModelError) -> ForestSettings? {
        var numbers: [Int] = []
        for _ in 0..<4 { numbers.append(Int(try integer(Int64.self))) }
        var settings = ForestSettings(
            trees: numbers[0], depth: numbers[1], minLeaf: numbers[2],
            columnsPerSplit: numbers[3] == 0 ? nil : numbers[3], seed: try integer(UInt64.self))
        let weights = try doubles()
        switch weights.count {
        case 0: break
        case 1: settings.classWeights = .balanced
        case 2: settings.classWeights = .values(weights[0], weights[1])
        default: throw .damaged("it has \(weights.count) class weights")
        }
        return settings.trees == 0 ? nil : settings
    }

    mutating func tree(features: Int) throws(ModelError) -> GrownTree {
        let gains = try doubles()
        guard gains.count == features else { throw .damaged("a tree has gains of other features") }
        let nodes = try list(ofSize: 16) { file throws(ModelError) in
            let value = try file.double(), feature = try file.integer(Int32.self), way = try file.integer(UInt32.self)
            let isLeaf = feature < 0
            return TreeNode(
                threshold: isLeaf ? 0 : value, probability: isLeaf ? value : 0, feature: feature, left: Int32(way >> 1),
                isMissingLeft: way & 1 == 1)
        }
        let tree = GrownTree(nodes: nodes, gains: gains)
        if let fault = tree.fault(features: features) { throw .damaged(fault) }
        return tree
    }
}

extension GrownTree {
    /// Why it cannot be walked; nil: it can. Each node but the root has one parent, before it.
    func fault(features: Int) -> String? {
        guard (1...Forest.mostNodes).contains(nodes.count) else { return "a tree has \(nodes.count) nodes" }
        var hasParent = [Bool](repeating: false, count: nodes.count)
        for (index, node) in nodes.enumerated() {
            if node.isLeaf {
                guard (0...1).contains(node.probability), node.feature == -1, node.left == 0 else {
                    return "a leaf of a tree says no probability"
                }
                continue
            }
            let left = Int(node.left)
            guard Int(node.feature) < features, !node.threshold.isNaN else {
                return "a node of a tree asks for nothing"
            }
            guard left > index, left + 1 < nodes.count, !hasParent[left], !hasParent[left + 1] else {
                return "a node of a tree leads nowhere"
            }
            hasParent[left] = true
            hasParent[left + 1] = true
        }
        return hasParent.dropFirst().allSatisfy { $0 } ? nil : "a node of a tree has no parent"
    }
}
