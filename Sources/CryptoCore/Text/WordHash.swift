/// A fast hash of bytes for tables and checksums in memory: multiply and fold, eight bytes at a time.
///
/// *Source*: the step of wyhash (Wang Yi, public domain).
public enum WordHash {
    /// The hash of `count` bytes from `start` on, which the caller has checked to be inside.
    @inlinable @inline(__always)
    public static func of(_ bytes: RawSpan, from start: Int, count: Int, seed: UInt64) -> UInt64 {
        var hash = seed
        var at = start
        let end = start &+ count
        while at &+ 8 <= end {
            hash = fold(hash ^ bytes.word(at), 0xA076_1D64_78BD_642F)
            at &+= 8
        }
        var tail: UInt64 = 0
        while at < end {
            tail = tail << 8 | UInt64(bytes.byte(at))
            at &+= 1
        }
        return fold(hash ^ tail, 0xE703_7ED1_A0B4_28DB ^ UInt64(count))
    }

    @inlinable @inline(__always)
    static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
