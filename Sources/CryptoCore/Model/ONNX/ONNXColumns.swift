extension ONNX {
    /// The columns that a forest is asked by, followed back through the graph to its inputs.
    ///
    /// A file has one input of all features, or, as `skl2onnx` makes it for a DataFrame, one a feature. Between them and the forest may lie
    /// what changes no value: a `Cast` to a type of floats, as the forest rounds its features to float32 itself, and a `Concat` of columns.
    struct Columns {
        /// A column of the forest's rows.
        fileprivate struct Input {
            let name: String
            /// Its element type and its dimensions as `onnx.proto` numbers them; 0 where the file does not say.
            let type: Int
            let shape: [Int]
        }

        private let inputs: [Input]
        /// The nodes of the graph by the names of what they make.
        private let makers: [String: ArraySlice<UInt8>]
        /// The inputs that the forest is asked by, from the first feature on.
        private var found: [Input] = []
        /// Names of what is made before the forest is asked.
        private(set) var made: Set<String> = []

        /// - Parameter forest: the node that asks the trees.
        /// *Throws*: `.unsupported` where something else is done to the rows.
        init(
            of forest: ArraySlice<UInt8>, _ nodes: [ArraySlice<UInt8>], inputs: [ArraySlice<UInt8>]
        ) throws(ModelError) {
            guard inputs.count <= Forest.mostFeatures else {
                throw .unsupported("an ONNX file with \(inputs.count) inputs")
            }
            var makers: [String: ArraySlice<UInt8>] = [:]
            for node in nodes { for output in try texts(2, of: node) { makers[output] = node } }
            self.makers = makers
            self.inputs = try inputs.map { input throws(ModelError) in try Input(input) }
            try follow(try text(1, of: forest), steps: nodes.count)
            if names == nil { return }
            for input in found where input.shape.count != 2 || input.shape[1] != 1 {
                throw .unsupported(
                    "an ONNX file whose input \(input.name) is not one column: convert the forest for one array of all features, or for an "
                        + "input a feature")
            }
        }

        /// The names of the inputs, in the order in which the forest numbers them; nil where one input has all features.
        var names: [String]? { inputs.count == 1 && found.count == 1 ? nil : found.map(\.name) }

        /// How many features the file says there are; 0 where it does not.
        var count: Int { names?.count ?? found.first?.shape.last ?? 0 }

        /// Appends the inputs that `name` is made of, from left to right.
        private mutating func follow(_ name: String, steps: Int) throws(ModelError) {
            if let input = inputs.first(where: { $0.name == name }) {
                guard found.count < Forest.mostFeatures else {
                    throw .unsupported("an ONNX forest of more than \(Forest.mostFeatures) features")
                }
                try input.checkType()
                return found.append(input)
            }
            guard steps > 0 else { throw .unsupported("an ONNX file whose nodes go round in a circle") }
            guard let maker = makers[name] else {
                throw .unsupported("an ONNX file whose forest is asked by \(name), which nothing makes")
            }
            let parts = try texts(1, of: maker)
            switch (try text(4, of: maker), parts.count) {
            case ("Cast", 1):
                let type = try integer("to", of: maker)
                guard type == Tensor.float || type == Tensor.double else {
                    throw .unsupported(
                        "an ONNX file that rounds the rows (a Cast to the type \(type)) before the forest is asked: only float and double are "
                            + "taken")
                }
            case ("Concat", 1...):
                let axis = try integer("axis", of: maker)
                guard axis == 1 || axis == -1 else {
                    throw .unsupported("an ONNX file that puts rows together (a Concat along \(axis)), not columns")
                }
            case (let kind, _):
                throw .unsupported(
                    "an ONNX file that does something to the rows (\(kind)) before the forest is asked: write the forest alone, without a "
                        + "pipeline")
            }
            made.insert(name)
            for part in parts { try follow(part, steps: steps - 1) }
        }
    }
}

extension ONNX.Columns.Input {
    /// Reads a graph's input.
    fileprivate init(_ input: ArraySlice<UInt8>) throws(ModelError) {
        name = try ONNX.text(1, of: input)
        guard let value = try ONNX.fields(2, of: input).last, let tensor = try ONNX.fields(1, of: value).last else {
            (type, shape) = (0, [])
            return
        }
        type = try ONNX.integer(1, of: tensor)
        let dimensions = try ONNX.fields(2, of: tensor).last.map { shape throws(ModelError) in
            try ONNX.fields(1, of: shape)
        }
        shape = try (dimensions ?? []).map { dimension throws(ModelError) in try ONNX.integer(1, of: dimension) }
    }

    /// Refuses values that are no numbers, or that a float cannot hold.
    fileprivate func checkType() throws(ModelError) {
        let taken = [0, ONNX.Tensor.float, ONNX.Tensor.double, ONNX.Tensor.int32, ONNX.Tensor.int64, ONNX.Tensor.bool]
        if taken.contains(type) { return }
        throw .unsupported(
            "an ONNX file whose input \(name) has the type \(type): floats, doubles, integers and bools are taken")
    }
}
