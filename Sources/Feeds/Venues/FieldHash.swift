internal import CryptoCore

/// A trade id where the venue gives none: a hash of all fields, as 16 hexadecimal digits.
///
/// FNV-1a. Among a million trades of a series two share an id with a chance of 3 in 10^8.
struct FieldHash {
    static let digits = 16

    private var hash = FNV1a()

    /// Takes in one field, its end too: `1`, `23` is not `12`, `3`.
    mutating func add(_ text: JSONText, _ bytes: RawSpan) {
        for at in text.offset..<text.offset + text.count { hash.add(bytes.byte(at)) }
        hash.add(0)
    }

    /// Puts the digits behind `bytes` and says where they lie.
    func write(to bytes: inout [UInt8]) -> JSONText {
        let start = bytes.count
        for shift in stride(from: UInt64(60), through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: hash.value >> shift & 15)
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
        return JSONText(offset: start, count: FieldHash.digits)
    }
}
