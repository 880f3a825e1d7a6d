internal import CMongoC
import CryptoCore

/// A BSON document that is built, used and built anew in the same memory. *Thread*: bound to one.
final class BSONDocument {
    let raw: OpaquePointer

    init() { raw = bson_new() }

    /// From JSON of our own (commands): never from a record's text.
    init(json: String) {
        var json = json
        let parsed = json.withUTF8 { bson_new_from_json($0.baseAddress, $0.count, nil) }
        guard let parsed else { preconditionFailure("a command that is not JSON: \(json)") }
        raw = parsed
    }

    deinit { bson_destroy(raw) }

    func removeAll() { bson_reinit(raw) }

    func append(_ key: BSONKey, _ number: Int64) { bson_append_int64(raw, key.text, key.count, number) }
    func append(_ key: BSONKey, _ number: Double) { bson_append_double(raw, key.text, key.count, number) }
    func append(_ key: BSONKey, _ flag: Bool) { bson_append_bool(raw, key.text, key.count, flag) }
    func appendDate(_ key: BSONKey, _ timeMs: Int64) { bson_append_date_time(raw, key.text, key.count, timeMs) }
    func appendNull(_ key: BSONKey) { bson_append_null(raw, key.text, key.count) }

    // Keys that are made at run time, off the path of rows.
    func append(_ key: String, _ number: Int64) { bson_append_int64(raw, key, -1, number) }
    func append(_ key: String, _ flag: Bool) { bson_append_bool(raw, key, -1, flag) }
    func appendDate(_ key: String, _ timeMs: Int64) { bson_append_date_time(raw, key, -1, timeMs) }
    func append(_ key: String, _ document: BSONDocument) { bson_append_document(raw, key, -1, document.raw) }

    /// NUL characters allowed.
    func append(_ key: String, text: String) {
        var text = text
        text.withUTF8 { utf8 in
            utf8.withMemoryRebound(to: CChar.self) {
                _ = bson_append_utf8(raw, key, -1, $0.baseAddress, Int32($0.count))
            }
        }
    }

    func append(_ key: String, array documents: [BSONDocument]) {
        let array = BSONDocument()
        for (i, document) in documents.enumerated() { array.append(String(i), document) }
        append(key, arrayOf: array)
    }

    /// The members of a document whose keys are "0", "1", ….
    func append(_ key: String, arrayOf members: BSONDocument) { bson_append_array(raw, key, -1, members.raw) }

    /// UTF-8, NUL characters allowed.
    func append(_ key: String, text: UnsafeBufferPointer<UInt8>) {
        text.withMemoryRebound(to: CChar.self) { text in
            _ = bson_append_utf8(raw, key, -1, text.baseAddress, Int32(text.count))
        }
    }

    /// UTF-8, NUL characters allowed.
    func append(_ key: BSONKey, text: UnsafeBufferPointer<UInt8>) {
        text.withMemoryRebound(to: CChar.self) { text in
            _ = bson_append_utf8(raw, key.text, key.count, text.baseAddress, Int32(text.count))
        }
    }

    func append(_ key: BSONKey, bytes: UnsafeBufferPointer<UInt8>) {
        bson_append_binary(raw, key.text, key.count, BSON_SUBTYPE_BINARY, bytes.baseAddress, UInt32(bytes.count))
    }

    func append(_ key: BSONKey, _ document: BSONDocument) {
        bson_append_document(raw, key.text, key.count, document.raw)
    }

    /// A JSON array or object as BSON: numbers that are digits only as 64-bit integers, all others as doubles.
    func append(_ key: BSONKey, json: UnsafeBufferPointer<UInt8>) {
        var scanner = JSONScanner()
        // The row's builder wrote this JSON: it parses.
        try? appendValue(UnsafeBufferPointer(start: key.text, count: Int(key.count)), &scanner, json.span.bytes)
    }

    /// Appends the value that comes next, as a member of this document or array.
    private func appendValue(
        _ key: UnsafeBufferPointer<CChar>, _ scanner: inout JSONScanner, _ json: RawSpan
    ) throws(DecodeError) {
        let (name, count) = (key.baseAddress, Int32(key.count))
        switch try scanner.peek(json) {
        case .null:
            try scanner.null(json)
            bson_append_null(raw, name, count)
        case .bool: bson_append_bool(raw, name, count, try scanner.bool(json))
        case .string:
            let text = try scanner.string(json).string(in: json)
            bson_append_utf8(raw, name, count, text, Int32(text.utf8.count))
        case .number: try appendNumber(name, count, &scanner, json)
        case .array:
            let array = BSONDocument()
            try array.appendElements(&scanner, json)
            bson_append_array(raw, name, count, array.raw)
        case .object:
            let object = BSONDocument()
            try object.appendMembers(&scanner, json)
            bson_append_document(raw, name, count, object.raw)
        }
    }

    private func appendNumber(
        _ name: UnsafePointer<CChar>?, _ count: Int32, _ scanner: inout JSONScanner, _ json: RawSpan
    ) throws(DecodeError) {
        var whole = scanner
        let text = try whole.numberText(json)
        let digits = text.string(in: json)
        if let number = Int64(digits) {
            scanner = whole
            bson_append_int64(raw, name, count, number)
        } else {
            bson_append_double(raw, name, count, try scanner.number(json))
        }
    }

    /// Appends the elements of a JSON array under `"0"`, `"1"`, …
    private func appendElements(_ scanner: inout JSONScanner, _ json: RawSpan) throws(DecodeError) {
        try scanner.enterArray(json)
        var index = 0
        while try scanner.nextElement(json) {
            try appendValue(named: String(index), &scanner, json)
            index += 1
        }
    }

    private func appendMembers(_ scanner: inout JSONScanner, _ json: RawSpan) throws(DecodeError) {
        try scanner.enterObject(json)
        while let key = try scanner.nextKey(json) { try appendValue(named: key.string(in: json), &scanner, json) }
    }

    private func appendValue(
        named name: String, _ scanner: inout JSONScanner, _ json: RawSpan
    ) throws(DecodeError) {
        let bytes = name.utf8CString
        try bytes.withUnsafeBufferPointer { buffer throws(DecodeError) in
            try appendValue(UnsafeBufferPointer(rebasing: buffer.dropLast()), &scanner, json)
        }
    }
}

/// A field's name as libbson wants it.
struct BSONKey: @unchecked Sendable {  // points into a literal, which lives for ever
    let text: UnsafePointer<CChar>
    let count: Int32

    init(_ name: StaticString) {
        text = UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
        count = Int32(name.utf8CodeUnitCount)
    }
}

@available(*, unavailable)
extension BSONDocument: Sendable {}
