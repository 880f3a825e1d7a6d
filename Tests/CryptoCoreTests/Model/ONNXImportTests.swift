import Testing

@testable import CryptoCore

@Suite("A forest of somebody else's, as an ONNX file")
struct ONNXImportTests {
    /// Stumps: each tree asks for `feature` and has a leaf on either side.
    private struct Stumps {
        var feature = 0
        /// Tree → leaf (1 or 2) → the weights of class 0 and class 1.
        var weights: [[[Double]]] = [[[0.4, 0.1], [0.2, 0.3]], [[0.5, 0], [0.1, 0.4]]]
        /// Whether the first leaf has its weight of class 1 twice.
        var isTwice = false
        /// Whether only the weights of class 1 are written.
        var isOfOne = false
        /// The inputs of the graph, and the nodes that the first one goes through before the forest is asked.
        var inputs = ["rows"]
        var before: [String] = []
        /// Nodes that take what the forest says.
        var behind: [String] = []

        private func list(_ name: String, _ integers: [Int], to node: inout ProtobufWriter) {
            node.put(5) { attribute in
                attribute.put(1, name)
                for value in integers { attribute.put(8, value) }
            }
        }

        private func list(_ name: String, _ numbers: [Double], to node: inout ProtobufWriter) {
            node.put(5) { attribute in
                attribute.put(1, name)
                attribute.put(5) { tensor in
                    tensor.put(2, ONNX.Tensor.double)
                    var raw: [UInt8] = []
                    for value in numbers { withUnsafeBytes(of: value.bitPattern.littleEndian) { raw += $0 } }
                    tensor.put(9, raw)
                }
            }
        }

        var bytes: [UInt8] {
            var entries: [(tree: Int, node: Int, kind: Int, weight: Double)] = []
            for (tree, leaves) in weights.enumerated() {
                for (leaf, pair) in leaves.enumerated() {
                    for kind in isOfOne ? [1] : [0, 1] { entries.append((tree, leaf + 1, kind, pair[kind])) }
                }
            }
            if isTwice { entries.append((0, 1, 1, weights[0][0][1])) }
            let count = weights.count
            func each(_ values: [Int]) -> [Int] { (0..<count).flatMap { _ in values } }
            var file = ProtobufWriter()
            file.put(7) { graph in
                for (number, name) in inputs.enumerated() {
                    graph.put(11) { $0.put(1, name) }
                    if number > 0 { continue }
                    for kind in before {
                        graph.put(1) { node in
                            node.put(1, kind == before.first ? name : "made by \(before[0])")
                            node.put(2, "made by \(kind)")
                            node.put(4, kind)
                        }
                    }
                }
                graph.put(1) { node in
                    node.put(1, before.last.map { "made by \($0)" } ?? inputs.first ?? "")
                    node.put(4, ONNX.operation)
                    list("nodes_treeids", (0..<count).flatMap { [$0, $0, $0] }, to: &node)
                    list("nodes_nodeids", each([0, 1, 2]), to: &node)
                    list("nodes_featureids", each([feature, 0, 0]), to: &node)
                    list("nodes_truenodeids", each([1, 0, 0]), to: &node)
                    list("nodes_falsenodeids", each([2, 0, 0]), to: &node)
                    list("nodes_values_as_tensor", (0..<count).flatMap { _ in [0.5, 0, 0] }, to: &node)
                    node.put(5) { attribute in
                        attribute.put(1, "nodes_modes")
                        for _ in 0..<count { for mode in ["BRANCH_LEQ", "LEAF", "LEAF"] { attribute.put(9, mode) } }
                    }
                    list("classlabels_int64s", [0, 1], to: &node)
                    list("class_treeids", entries.map(\.tree), to: &node)
                    list("class_nodeids", entries.map(\.node), to: &node)
                    list("class_ids", entries.map(\.kind), to: &node)
                    list("class_weights_as_tensor", entries.map(\.weight), to: &node)
                }
                for kind in behind { graph.put(1) { $0.put(4, kind) } }
            }
            return file.bytes
        }
    }

    private func problem(_ stumps: Stumps) -> String {
        do throws(ModelError) {
            _ = try ONNX.decode(stumps.bytes)
            return ""
        } catch { return "\(error)" }
    }

    @Test("whose trees weigh the same says what the operator's definition says", arguments: [false, true])
    func equal(isOfOne: Bool) throws {
        let (forest, names) = try ONNX.decode(Stumps(isOfOne: isOfOne).bytes)
        #expect(names == nil && forest.featureCount == 1)
        let (low, high): ([Float], [Float]) = ([0], [1])
        #expect(abs(forest.probability(low.span) - 0.1) < 1e-12 && abs(forest.probability(high.span) - 0.7) < 1e-12)
    }

    @Test("whose trees weigh differently is refused: votes that count the same would say something else")
    func unequal() {
        let weights = [[[0.64, 0.16], [0.32, 0.48]], [[0.2, 0], [0.04, 0.16]]]
        #expect(problem(Stumps(weights: weights)).contains("do not weigh the same"))
        #expect(problem(Stumps(weights: weights, isOfOne: false)).contains("sum to 1 / trees"))
        #expect(
            problem(Stumps(weights: [[[0, 0.9], [0, 0.2]], [[0, 0.1], [0, 0]]], isOfOne: true)).contains("weigh"))
    }

    @Test("whose rows go through something first is refused, but for the rounding that the forest does itself")
    func pipeline() throws {
        #expect(problem(Stumps(before: ["Scaler"])).contains("does something to the rows (Scaler)"))
        #expect(problem(Stumps(before: ["Cast", "Scaler"])).contains("(Scaler)"))
        #expect(problem(Stumps(inputs: ["price", "quantity"])).contains("2 inputs, not one"))
        #expect(problem(Stumps(inputs: [])).contains("0 inputs"))
        #expect(problem(Stumps(before: ["Cast"])) == "")
    }

    @Test("whose votes go through something is refused, but for new names and types")
    func calibrated() {
        #expect(problem(Stumps(behind: ["Cast", "ZipMap"])) == "")
        for kind in ["Mul", "LinearClassifier", "ArrayFeatureExtractor"] {
            #expect(problem(Stumps(behind: ["Cast", kind, "ZipMap"])).contains("(\(kind)) with what the forest says"))
        }
        #expect(problem(Stumps(behind: [String](repeating: "Cast", count: 100_000))).contains("100001 nodes"))
    }

    @Test("of another number of features than its rows will have is refused")
    func features() throws {
        #expect(try ONNX.decode(Stumps().bytes, features: 3).forest.featureCount == 3)
        let error = try #require(throws: ModelError.self) { _ = try ONNX.decode(Stumps(feature: 3).bytes, features: 3) }
        #expect("\(error)".contains("of 4 features, where 3 are wanted"))
        let model = try ModelFileTests.model(trees: 2, depth: 2)
        #expect(throws: ModelError.self) { _ = try ONNX.decode(ONNX.encode(model), features: 4) }
        #expect(try ONNX.decode(ONNX.encode(model), features: 3).featureNames == model.featureNames)
    }

    @Test("that asks for a feature below 0, or has two weights of a class in a leaf, is refused")
    func strange() {
        #expect(problem(Stumps(feature: -1)).contains("asks for the feature -1"))
        #expect(problem(Stumps(isTwice: true)).contains("two weights of a class"))
        #expect(problem(Stumps(isTwice: true, isOfOne: true)).contains("two weights of a class"))
        #expect(problem(Stumps(feature: 1 << 40)).contains("features"))
    }

    @Test("that has a larger tree than a forest holds is refused before one is made of it")
    func large() {
        let tree = GrownTree(nodes: [TreeNode](repeating: .leaf(0.5), count: Forest.mostNodes + 1), gains: [])
        #expect(throws: ModelError.unsupported("an ONNX file in which a tree has \(Forest.mostNodes + 1) nodes")) {
            _ = try ONNX.forest(of: [tree], features: 1)
        }
    }
}
