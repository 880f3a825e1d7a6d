/// Writes the changelog's binary values: little-endian, doubles as their bits.
public struct ChangelogWriter: Sendable {
    public internal(set) var bytes: [UInt8] = []

    public init() {}

    init(bytes: [UInt8]) { self.bytes = bytes }

    public mutating func put(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func put(_ value: Int64) { put(UInt64(bitPattern: value)) }
    public mutating func put(_ value: Double) { put(value.bitPattern) }
    public mutating func put(_ value: Int) { put(Int64(value)) }
}

/// Reads what `ChangelogWriter` wrote.
public struct ChangelogReader: Sendable {
    /// The changelog holds something that this version did not write.
    public struct Malformed: Error {
        public init() {}
    }

    let bytes: [UInt8]
    var at: Int

    public init(_ bytes: [UInt8]) { self.init(bytes, at: 0) }

    init(_ bytes: [UInt8], at: Int) {
        self.bytes = bytes
        self.at = at
    }

    /// Bytes that are not read yet.
    public var remaining: Int { bytes.count - at }

    public mutating func word() throws(Malformed) -> UInt64 {
        guard remaining >= 8 else { throw Malformed() }
        defer { at += 8 }
        return bytes.span.bytes.word(at)
    }

    public mutating func integer() throws(Malformed) -> Int64 { Int64(bitPattern: try word()) }
    public mutating func double() throws(Malformed) -> Double { Double(bitPattern: try word()) }

    /// A double that can stand in a record.
    public mutating func finite() throws(Malformed) -> Double {
        let value = try double()
        guard value.isFinite else { throw Malformed() }
        return value
    }

    /// A time far inside of 64 bits, so that sums and differences with it cannot overflow.
    public mutating func time() throws(Malformed) -> Int64 {
        let time = try integer()
        guard time.magnitude < 1 << 60 else { throw Malformed() }
        return time
    }

    /// The same, or `Int64.min`: no time yet.
    public mutating func timeOrNever() throws(Malformed) -> Int64 {
        let time = try integer()
        guard time == .min || time.magnitude < 1 << 60 else { throw Malformed() }
        return time
    }

    /// Nothing more may come.
    public func end() throws(Malformed) {
        if remaining > 0 { throw Malformed() }
    }

    /// A count of things that take at least `size` bytes each.
    public mutating func count(ofSize size: Int) throws(Malformed) -> Int {
        let count = try integer()
        guard count >= 0, count <= remaining / size else { throw Malformed() }
        return Int(count)
    }
}
