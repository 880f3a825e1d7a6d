/// Meets the fields of a described object one after the other: an encoder, a decoder, a list of columns, a row.
package protocol FieldVisitor {
    /// A field that is always there; `null` where its type has that and there is no value.
    /// - Parameter form: which values of the type it takes; nil: all.
    mutating func field<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value, _ form: Form?, _ meaning: StaticString)
    /// A field that is absent where there is no value.
    mutating func optional<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value?, _ form: Form?, _ meaning: StaticString)
}

extension FieldVisitor {
    @inline(__always)
    package mutating func field<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value, _ meaning: StaticString = ""
    ) { field(name, &value, nil, meaning) }

    @inline(__always)
    package mutating func field<Value: FieldValue>(_ name: StaticString, _ value: inout Value, _ form: Form) {
        field(name, &value, form, "")
    }

    @inline(__always)
    package mutating func optional<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value?, _ meaning: StaticString = ""
    ) { optional(name, &value, nil, meaning) }

    @inline(__always)
    package mutating func optional<Value: FieldValue>(_ name: StaticString, _ value: inout Value?, _ form: Form) {
        optional(name, &value, form, "")
    }

    /// The two fields `source` and `symbol`.
    @inline(__always)
    package mutating func series(_ series: inout Series) {
        field("source", &series.source, .source)
        field("symbol", &series.symbol, .symbol)
    }
}

/// A JSON object described once, by `visit`: its fields in the order in which they are written. Encoder, decoder, columns,
/// cells and JSON Schema follow from that. It can be a field of another one.
///
/// `visit` hands each property to the visitor. One function does it for reading and writing, so that a field is named in
/// one place, and the compiler makes of it what one would write by hand.
package protocol FieldObject: FieldValue {
    /// One without content, for the decoder to fill.
    init()
    /// Hands every field to `visitor`, always all of them; what only reads leaves them as they are.
    mutating func visit(_ visitor: inout some FieldVisitor)
    /// What the fields must be together.
    /// - Throws: the first thing that is wrong.
    func check() throws(DecodeError)
    /// Decodes an object, the whole of `bytes`; fields it does not know are skipped.
    /// - Throws: the first thing that is wrong with it.
    init(decoding bytes: RawSpan) throws(DecodeError)
}

extension FieldObject {
    package static var type: FieldType { .json }
    package var content: FieldContent { .json }
    package func check() throws(DecodeError) {}

    /// The fields in the order in which they are written.
    package static var fields: [Field] {
        var list = FieldList()
        var blank = Self()
        blank.visit(&list)
        return list.fields
    }

    package static var form: String {
        let properties = fields.map { field in
            let form = field.isNullable ? #"{"anyOf": [\#(field.form), {"type": "null"}]}"# : field.form
            return #""\#(field.name)": \#(form)"#
        }
        let required = fields.filter { !$0.isOptional }.map { #""\#($0.name)""# }
        return #"{"type": "object", "required": [\#(required.joined(separator: ", "))], "#
            + #""properties": {\#(properties.joined(separator: ", "))}}"#
    }

    /// Appends the JSON object.
    package func encode(into json: inout JSONWriter) {
        json.beginObject()
        var copy = self
        copy.visit(&json)
        json.endObject()
    }

    package init(decoding bytes: RawSpan) throws(DecodeError) {
        self = try bytes.withUnsafeBytes { raw throws(DecodeError) in
            var decoder = try FieldDecoder(raw)
            var object = Self()
            object.visit(&decoder)
            if let error = decoder.error { throw error }
            try object.check()
            return object
        }
    }

    package static func decode(
        _ name: StaticText, _ scanner: inout JSONScanner, _ bytes: RawSpan
    ) throws(DecodeError) -> Self {
        guard try scanner.peek(bytes) == .object else {
            throw DecodeError(.badField(name, "an object"), at: scanner.at)
        }
        let start = scanner.at
        try scanner.skipValue(bytes)
        return try Self(decoding: bytes.extracting(start..<scanner.at))
    }
}

/// Collects what is said of each field.
struct FieldList: FieldVisitor {
    private(set) var fields: [Field] = []

    mutating func field<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value, _ form: Form?, _ meaning: StaticString
    ) { add(Value.self, name, form, meaning, isOptional: false) }

    mutating func optional<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value?, _ form: Form?, _ meaning: StaticString
    ) { add(Value.self, name, form, meaning, isOptional: true) }

    private mutating func add<Value: FieldValue>(
        _ type: Value.Type, _ name: StaticString, _ form: Form?, _ meaning: StaticString, isOptional: Bool
    ) {
        fields.append(
            Field(
                name, Value.type, form: form?.schema.description ?? Value.form, isNullable: Value.isNullable,
                isOptional: isOptional, meaning: meaning))
    }
}

/// Writes each field as a member of the object that is open.
extension JSONWriter: FieldVisitor {
    @inline(__always)
    package mutating func field<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value, _ form: Form?, _ meaning: StaticString
    ) { value.encode(name, into: &self) }

    @inline(__always)
    package mutating func optional<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value?, _ form: Form?, _ meaning: StaticString
    ) { if let value { value.encode(name, into: &self) } }
}

/// Fills each field from the member of its name; the first thing that is wrong ends it.
struct FieldDecoder: FieldVisitor {
    private let bytes: UnsafeRawBufferPointer
    private let members: RecordFields
    private(set) var error: DecodeError?

    /// - Parameter bytes: a JSON object; must stay where it is while the decoder is used.
    init(_ bytes: UnsafeRawBufferPointer) throws(DecodeError) {
        self.bytes = bytes
        var members = RecordFields()
        try members.read(bytes.bytes)
        self.members = members
    }

    mutating func field<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value, _ form: Form?, _ meaning: StaticString
    ) {
        if error != nil { return }
        let name = StaticText(stringLiteral: name)
        do throws(DecodeError) {
            var scanner = try members.scanner(name, bytes.bytes)
            value = try Value.decode(name, &scanner, bytes.bytes)
        } catch { self.error = error }
    }

    mutating func optional<Value: FieldValue>(
        _ name: StaticString, _ value: inout Value?, _ form: Form?, _ meaning: StaticString
    ) {
        if error != nil { return }
        let name = StaticText(stringLiteral: name)
        guard var scanner = members.scannerIfThere(name, bytes.bytes) else { return }
        do throws(DecodeError) { value = try Value.decode(name, &scanner, bytes.bytes) } catch { self.error = error }
    }
}
