/// Writes a Protocol Buffers message, field by field.
///
/// *Source*: https://protobuf.dev/programming-guides/encoding/
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    private mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    private mutating func tag(_ field: Int, _ wire: UInt64) { varint(UInt64(field) << 3 | wire) }

    mutating func put(_ field: Int, _ value: Int) {
        tag(field, 0)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func put(_ field: Int, _ content: [UInt8]) {
        tag(field, 2)
        varint(UInt64(content.count))
        bytes += content
    }

    mutating func put(_ field: Int, _ text: String) { put(field, Array(text.utf8)) }

    mutating func put(_ field: Int, _ message: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        message(&inner)
        put(field, inner.bytes)
    }

    /// A packed list of integers.
    mutating func put(_ field: Int, _ values: [Int]) {
        put(field) { list in
            for value in values { list.varint(UInt64(bitPattern: Int64(value))) }
        }
    }
}

/// Reads a Protocol Buffers message, field by field.
struct ProtobufReader {
    /// A field's value.
    enum Value {
        case integer(UInt64)
        case fixed32(UInt32)
        case fixed64(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field and its value; nil at the end.
    mutating func next() throws(ModelError) -> (field: Int, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint(), field = Int(tag >> 3 & 0x1FFF_FFFF)
        switch tag & 7 {
        case 0: return (field, .integer(try varint()))
        case 1: return (field, .fixed64(try little(UInt64.self)))
        case 2:
            let count = try varint()
            return (field, .bytes(try take(count)))
        case 5: return (field, .fixed32(try little(UInt32.self)))
        default: throw .unsupported("it is not an ONNX file (a field of wire type \(tag & 7))")
        }
    }

    mutating func varint() throws(ModelError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = rest.popFirst() else { throw .unsupported("the ONNX file ends too early") }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw .unsupported("it is not an ONNX file (a number without an end)")
    }

    var isAtEnd: Bool { rest.isEmpty }

    private mutating func take(_ count: UInt64) throws(ModelError) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw .unsupported("the ONNX file ends too early") }
        defer { rest = rest.dropFirst(Int(count)) }
        return rest.prefix(Int(count))
    }

    mutating func little<Integer: FixedWidthInteger>(_: Integer.Type) throws(ModelError) -> Integer {
        try take(UInt64(Integer.bitWidth / 8)).reversed().reduce(0) { $0 << 8 | Integer($1) }
    }
}
