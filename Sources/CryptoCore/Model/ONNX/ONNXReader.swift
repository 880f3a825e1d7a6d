extension ONNX {
    /// Reads a forest of two classes from an ONNX file, as `skl2onnx` writes scikit-learn's `RandomForestClassifier`, or as `encode` does.
    ///
    /// - Parameter wanted: how many features its rows are to have: of any other number it is refused, and where the file says none it has
    ///   these; nil: as many as the file says.
    /// - Returns: the forest, without gains and settings, and the names of its features: those of the inputs where each feature has one, else
    ///   those that `encode` writes; nil where the file has none.
    /// *Throws*: `.otherCount`; `.unsupported` where the file is not such a forest, and says what was found. No bytes crash it.
    package static func decode(
        _ bytes: [UInt8], features wanted: Int? = nil
    ) throws(ModelError) -> (forest: Forest, featureNames: [String]?) {
        var nodes: [ArraySlice<UInt8>] = [], inputs: [ArraySlice<UInt8>] = [], names: [Int: String] = [:]
        var file = ProtobufReader(bytes[...])
        while let (field, value) = try file.next() {
            switch (field, value) {
            case (7, .bytes(let graph)):
                nodes = try fields(1, of: graph)
                inputs = try fields(11, of: graph)
            case (14, .bytes(let property)):
                let key = try text(1, of: property), prefix = "feature_"
                if key.hasPrefix(prefix), let index = Int(key.dropFirst(prefix.count)) {
                    names[index] = try text(2, of: property)
                }
            default: break
            }
        }
        var found: [ArraySlice<UInt8>] = []
        for node in nodes where try text(4, of: node) == operation { found.append(node) }
        guard found.count == 1 else {
            throw .unsupported("an ONNX file with \(found.count) nodes \(operation), not one")
        }
        guard nodes.count <= mostNodes else {
            throw .unsupported("an ONNX file with \(nodes.count) nodes beside each other, of which a forest is one")
        }
        let columns = try Columns(of: found[0], nodes, inputs: inputs)
        try checkOutput(nodes, made: columns.made)
        let attributes = try Attributes(found[0])
        let trees = try TreeLists(attributes).trees()
        let asked = trees.flatMap(\.nodes).reduce(0) { max($0, Int($1.feature) + 1) }
        let count = max(columns.count == 0 ? wanted ?? 1 : columns.count, asked)
        guard count <= Forest.mostFeatures else { throw .unsupported("an ONNX forest of \(count) features") }
        guard count == wanted ?? count, columns.names.map({ $0.count == count }) ?? true else {
            throw .otherCount(wanted: wanted ?? columns.count, found: count)
        }
        let known = columns.names ?? (0..<count).compactMap { names[$0] }
        return (try forest(of: trees, features: count), known.count == count ? known : nil)
    }

    /// A file of one forest has fewer nodes in its graph: one a feature, and a few.
    private static var mostNodes: Int { Forest.mostFeatures + 16 }

    /// Refuses a file that makes something else of what the forest says.
    /// - Parameter made: names of what is made before the forest is asked.
    private static func checkOutput(_ nodes: [ArraySlice<UInt8>], made: Set<String>) throws(ModelError) {
        for node in nodes {
            let kind = try text(4, of: node)
            if [operation, "Cast", "Identity", "ZipMap"].contains(kind) { continue }
            guard try texts(2, of: node).contains(where: made.contains) else {
                throw .unsupported(
                    "an ONNX file that does something (\(kind)) with what the forest says: write the forest alone, not calibrated, "
                        + "without a vote of others")
            }
        }
    }

    /// A forest of trees that somebody else grew.
    /// - Throws: `.unsupported` where a tree is none, or has more nodes than a forest holds.
    static func forest(of trees: [GrownTree], features count: Int) throws(ModelError) -> Forest {
        for tree in trees {
            if let fault = tree.fault(features: count) { throw .unsupported("an ONNX file in which \(fault)") }
        }
        return Forest(
            trees: trees.map { GrownTree(nodes: $0.nodes, gains: [Double](repeating: 0, count: count)) },
            featureCount: count, settings: nil)
    }

    /// All values of a field that has bytes.
    static func fields(_ wanted: Int, of message: ArraySlice<UInt8>) throws(ModelError) -> [ArraySlice<UInt8>] {
        var reader = ProtobufReader(message), found: [ArraySlice<UInt8>] = []
        while let (field, value) = try reader.next() {
            if field == wanted, case .bytes(let bytes) = value { found.append(bytes) }
        }
        return found
    }

    static func text(_ field: Int, of message: ArraySlice<UInt8>) throws(ModelError) -> String {
        String(decoding: try fields(field, of: message).last ?? [], as: UTF8.self)
    }

    /// All values of a field, as texts.
    static func texts(_ field: Int, of message: ArraySlice<UInt8>) throws(ModelError) -> [String] {
        try fields(field, of: message).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The last value of a field that has an integer; 0 without one.
    static func integer(_ wanted: Int, of message: ArraySlice<UInt8>) throws(ModelError) -> Int {
        var reader = ProtobufReader(message), found = 0
        while let (field, value) = try reader.next() {
            if field == wanted, case .integer(let bits) = value { found = Int(Int64(bitPattern: bits)) }
        }
        return found
    }

    /// A node's attribute that is one integer; 0 without it.
    static func integer(_ name: String, of node: ArraySlice<UInt8>) throws(ModelError) -> Int {
        for attribute in try fields(5, of: node) where try text(1, of: attribute) == name {
            return try integer(3, of: attribute)
        }
        return 0
    }

    /// The attributes of a node.
    struct Attributes {
        private var integers: [String: [Int]] = [:]
        private var numbers: [String: [Double]] = [:]
        private(set) var texts: [String: [String]] = [:]

        init(_ node: ArraySlice<UInt8>) throws(ModelError) {
            for attribute in try ONNX.fields(5, of: node) { try add(attribute) }
        }

        private mutating func add(_ attribute: ArraySlice<UInt8>) throws(ModelError) {
            let name = try ONNX.text(1, of: attribute)
            var reader = ProtobufReader(attribute)
            while let (field, value) = try reader.next() {
                switch (field, value) {
                case (4, .bytes(let text)), (9, .bytes(let text)):
                    texts[name, default: []].append(String(decoding: text, as: UTF8.self))
                case (5, .bytes(let tensor)): numbers[name, default: []] += try doubles(tensor)
                case (7, .fixed32(let bits)): numbers[name, default: []].append(Double(Float(bitPattern: bits)))
                case (8, .integer(let bits)): integers[name, default: []].append(Int(Int64(bitPattern: bits)))
                case (7, .bytes(let packed)):
                    var list = ProtobufReader(packed)
                    while !list.isAtEnd {
                        numbers[name, default: []].append(Double(Float(bitPattern: try list.little(UInt32.self))))
                    }
                case (8, .bytes(let packed)):
                    var list = ProtobufReader(packed)
                    while !list.isAtEnd {
                        integers[name, default: []].append(Int(Int64(bitPattern: try list.varint())))
                    }
                default: break
                }
            }
        }

        /// A tensor of doubles: raw, or as a field of them.
        private func doubles(_ tensor: ArraySlice<UInt8>) throws(ModelError) -> [Double] {
            var found: [Double] = []
            var reader = ProtobufReader(tensor)
            while let (field, value) = try reader.next() {
                switch (field, value) {
                case (2, .integer(let type)) where type != UInt64(Tensor.double):
                    throw .unsupported("an ONNX tensor of type \(type), not of doubles")
                case (9, .bytes(let raw)), (10, .bytes(let raw)):
                    var list = ProtobufReader(raw)
                    while !list.isAtEnd { found.append(Double(bitPattern: try list.little(UInt64.self))) }
                case (10, .fixed64(let bits)): found.append(Double(bitPattern: bits))
                default: break
                }
            }
            return found
        }

        /// A list of integers, of `count` elements.
        func integers(_ name: String, count: Int?) throws(ModelError) -> [Int] {
            let list = integers[name] ?? []
            if let count, list.count != count {
                throw .unsupported("an ONNX file with \(list.count) \(name), not \(count)")
            }
            return list
        }

        /// A list of numbers, as double tensor or as floats, of `count` elements.
        func numbers(_ name: String, count: Int) throws(ModelError) -> [Double] {
            let list = numbers[name + "_as_tensor"] ?? numbers[name] ?? []
            guard list.count == count else {
                throw .unsupported("an ONNX file with \(list.count) \(name), not \(count)")
            }
            return list
        }

        func has(_ name: String) -> Bool { integers[name] != nil || numbers[name] != nil || texts[name] != nil }
    }
}
