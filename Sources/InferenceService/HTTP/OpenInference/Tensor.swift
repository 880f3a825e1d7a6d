internal import CryptoCore

/// A tensor of a request, before its values are read.
struct Tensor: Equatable, Sendable {
    /// What a tensor's values are, of those that a feature can have.
    enum Datatype: String, Sendable, CaseIterable {
        case fp32 = "FP32"
        case fp64 = "FP64"
        case int64 = "INT64"
        case bool = "BOOL"

        /// Of a value in binary.
        var byteCount: Int {
            switch self {
            case .fp32: 4
            case .fp64, .int64: 8
            case .bool: 1
            }
        }
    }

    /// Where its values lie.
    enum Place: Equatable, Sendable {
        /// In the JSON, from this byte on.
        case json(at: Int)
        /// Behind the JSON, little-endian.
        case binary(Range<Int>)
    }

    var name = ""
    var datatype = Datatype.fp64
    var shape: [Int] = []
    var place: Place?

    /// How errors name it.
    var title: String { "the input \(Refusal.shown(name))" }

    /// How many values its shape has.
    /// - Throws: `.tensor`, where that is more than a request may have.
    func count(atMost most: Int) throws(Refusal) -> Int {
        var count = 1
        for side in shape {
            let (product, isTooMuch) = count.multipliedReportingOverflow(by: side)
            guard !isTooMuch, product <= most else {
                throw .tensor("\(title) has a shape of more than \(most) values")
            }
            count = product
        }
        return count
    }

    /// Calls `body` with each value and its place, in the order of the tensor.
    /// - Parameter count: as the shape has it.
    /// - Throws: `.tensor` where the values are not as many as the shape says, or not of the datatype.
    func forEachValue(
        _ count: Int, _ message: RawSpan, _ body: (Int, Double) throws(Refusal) -> Void
    ) throws(Refusal) {
        switch place {
        case .binary(let range):
            guard range.count == count * datatype.byteCount else {
                throw .tensor(
                    "\(title) has \(range.count) bytes, and its shape of \(count) values of "
                        + "\(datatype.rawValue) takes \(count * datatype.byteCount)")
            }
            for index in 0..<count {
                try body(index, try binaryValue(message, range.lowerBound + index * datatype.byteCount))
            }
        case .json(let at):
            var values = TensorValues(self, at: at)
            do throws(DecodeError) { try values.read(message, depth: 0) } catch {
                throw .tensor("\(title): data: \(error)")
            }
            if let problem = values.problem { throw .tensor("\(title): \(problem)") }
            guard values.values.count == count else {
                let found = values.values.count > count ? "more values" : "\(values.values.count) values"
                throw .tensor("\(title) has \(found), and its shape has \(count)")
            }
            for index in 0..<count { try body(index, values.values[index]) }
        case nil: throw .tensor("\(title) has no data")
        }
    }

    /// - Precondition: all bytes of the value are inside.
    private func binaryValue(_ message: RawSpan, _ at: Int) throws(Refusal) -> Double {
        switch datatype {
        case .fp32:
            Double(
                Float(
                    bitPattern: UInt32(littleEndian: message.unsafeLoadUnaligned(fromByteOffset: at, as: UInt32.self))))
        case .fp64:
            Double(bitPattern: UInt64(littleEndian: message.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self)))
        case .int64:
            Double(Int64(littleEndian: message.unsafeLoadUnaligned(fromByteOffset: at, as: Int64.self)))
        case .bool:
            switch message.byte(at) {
            case 0: 0
            case 1: 1
            default: throw .tensor("\(title): a BOOL is a byte of 0 or 1")
            }
        }
    }
}

/// Reads the `data` of a tensor: one list in row-major order, or lists in lists as the shape says.
struct TensorValues {
    private let tensor: Tensor
    private var scanner: JSONScanner
    /// How many values a request may have, and one more.
    private let most: Int
    private(set) var values: [Double] = []
    /// What is wrong with them though they are JSON.
    private(set) var problem: String?

    init(_ tensor: Tensor, at: Int) {
        self.tensor = tensor
        scanner = JSONScanner(at: at)
        most = tensor.shape.reduce(1, *) + 1
    }

    /// Reads a list at that depth: of values, which the innermost and a flat one has, or of lists, and never of both.
    mutating func read(_ json: RawSpan, depth: Int) throws(DecodeError) {
        guard try scanner.peek(json) == .array else { return note("its data must be a list") }
        try scanner.enterArray(json)
        var count = 0, hasLists = false
        while problem == nil, values.count < most, try scanner.nextElement(json) {
            let isList = try scanner.peek(json) == .array
            if count > 0, isList != hasLists { return note("its data has values beside lists") }
            (count, hasLists) = (count + 1, isList)
            if !isList {
                try readValue(json)
            } else if depth + 1 < tensor.shape.count {
                try read(json, depth: depth + 1)
            } else {
                note("its data is nested deeper than its shape")
            }
        }
        let isNested = depth > 0 || hasLists
        if isNested, problem == nil, values.count < most, count != tensor.shape[depth] {
            note("a list in its data has \(count) elements, and its shape says \(tensor.shape[depth])")
        }
    }

    private mutating func readValue(_ json: RawSpan) throws(DecodeError) {
        let kind = try scanner.peek(json)
        switch (kind, tensor.datatype) {
        case (.number, .fp32), (.number, .fp64): values.append(try scanner.number(json))
        case (.number, .int64): values.append(Double(try scanner.integer(json)))
        case (.bool, .bool): values.append(try scanner.bool(json) ? 1 : 0)
        case (.number, .bool):
            let number = try scanner.integer(json)
            if number != 0, number != 1 { return note("a BOOL is true, false, 0 or 1") }
            values.append(Double(number))
        default: note("its data must be values of \(tensor.datatype.rawValue)")
        }
    }

    private mutating func note(_ text: String) { if problem == nil { problem = text } }
}
