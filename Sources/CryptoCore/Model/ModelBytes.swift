/// Writes the parts of a model file: little-endian, doubles as their bits, texts and lists behind their length.
struct ModelWriter {
    var bytes: [UInt8] = []

    mutating func put(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
    mutating func put(_ value: Double) { put(value.bitPattern) }
    mutating func put(_ value: Float) { put(value.bitPattern) }

    mutating func put(bytes more: [UInt8]) {
        put(UInt64(more.count))
        bytes += more
    }
    mutating func put(_ text: String) { put(bytes: Array(text.utf8)) }

    mutating func put<Element>(_ list: [Element], _ each: (inout ModelWriter, Element) -> Void) {
        put(UInt64(list.count))
        for element in list { each(&self, element) }
    }
    mutating func put(_ list: [Double]) { put(list) { $0.put($1) } }
    mutating func put(_ list: [Float]) { put(list) { $0.put($1) } }
}

/// Reads what `ModelWriter` wrote; whatever else it finds is an error.
struct ModelReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var at = 0

    /// - Parameter bytes: valid as long as the reader.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var remaining: Int { bytes.count - at }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type) throws(ModelError) -> Value {
        let size = Value.bitWidth / 8
        guard remaining >= size else { throw .damaged("it ends too early") }
        defer { at += size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: Value.self))
    }

    mutating func double() throws(ModelError) -> Double { Double(bitPattern: try integer(UInt64.self)) }
    mutating func float() throws(ModelError) -> Float { Float(bitPattern: try integer(UInt32.self)) }

    /// A count of things that take at least `size` bytes each.
    mutating func count(ofSize size: Int) throws(ModelError) -> Int {
        let count = try integer(UInt64.self)
        guard count <= UInt64(remaining / size) else { throw .damaged("it has less than it says") }
        return Int(count)
    }

    mutating func byteList() throws(ModelError) -> [UInt8] {
        let count = try count(ofSize: 1)
        defer { at += count }
        return Array(bytes[at..<at + count])
    }

    mutating func text() throws(ModelError) -> String {
        guard let text = String(validating: try byteList(), as: UTF8.self) else {
            throw .damaged("a text is not UTF-8")
        }
        return text
    }

    mutating func list<Element>(
        ofSize size: Int, _ each: (inout ModelReader) throws(ModelError) -> Element
    ) throws(ModelError) -> [Element] {
        var list: [Element] = []
        let count = try count(ofSize: size)
        list.reserveCapacity(count)
        for _ in 0..<count { list.append(try each(&self)) }
        return list
    }

    mutating func doubles() throws(ModelError) -> [Double] {
        try list(ofSize: 8) { reader throws(ModelError) in try reader.double() }
    }
    mutating func floats() throws(ModelError) -> [Float] {
        try list(ofSize: 4) { reader throws(ModelError) in try reader.float() }
    }
}

/// CRC-32 as zlib computes it: finds every change of one byte, and of any 32 bits in a row.
///
/// *Source*: RFC 1952, section 8.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
        }
    }
}
