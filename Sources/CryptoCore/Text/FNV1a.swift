/// A hash of bytes that is the same on every machine and in every run: FNV-1a with 64 bits. It guards against no malice.
///
/// *Source*: Fowler, Noll, Vo; draft-eastlake-fnv.
@frozen
public struct FNV1a: Sendable {
    @usableFromInline var state: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The hash of what was taken in.
    @inlinable
    public var value: UInt64 { state }

    /// Of no bytes.
    @inlinable
    public init() {}

    /// Takes in the next byte.
    @inlinable
    public mutating func add(_ byte: UInt8) { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }

    /// Takes in the next bytes.
    @inlinable
    public mutating func add(_ bytes: some Sequence<UInt8>) { for byte in bytes { add(byte) } }

    /// Of all bytes in a span.
    @inlinable
    public init(_ bytes: RawSpan) {
        self.init()
        for at in 0..<bytes.byteCount { add(bytes.unsafeLoad(fromByteOffset: at, as: UInt8.self)) }
    }
}
