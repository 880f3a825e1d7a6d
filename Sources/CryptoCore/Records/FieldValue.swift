/// What a field holds, as a row's cell.
package enum FieldContent: Sendable {
    case null
    case integer(Int64)
    case real(Double)
    case bool(Bool)
    case text(String)
    /// An array or an object: its JSON.
    case json
}

/// A type that a field of a record can have: knows its JSON, both ways.
package protocol FieldValue: Equatable, Sendable {
    static var type: FieldType { get }
    /// Whether `null` is one of its values.
    static var isNullable: Bool { get }
    /// The JSON Schema of its values where the field says no other, `null` not among them.
    static var form: String { get }

    /// Writes the value.
    func encode(into json: inout JSONWriter)
    /// Writes a member of an object.
    func encode(_ name: StaticString, into json: inout JSONWriter)
    /// Reads the value that comes next.
    /// - Throws: what is wrong with it, as the field `name`.
    static func decode(_ name: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) -> Self
    var content: FieldContent { get }
}

extension FieldValue {
    package static var isNullable: Bool { false }

    @inline(__always)
    package func encode(_ name: StaticString, into json: inout JSONWriter) {
        json.key(name)
        encode(into: &json)
    }
}

extension Int64: FieldValue {
    package static var type: FieldType { .integer }
    package static var form: String { #"{"type": "integer"}"# }
    package var content: FieldContent { .integer(self) }

    package func encode(into json: inout JSONWriter) { json.value(self) }

    @inline(__always)
    package func encode(_ name: StaticString, into json: inout JSONWriter) { json.field(name, self) }

    package static func decode(
        _ name: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> Int64 {
        let start = scanner.at
        guard try scanner.peek(bytes) == .number else {
            throw DecodeError(.badField(name, "a whole number"), at: start)
        }
        do { return try scanner.integer(bytes) } catch {
            throw DecodeError(.badField(name, "a whole number"), at: start)
        }
    }
}

extension Double: FieldValue {
    package static var type: FieldType { .real }
    package static var form: String { Form.finite.schema.description }
    package var content: FieldContent { .real(self) }

    package func encode(into json: inout JSONWriter) { json.value(self) }

    @inline(__always)
    package func encode(_ name: StaticString, into json: inout JSONWriter) { json.field(name, self) }

    package static func decode(
        _ name: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> Double { try TickView.number(name, &scanner, bytes) }
}

extension Bool: FieldValue {
    package static var type: FieldType { .bool }
    package static var form: String { #"{"type": "boolean"}"# }
    package var content: FieldContent { .bool(self) }

    package func encode(into json: inout JSONWriter) { json.value(self) }

    package static func decode(
        _ name: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> Bool { try TickView.flag(name, &scanner, bytes) }
}

/// A text that is not empty.
extension String: FieldValue {
    package static var type: FieldType { .text }
    package static var form: String { #"{"type": "string", "minLength": 1}"# }
    package var content: FieldContent { .text(self) }

    package func encode(into json: inout JSONWriter) { json.value(self) }

    package static func decode(
        _ name: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> String { try TickView.text(name, &scanner, bytes).string(in: bytes) }
}

/// `null` where there is no value.
extension Optional: FieldValue where Wrapped: FieldValue {
    package static var type: FieldType { Wrapped.type }
    package static var isNullable: Bool { true }
    package static var form: String { Wrapped.form }
    package var content: FieldContent { self?.content ?? .null }

    package func encode(into json: inout JSONWriter) {
        if let self { self.encode(into: &json) } else { json.null() }
    }

    package static func decode(
        _ name: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> Wrapped? {
        guard try scanner.peek(bytes) == .null else { return try Wrapped.decode(name, &scanner, bytes) }
        try scanner.null(bytes)
        return nil
    }
}

extension Array: FieldValue where Element: FieldValue {
    package static var type: FieldType { .json }
    package static var form: String { #"{"type": "array", "items": \#(Element.nullableForm)}"# }
    package var content: FieldContent { .json }

    package func encode(into json: inout JSONWriter) {
        json.beginArray()
        for element in self { element.encode(into: &json) }
        json.endArray()
    }

    package static func decode(
        _ name: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> [Element] {
        guard try scanner.peek(bytes) == .array else { throw DecodeError(.badField(name, "an array"), at: scanner.at) }
        var elements: [Element] = []
        try scanner.enterArray(bytes)
        while try scanner.nextElement(bytes) { elements.append(try Element.decode(name, &scanner, bytes)) }
        return elements
    }
}

/// An object whose members' names are data; written in the order of the names, so that equal ones have equal bytes.
extension Dictionary: FieldValue where Key == String, Value: FieldValue {
    package static var type: FieldType { .json }
    package static var form: String { #"{"type": "object", "additionalProperties": \#(Value.nullableForm)}"# }
    package var content: FieldContent { .json }

    package func encode(into json: inout JSONWriter) {
        json.beginObject()
        for (key, value) in sorted(by: { $0.key < $1.key }) {
            json.key(key)
            value.encode(into: &json)
        }
        json.endObject()
    }

    package static func decode(
        _ name: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> [String: Value] {
        guard try scanner.peek(bytes) == .object else {
            throw DecodeError(.badField(name, "an object"), at: scanner.at)
        }
        var members: [String: Value] = [:]
        try scanner.enterObject(bytes)
        while let key = try scanner.nextKey(bytes) {
            members[key.string(in: bytes)] = try Value.decode(name, &scanner, bytes)
        }
        return members
    }
}

extension FieldValue {
    /// The JSON Schema of its values, `null` among them where it is one.
    package static var nullableForm: String { isNullable ? #"{"anyOf": [\#(form), {"type": "null"}]}"# : form }
}

/// A value that is one of a few texts: its `description`.
package protocol Choice: FieldValue, CaseIterable, CustomStringConvertible {
    /// All of them, for a person.
    static var wanted: StaticText { get }
}

extension Choice {
    package static var type: FieldType { .text }
    package static var form: String {
        #"{"enum": [\#(allCases.map { "\"\($0.description)\"" }.joined(separator: ", "))]}"#
    }
    package var content: FieldContent { .text(description) }

    package func encode(into json: inout JSONWriter) { json.value(description) }

    package static func decode(
        _ name: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> Self {
        let text = try TickView.text(name, &scanner, bytes).string(in: bytes)
        guard let choice = allCases.first(where: { $0.description == text }) else {
            throw DecodeError(.badField(name, wanted), at: 0)
        }
        return choice
    }
}
