internal import CryptoCore

/// A request of the Open Inference Protocol: JSON, and what lies in binary behind it.
///
/// *Source*: KServe, "Open Inference Protocol (V2)"; Triton, "Binary Tensor Data Extension".
struct InferRequest: Equatable, Sendable {
    /// An output that is asked for.
    struct Output: Equatable, Sendable {
        var name = ""
        /// Nil: as the request says.
        var isBinary: Bool?
    }

    private(set) var id: String?
    private(set) var inputs: [Tensor] = []
    /// Nil: all there are.
    private(set) var outputs: [Output]?
    /// Whether outputs that say nothing themselves are wanted in binary.
    private(set) var wantsBinary = false

    /// - Parameter jsonCount: how many bytes of the message are JSON.
    /// - Throws: `.notJSON`, `.tensor`.
    init(_ message: RawSpan, jsonCount: Int) throws(Refusal) {
        guard jsonCount > 0 else { throw .notJSON("the body is empty: send an inference request") }
        let json = message.extracting(0..<jsonCount)
        var reader = InferReader(binary: jsonCount..<message.byteCount)
        do throws(DecodeError) { try reader.read(json) } catch { throw .notJSON("\(error)") }
        if let problem = reader.problem { throw .tensor(problem) }
        guard reader.binary.isEmpty else {
            throw .tensor("\(reader.binary.count) bytes lie behind the inputs: no binary_data_size names them")
        }
        guard let inputs = reader.inputs else { throw .tensor("inputs: is missing") }
        self.inputs = inputs
        // An empty list asks for all, as no list does: so Triton and MLServer have it.
        let outputs = reader.outputs.flatMap { $0.isEmpty ? nil : $0 }
        (id, self.outputs, wantsBinary) = (reader.id, outputs, reader.wantsBinary)
    }
}

/// Reads the JSON of a request in one pass. What is JSON but no request is noted, the first thing first, and what follows it is only
/// passed over. `id`, `parameters` and `outputs` may be null, as if they were not there.
private struct InferReader {
    /// Bytes behind the JSON that no input has yet.
    var binary: Range<Int>
    var id: String?
    var inputs: [Tensor]?
    var outputs: [InferRequest.Output]?
    var wantsBinary = false
    var problem: String?
    private var scanner = JSONScanner()

    init(binary: Range<Int>) { self.binary = binary }

    mutating func read(_ json: RawSpan) throws(DecodeError) {
        try object(json, "the request") { (self, key, json) throws(DecodeError) in
            if key.equals("id", in: json) {
                self.id = try self.isNull(json) ? nil : self.text(json, "id")
            } else if key.equals("inputs", in: json) {
                self.inputs = []
                try self.list(json, "inputs") { (self, json) throws(DecodeError) in try self.readInput(json) }
            } else if key.equals("outputs", in: json) {
                self.outputs = []
                if try self.isNull(json) { return }
                try self.list(json, "outputs") { (self, json) throws(DecodeError) in try self.readOutput(json) }
            } else if key.equals("parameters", in: json) {
                try self.parameter("binary_data_output", json) { (self, json) throws(DecodeError) in
                    self.wantsBinary = try self.bool(json, "binary_data_output")
                }
            } else {
                try self.scanner.skipValue(json)
            }
        }
        try scanner.end(json)
    }

    private mutating func readInput(_ json: RawSpan) throws(DecodeError) {
        var tensor = Tensor(), datatype: String?, isShaped = false, binaryCount: Int?
        try object(json, "an input") { (self, key, json) throws(DecodeError) in
            if key.equals("name", in: json) {
                tensor.name = try self.text(json, "name") ?? ""
            } else if key.equals("datatype", in: json) {
                datatype = try self.text(json, "datatype")
            } else if key.equals("shape", in: json) {
                isShaped = true
                tensor.shape = []
                try self.list(json, "shape") { (self, json) throws(DecodeError) in
                    tensor.shape.append(try self.count(json, "shape"))
                }
            } else if key.equals("parameters", in: json) {
                try self.parameter("binary_data_size", json) { (self, json) throws(DecodeError) in
                    binaryCount = try self.count(json, "binary_data_size")
                }
            } else if key.equals("data", in: json) {
                tensor.place = .json(at: self.scanner.at)
                try self.scanner.skipValue(json)
            } else {
                try self.scanner.skipValue(json)
            }
        }
        if tensor.name.isEmpty { note("an input has no name") }
        if !isShaped { note("\(tensor.title) has no shape") }
        take(binaryCount, of: &tensor)
        guard let known = datatype.flatMap(Tensor.Datatype.init) else {
            let all = Tensor.Datatype.allCases.lazy.map(\.rawValue)
            return note("\(tensor.title): its datatype must be one of \(all.joined(separator: ", "))")
        }
        tensor.datatype = known
        inputs?.append(tensor)
    }

    /// The next bytes behind the JSON are the tensor's.
    private mutating func take(_ count: Int?, of tensor: inout Tensor) {
        guard let count else { return }
        if tensor.place != nil { return note("\(tensor.title) has data and binary_data_size: leave one out") }
        guard count <= binary.count else {
            return note("\(tensor.title) has \(count) bytes, and only \(binary.count) lie behind the JSON")
        }
        tensor.place = .binary(binary.lowerBound..<binary.lowerBound + count)
        binary = binary.lowerBound + count..<binary.upperBound
    }

    private mutating func readOutput(_ json: RawSpan) throws(DecodeError) {
        var output = InferRequest.Output()
        try object(json, "an output") { (self, key, json) throws(DecodeError) in
            if key.equals("name", in: json) {
                output.name = try self.text(json, "name") ?? ""
            } else if key.equals("parameters", in: json) {
                try self.parameter("binary_data", json) { (self, json) throws(DecodeError) in
                    output.isBinary = try self.bool(json, "binary_data")
                }
            } else {
                try self.scanner.skipValue(json)
            }
        }
        outputs?.append(output)
    }

    // MARK: Values

    /// Reads an object, `member` each value.
    private mutating func object(
        _ json: RawSpan, _ what: String,
        _ member: (inout InferReader, JSONText, RawSpan) throws(DecodeError) -> Void
    ) throws(DecodeError) {
        guard try isNext(.object, json, "\(what) must be an object") else { return }
        try scanner.enterObject(json)
        while let key = try scanner.nextKey(json) {
            if problem == nil { try member(&self, key, json) } else { try scanner.skipValue(json) }
        }
    }

    private mutating func list(
        _ json: RawSpan, _ what: String, _ element: (inout InferReader, RawSpan) throws(DecodeError) -> Void
    ) throws(DecodeError) {
        guard try isNext(.array, json, "\(what) must be a list") else { return }
        try scanner.enterArray(json)
        while try scanner.nextElement(json) {
            if problem == nil { try element(&self, json) } else { try scanner.skipValue(json) }
        }
    }

    /// Reads an object of which one member alone is looked at.
    private mutating func parameter(
        _ name: StaticString, _ json: RawSpan, _ value: (inout InferReader, RawSpan) throws(DecodeError) -> Void
    ) throws(DecodeError) {
        if try isNull(json) { return }
        try object(json, "parameters") { (self, key, json) throws(DecodeError) in
            if key.equals(name, in: json) { try value(&self, json) } else { try self.scanner.skipValue(json) }
        }
    }

    /// Whether the next value is null, which is then read.
    private mutating func isNull(_ json: RawSpan) throws(DecodeError) -> Bool {
        guard try scanner.peek(json) == .null else { return false }
        try scanner.null(json)
        return true
    }

    private mutating func text(_ json: RawSpan, _ what: String) throws(DecodeError) -> String? {
        guard try isNext(.string, json, "\(what) must be a text") else { return nil }
        return try scanner.string(json).string(in: json)
    }

    private mutating func bool(_ json: RawSpan, _ what: String) throws(DecodeError) -> Bool {
        guard try isNext(.bool, json, "\(what) must be true or false") else { return false }
        return try scanner.bool(json)
    }

    /// A whole number that is not below 0.
    private mutating func count(_ json: RawSpan, _ what: String) throws(DecodeError) -> Int {
        guard try isNext(.number, json, "\(what) must be whole numbers") else { return 0 }
        let number = try scanner.number(json)
        guard let count = Int(exactly: number), count >= 0 else {
            note("\(what) must be whole numbers of at least 0")
            return 0
        }
        return count
    }

    /// Whether the next value is of that kind; one of another kind is passed over, and noted.
    private mutating func isNext(
        _ kind: JSONScanner.Kind, _ json: RawSpan, _ wanted: @autoclosure () -> String
    ) throws(DecodeError) -> Bool {
        if try scanner.peek(json) == kind { return true }
        note(wanted())
        try scanner.skipValue(json)
        return false
    }

    /// The first one counts. What follows it is passed over, so that few texts are made that nobody takes.
    private mutating func note(_ text: String) { if problem == nil { problem = text } }
}
