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

    /// A double that can stand in a record.
    mutating func finite() throws(Malformed) -> Double {
        let value = try double()
        guard value.isFinite else { throw Malformed() }
        return value
    }

    /// A time far inside of 64 bits, so that sums and differences with it cannot overflow.
    mutating func time() throws(Malformed) -> Int64 {
        let time = try integer()
        guard time.magnitude < 1 << 60 else { throw Malformed() }
        return time
    }

    /// The same, or "no time yet".
    mutating func timeOrNever() throws(Malformed) -> Int64 {
        let time = try integer()
        guard time == SeriesWindows.never || time.magnitude < 1 << 60 else { throw Malformed() }
        return time
    }

    /// Nothing more may come.
    func end() throws(Malformed) {
        if remaining > 0 { throw Malformed() }
    }

    /// A count of things that take at least `size` bytes each.
    mutating func count(ofSize size: Int) throws(Malformed) -> Int {
        let count = try integer()
        guard count >= 0, count <= remaining / size else { throw Malformed() }
        return Int(count)
    }
}
