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
        /// The inputs of the graph, the nodes that they go through, and what the forest is asked by; nil: what the last of these makes, or the
        /// only input.
        var inputs = [Input("rows")]
        var before: [Before] = []
        var asked: String?
        /// Nodes that take what the forest says.
        var behind: [String] = []

        /// An input: of any shape and type, where it has no columns.
        struct Input {
            let name: String
            var type = ONNX.Tensor.float
            var shape: [Int] = []

            init(_ name: String, _ type: Int = ONNX.Tensor.float, shape: [Int] = []) {
                (self.name, self.type, self.shape) = (name, type, shape)
            }

            /// One column of any number of rows.
            static func column(_ name: String, _ type: Int = ONNX.Tensor.float) -> Input {
                Input(name, type, shape: [0, 1])
            }

            func write(to value: inout ProtobufWriter) {
                value.put(1, name)
                if shape.isEmpty { return }
                value.put(2) { any in
                    any.put(1) { tensor in
                        tensor.put(1, type)
                        tensor.put(2) { shape in
                            for size in self.shape { shape.put(1) { if size > 0 { $0.put(1, size) } } }
                        }
                    }
                }
            }
        }

        /// A node, which makes what is called after it.
        struct Before {
            let kind: String
            var from = ["rows"]
            var name: String?
            /// `to` of a Cast, `axis` of a Concat.
            var number: Int?

            static func cast(_ from: String = "rows", to type: Int = ONNX.Tensor.float) -> Before {
                Before(kind: "Cast", from: [from], name: "\(from) cast", number: type)
            }

            static func concat(_ from: [String], as name: String = "all", axis: Int = 1) -> Before {
                Before(kind: "Concat", from: from, name: name, number: axis)
            }

            var made: String { name ?? "made by \(kind)" }

            func write(to node: inout ProtobufWriter) {
                for name in from { node.put(1, name) }
                node.put(2, made)
                node.put(4, kind)
                guard let number else { return }
                node.put(5) { attribute in
                    attribute.put(1, kind == "Cast" ? "to" : "axis")
                    attribute.put(3, number)
                }
            }
        }

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
                for input in inputs { graph.put(11) { input.write(to: &$0) } }
                for node in before { graph.put(1) { node.write(to: &$0) } }
                graph.put(1) { node in
                    node.put(1, asked ?? before.last?.made ?? inputs.first?.name ?? "")
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
        #expect(problem(Stumps(before: [.init(kind: "Scaler")])).contains("does something to the rows (Scaler)"))
        let behind = Stumps.Before(kind: "Scaler", from: ["rows cast"])
        #expect(problem(Stumps(before: [.cast(), behind])).contains("(Scaler)"))
        #expect(problem(Stumps(inputs: [])).contains("which nothing makes"))
        for type in [ONNX.Tensor.float, ONNX.Tensor.double] {
            #expect(problem(Stumps(before: [.cast(to: type)])) == "")
        }
        for type in [0, ONNX.Tensor.int64, ONNX.Tensor.bool, 10] {
            #expect(problem(Stumps(before: [.cast(to: type)])).contains("rounds the rows (a Cast to the type \(type))"))
        }
        let circle = Stumps(before: [.concat(["b"], as: "a"), .concat(["a"], as: "b")])
        #expect(problem(circle).contains("go round in a circle"))
        #expect(problem(Stumps(inputs: [.init("rows", 8, shape: [0, 1])])).contains("input rows has the type 8"))
    }

    /// A forest that asks for its second feature, of a file with an input a column.
    private func columns(_ before: [Stumps.Before], _ inputs: [Stumps.Input]? = nil, asked: String? = nil) -> Stumps {
        let usual: [Stumps.Input] = [
            .column("price"), .column("quantity", ONNX.Tensor.double), .column("is_buy", ONNX.Tensor.bool),
        ]
        return Stumps(feature: 1, inputs: inputs ?? usual, before: before, asked: asked)
    }

    @Test("made for a DataFrame has its columns in the order in which the graph puts them together, and their names")
    func dataFrame() throws {
        func names(_ stumps: Stumps) throws -> [String]? { try ONNX.decode(stumps.bytes, features: 3).featureNames }
        let cast = Stumps.Before.cast("is_buy", to: ONNX.Tensor.double)
        let straight = columns([cast, .concat(["price", "quantity", "is_buy cast"])])
        #expect(try names(straight) == ["price", "quantity", "is_buy"])
        // The forest's second feature is the second of what is put together, wherever it stands among the inputs.
        let (low, high): ([Float], [Float]) = ([9, 0, 9], [9, 1, 9])
        let forest = try ONNX.decode(straight.bytes).forest
        #expect(abs(forest.probability(low.span) - 0.1) < 1e-12 && abs(forest.probability(high.span) - 0.7) < 1e-12)
        let turned = columns([.concat(["is_buy", "price", "quantity"], axis: -1)])
        #expect(try names(turned) == ["is_buy", "price", "quantity"])
        let nested = columns([
            .concat(["price", "quantity"], as: "some"), .concat(["is_buy", "some"]),
            .cast("all", to: ONNX.Tensor.float),
        ])
        #expect(try names(nested) == ["is_buy", "price", "quantity"])
        #expect(problem(columns([.concat(["price", "quantity"])])) == "")
        let error = try #require(throws: ModelError.self) {
            _ = try ONNX.decode(columns([.concat(["price", "quantity"])]).bytes, features: 3)
        }
        #expect(error == .otherCount(wanted: 3, found: 2))
    }

    @Test("whose columns are no single numbers, or are not put side by side, is refused")
    func wrongColumns() {
        let all = Stumps.Before.concat(["price", "quantity", "is_buy"])
        func wrong(_ input: Stumps.Input) -> [Stumps.Input] { [input, .column("quantity"), .column("is_buy")] }
        for shape in [[], [0], [0, 2], [0, 1, 1], [0, 0]] {
            #expect(problem(columns([all], wrong(.init("price", shape: shape)))).contains("price is not one column"))
        }
        #expect(problem(columns([all], wrong(.column("price", 8)))).contains("price has the type 8"))
        #expect(problem(columns([.concat(["price", "quantity"], axis: 0)])).contains("a Concat along 0"))
        #expect(problem(columns([], asked: "price")).contains("2 features, where 1 are wanted"))
        #expect(problem(columns([.concat(["price", "size"])])).contains("asked by size, which nothing makes"))
        #expect(problem(columns([.concat([])])).contains("(Concat)"))
        // Behind the forest nothing is put together.
        #expect(problem(Stumps(behind: ["Concat"])).contains("(Concat) with what the forest says"))
        // A small file that would be a huge row.
        var doubling = [Stumps.Before.concat(["price", "price"], as: "0")]
        for step in 1..<60 { doubling.append(.concat(["\(step - 1)", "\(step - 1)"], as: "\(step)")) }
        #expect(problem(columns(doubling)).contains("more than \(Forest.mostFeatures) features"))
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
        #expect(error == .otherCount(wanted: 3, found: 4) && "\(error)".contains("of 4 features, where 3 are wanted"))
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
