internal import CryptoCore

/// Reads rows of features from JSON: an object, or an array of objects.
///
/// What is no JSON beats all else; of wrong fields the first one is told, and what follows it is only passed over.
/// *Complexity*: one pass, nothing allocated a row.
struct RowReader {
    /// A request has at most so many rows: others wait while it is answered.
    static let mostRows = 10_000

    /// *Shape*: `rows × features`, row after row, each value finite.
    private(set) var values: [Float] = []
    private(set) var rowCount = 0
    /// Whether the body is an array, which is answered by an array.
    private(set) var isArray = false

    private let features: [AskedModel.Feature]
    private var scanner = JSONScanner()
    private var problem: Refusal?

    init(_ features: [AskedModel.Feature]) { self.features = features }

    /// Reads all of a body.
    /// - Throws: `.notJSON`, `.field`, `.tooManyRows`.
    mutating func read(_ body: RawSpan) throws(Refusal) {
        values.reserveCapacity(features.count)
        do throws(DecodeError) { try readRows(body) } catch {
            throw .notJSON(
                body.byteCount == 0 ? "the body is empty: send an object or an array of objects" : "\(error)")
        }
        if let problem { throw problem }
    }

    private mutating func readRows(_ body: RawSpan) throws(DecodeError) {
        switch try scanner.peek(body) {
        case .object: try readRow(body)
        case .array:
            isArray = true
            try scanner.enterArray(body)
            while try scanner.nextElement(body) {
                guard rowCount < RowReader.mostRows else {
                    problem = .tooManyRows(RowReader.mostRows)
                    return
                }
                if problem == nil {
                    try readRow(body)
                } else {
                    rowCount += 1
                    try scanner.skipValue(body)
                }
            }
        default:
            note(.type, "the body must be an object or an array of objects")
            try scanner.skipValue(body)
        }
        try scanner.end(body)
    }

    private mutating func readRow(_ body: RawSpan) throws(DecodeError) {
        rowCount += 1
        guard try scanner.peek(body) == .object else {
            note(.type, "must be an object of the fields \(names)")
            return try scanner.skipValue(body)
        }
        let first = values.count
        // NaN: not read yet, as no field may be it.
        for _ in features { values.append(.nan) }
        var next = 0
        try scanner.enterObject(body)
        while let key = try scanner.nextKey(body) {
            guard problem == nil, let index = index(of: key, body, next) else {
                if problem == nil { noteUnknown(key, body) }
                try scanner.skipValue(body)
                continue
            }
            next = index + 1
            if !values[first + index].isNaN { note(.twice, "\(features[index].name): stands there twice") }
            values[first + index] = try readValue(features[index], body)
        }
        guard problem == nil else { return }
        for index in features.indices where values[first + index].isNaN {
            return note(.missing, "\(features[index].name): is missing")
        }
    }

    /// Fields mostly come in the model's order.
    private func index(of key: JSONText, _ body: RawSpan, _ next: Int) -> Int? {
        if next < features.count, features[next].isNamed(key, in: body) { return next }
        return features.firstIndex { $0.isNamed(key, in: body) }
    }

    /// The value of a feature; any number where it is wrong, which is noted.
    private mutating func readValue(_ feature: AskedModel.Feature, _ body: RawSpan) throws(DecodeError) -> Float {
        if scanner.at < body.byteCount, body.byte(scanner.at) &- UInt8(ascii: "0") <= 9 {
            return checked(try scanner.number(body), feature)
        }
        if let word = RowReader.wordOfNoNumber(body, at: scanner.at) {
            scanner.at = word.end
            note(.nan, "\(feature.name): must be a number, not \(word.text)")
            return 0
        }
        let kind = try scanner.peek(body)
        switch kind {
        case .number: return checked(try scanner.number(body), feature)
        case .bool where feature.isFlag: return try scanner.bool(body) ? 1 : 0
        default:
            let wanted = feature.isFlag ? "true, false, 0 or 1" : "a number"
            note(kind == .null ? .null : .type, "\(feature.name): must be \(wanted), not \(RowReader.name(of: kind))")
            try scanner.skipValue(body)
            return 0
        }
    }

    private mutating func checked(_ number: Double, _ feature: AskedModel.Feature) -> Float {
        do throws(Refusal) { return try FeatureValue.checked(number, feature) } catch {
            if problem == nil { problem = prefixed(error) }
            return 0
        }
    }

    private mutating func noteUnknown(_ key: JSONText, _ body: RawSpan) {
        note(.unknown, "\(Refusal.shown(key.string(in: body))): no field of the model, which has \(names)")
    }

    /// The first one counts. A value at most is read behind it, so that few texts are made that nobody takes.
    private mutating func note(_ fault: Refusal.Fault, _ text: String) {
        if problem == nil { problem = prefixed(.field(fault, text)) }
    }

    private func prefixed(_ refusal: Refusal) -> Refusal {
        guard isArray, case .field(let fault, let text) = refusal else { return refusal }
        return .field(fault, "row \(rowCount): \(text)")
    }

    private var names: String { features.map(\.name).joined(separator: ", ") }

    private static func name(of kind: JSONScanner.Kind) -> String {
        switch kind {
        case .object: "an object"
        case .array: "an array"
        case .string: "a text"
        case .number: "a number"
        case .bool: "true or false"
        case .null: "null"
        }
    }

    /// What programs write for numbers that JSON has not, behind white space.
    private static func wordOfNoNumber(_ body: RawSpan, at start: Int) -> (text: StaticString, end: Int)? {
        var at = start
        while at < body.byteCount, [0x20, 0x09, 0x0A, 0x0D].contains(body.byte(at)) { at += 1 }
        guard at < body.byteCount else { return nil }
        let first = body.byte(at)
        guard first == UInt8(ascii: "N") || first == UInt8(ascii: "I") || first == UInt8(ascii: "-") else { return nil }
        for word: StaticString in ["NaN", "Infinity", "-Infinity"] {
            let count = word.utf8CodeUnitCount
            guard at + count <= body.byteCount else { continue }
            if (0..<count).allSatisfy({ body.byte(at + $0) == word.utf8Start[$0] }) { return (word, at + count) }
        }
        return nil
    }
}

/// A number as a forest takes it.
enum FeatureValue {
    /// - Throws: `.field`, where it is not finite as a 32-bit float, or no yes or no where the feature is one.
    @inline(__always)
    static func checked(_ number: Double, _ feature: AskedModel.Feature) throws(Refusal) -> Float {
        let isHeld = number.magnitude <= Double(Float.greatestFiniteMagnitude)
        if isHeld, !feature.isFlag || number == 0 || number == 1 { return Float(number) }
        throw fault(number, feature)
    }

    @inline(never)
    private static func fault(_ number: Double, _ feature: AskedModel.Feature) -> Refusal {
        if number.isNaN { return .field(.nan, "\(feature.name): must be a number, not NaN") }
        if number.magnitude > Double(Float.greatestFiniteMagnitude) {
            return .field(
                .overflow, "\(feature.name): is too large, the largest number is \(Float.greatestFiniteMagnitude)")
        }
        return .field(.type, "\(feature.name): must be true, false, 0 or 1")
    }
}
