import CryptoCore
import Foundation
import Testing

/// A whole document as a value: what the scanner reads, in the shape in which Foundation gives it.
enum JSONTree: Equatable {
    case object([String: JSONTree])
    case array([JSONTree])
    case string(String)
    case number(Double)
    case bool(Bool)
    case null

    /// Reads all of `bytes` through the scanner.
    init(scanning bytes: [UInt8]) throws(DecodeError) {
        let span = bytes.span.bytes
        // First the walk that no nesting can exhaust, as the record path does with fields it does not know.
        var skipping = JSONScanner()
        try skipping.skipValue(span)
        try skipping.end(span)
        var scanner = JSONScanner()
        self = try JSONTree.value(&scanner, span)
        try scanner.end(span)
        precondition(scanner.at == skipping.at, "reading and skipping end at the same byte")
    }

    private static func value(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> JSONTree {
        switch try scanner.peek(bytes) {
        case .object:
            var members: [String: JSONTree] = [:]
            try scanner.enterObject(bytes)
            while let key = try scanner.nextKey(bytes) { members[key.string(in: bytes)] = try value(&scanner, bytes) }
            return .object(members)
        case .array:
            var elements: [JSONTree] = []
            try scanner.enterArray(bytes)
            while try scanner.nextElement(bytes) { elements.append(try value(&scanner, bytes)) }
            return .array(elements)
        case .string: return .string(try scanner.string(bytes).string(in: bytes))
        case .number: return .number(try number(&scanner, bytes))
        case .bool: return .bool(try scanner.bool(bytes))
        case .null:
            try scanner.null(bytes)
            return .null
        }
    }

    /// A number, which must be the one that C's `strtod` reads in the same text, bit for bit.
    private static func number(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> Double {
        let start = scanner.at
        let value = try scanner.number(bytes)
        // `strtod` passes over white space as the scanner does.
        let text = String(decoding: (start..<scanner.at).map { bytes.byte($0) }, as: UTF8.self)
        if value.bitPattern != strtod(text, nil).bitPattern { Issue.record("\(text) is not \(value)") }
        return value
    }

    /// The same from what `JSONSerialization` gives.
    init(_ value: Any) {
        switch value {
        case let members as [String: Any]: self = .object(members.mapValues { JSONTree($0) })
        case let elements as [Any]: self = .array(elements.map { JSONTree($0) })
        case let text as String: self = .string(text)
        case is NSNull: self = .null
        case let number as NSNumber:
            self = String(cString: number.objCType) == "c" ? .bool(number.boolValue) : .number(number.doubleValue)
        default: preconditionFailure("JSONSerialization gave \(type(of: value))")
        }
    }

    /// Whether a number in it is infinite: its text overflowed.
    var overflows: Bool {
        switch self {
        case .object(let members): members.values.contains { $0.overflows }
        case .array(let elements): elements.contains { $0.overflows }
        case .number(let value): !value.isFinite
        default: false
        }
    }

    /// Whether both are the same but for numbers that are `ulps` apart, or 0 and -0.
    func isClose(to other: JSONTree, ulps: Double) -> Bool {
        switch (self, other) {
        case (.object(let a), .object(let b)):
            return a.count == b.count && a.allSatisfy { key, value in b[key]?.isClose(to: value, ulps: ulps) ?? false }
        case (.array(let a), .array(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { $0.isClose(to: $1, ulps: ulps) }
        case (.number(let a), .number(let b)): return abs(a - b) <= ulps * max(a.ulp, b.ulp)
        default: return self == other
        }
    }
}
