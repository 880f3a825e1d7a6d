/// Writes the changelog's binary values: little-endian, doubles as their bits.
struct StateWriter {
    var bytes: [UInt8] = []

    mutating func put(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ value: Int64) { put(UInt64(bitPattern: value)) }
    mutating func put(_ value: Double) { put(value.bitPattern) }
    mutating func put(_ value: Int) { put(Int64(value)) }
}

/// Reads what `StateWriter` wrote.
struct StateReader {
    /// The changelog holds something that this version did not write.
    struct Malformed: Error {}

    let bytes: [UInt8]
    var at: Int

    init(_ bytes: [UInt8], at: Int = 0) {
        self.bytes = bytes
        self.at = at
    }

    var remaining: Int { bytes.count - at }

    mutating func word() throws(Malformed) -> UInt64 {
        guard remaining >= 8 else { throw Malformed() }
        defer { at += 8 }
        return bytes.span.bytes.word(at)
    }

    mutating func integer() throws(Malformed) -> Int64 { Int64(bitPattern: try word()) }
    mutating func double() throws(Malformed) -> Double { Double(bitPattern: try word()) }

    /// A count of things that take at least `size` bytes each.
    mutating func count(ofSize size: Int) throws(Malformed) -> Int {
        let count = try integer()
        guard count >= 0, count <= remaining / size else { throw Malformed() }
        return Int(count)
    }
}
