/// Forests as ONNX files.
///
/// One `TreeEnsembleClassifier` of `ai.onnx.ml` version 3 with its thresholds and shares as double tensors: the input `features` is a
/// tensor of doubles of shape [rows, features], the outputs are `label` and `probabilities`, [rows, 2]. The features have to be float32
/// values, as they are here; who rounds otherwise gets other answers next to a threshold. The names of the features, the model's name,
/// version and preset stand in the file's metadata.
/// *Source*: https://onnx.ai/onnx/operators/onnx_aionnxml_TreeEnsembleClassifier.html, onnx.proto (IR version 8).
package enum ONNX {
    static let domain = "ai.onnx.ml"
    static let operation = "TreeEnsembleClassifier"

    /// The model's forest as an ONNX file.
    package static func encode(_ model: Model) -> [UInt8] {
        var file = ProtobufWriter()
        file.put(1, 8)
        file.put(2, "CryptoStream")
        file.put(7) { graph in
            graph.put(1) { node(&$0, model.forest) }
            graph.put(2, model.name)
            graph.put(11) { tensor("features", type: Tensor.double, columns: model.featureNames.count, to: &$0) }
            graph.put(12) { tensor("label", type: Tensor.int64, columns: nil, to: &$0) }
            graph.put(12) { tensor("probabilities", type: Tensor.float, columns: 2, to: &$0) }
        }
        for (domain, version) in [("", 17), (domain, 3)] {
            file.put(8) { opset in
                opset.put(1, domain)
                opset.put(2, version)
            }
        }
        var metadata = [("name", model.name), ("version", "\(model.version)"), ("preset", model.preset)]
        metadata += model.featureNames.enumerated().map { ("feature_\($0)", $1) }
        for (key, value) in metadata {
            file.put(14) { property in
                property.put(1, key)
                property.put(2, value)
            }
        }
        return file.bytes
    }

    /// Element types of tensors.
    enum Tensor {
        static let float = 1
        static let int32 = 6
        static let int64 = 7
        static let bool = 9
        static let double = 11
    }

    private static func tensor(_ name: String, type: Int, columns: Int?, to value: inout ProtobufWriter) {
        value.put(1, name)
        value.put(2) { any in
            any.put(1) { tensor in
                tensor.put(1, type)
                tensor.put(2) { shape in
                    shape.put(1) { $0.put(2, "rows") }
                    if let columns { shape.put(1) { $0.put(1, columns) } }
                }
            }
        }
    }

    private static func node(_ node: inout ProtobufWriter, _ forest: Forest) {
        node.put(1, "features")
        node.put(2, "label")
        node.put(2, "probabilities")
        node.put(3, "forest")
        node.put(4, operation)
        let trees = NodeLists(forest)
        for (name, values) in trees.integers { attribute(name, integers: values, to: &node) }
        attribute("classlabels_int64s", integers: [0, 1], to: &node)
        for (name, values) in trees.doubles { attribute(name, doubles: values, to: &node) }
        node.put(5) { attribute in
            attribute.put(1, "nodes_modes")
            for isLeaf in trees.isLeaf { attribute.put(9, isLeaf ? "LEAF" : "BRANCH_LEQ") }
            attribute.put(20, 8)
        }
        node.put(5) { attribute in
            attribute.put(1, "post_transform")
            attribute.put(4, "NONE")
            attribute.put(20, 3)
        }
        node.put(7, domain)
    }

    private static func attribute(_ name: String, integers: [Int], to node: inout ProtobufWriter) {
        node.put(5) { attribute in
            attribute.put(1, name)
            // onnx.proto's lists are not packed, as in proto2.
            for value in integers { attribute.put(8, value) }
            attribute.put(20, 7)
        }
    }

    private static func attribute(_ name: String, doubles: [Double], to node: inout ProtobufWriter) {
        node.put(5) { attribute in
            attribute.put(1, name)
            attribute.put(5) { tensor in
                tensor.put(1, doubles.count)
                tensor.put(2, Tensor.double)
                tensor.put(8, name)
                var raw: [UInt8] = []
                for value in doubles { withUnsafeBytes(of: value.bitPattern.littleEndian) { raw += $0 } }
                tensor.put(9, raw)
            }
            attribute.put(20, 4)
        }
    }
}

/// The nodes of a forest as the lists of a `TreeEnsembleClassifier`.
private struct NodeLists {
    var integers: KeyValuePairs<String, [Int]> {
        [
            "nodes_treeids": trees, "nodes_nodeids": nodes, "nodes_featureids": features,
            "nodes_truenodeids": lefts, "nodes_falsenodeids": rights, "nodes_missing_value_tracks_true": missingLeft,
            "class_treeids": classTrees, "class_nodeids": classNodes, "class_ids": classes,
        ]
    }
    var doubles: KeyValuePairs<String, [Double]> {
        ["nodes_values_as_tensor": thresholds, "class_weights_as_tensor": shares]
    }
    private(set) var isLeaf: [Bool] = []
    private var trees: [Int] = []
    private var nodes: [Int] = []
    private var features: [Int] = []
    private var lefts: [Int] = []
    private var rights: [Int] = []
    private var missingLeft: [Int] = []
    private var thresholds: [Double] = []
    private var classTrees: [Int] = []
    private var classNodes: [Int] = []
    private var classes: [Int] = []
    private var shares: [Double] = []

    init(_ forest: Forest) {
        for (number, tree) in forest.trees.enumerated() {
            for (index, node) in tree.nodes.enumerated() {
                trees.append(number)
                nodes.append(index)
                isLeaf.append(node.isLeaf)
                features.append(max(0, Int(node.feature)))
                lefts.append(Int(node.left))
                rights.append(node.isLeaf ? 0 : Int(node.left) + 1)
                missingLeft.append(node.isMissingLeft ? 1 : 0)
                thresholds.append(node.threshold)
                guard node.isLeaf else { continue }
                classTrees += [number, number]
                classNodes += [index, index]
                classes += [0, 1]
                let count = Double(forest.treeCount)
                shares += [(1 - node.probability) / count, node.probability / count]
            }
        }
    }
}
