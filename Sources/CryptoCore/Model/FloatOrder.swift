/// Float32 values as integers of the same order.
enum FloatOrder {
    /// The place of a value among all float32 values, unsigned; 0 and -0 have the same. NaN has none.
    @inline(__always)
    static func key(_ value: Float) -> UInt32 {
        let bits = (value + 0).bitPattern
        return bits ^ (UInt32(bitPattern: Int32(bitPattern: bits) >> 31) | 1 << 31)
    }

    /// The place of the largest float32 value that is at most `limit`: a float32 is at most `limit` where its place is at most this.
    static func key(atMost limit: Double) -> UInt32 {
        let nearest = Float(limit)
        return key(Double(nearest) > limit ? nearest.nextDown : nearest)
    }
}
