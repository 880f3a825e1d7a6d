/// Bytes as text. *Source*: RFC 4648, section 4.
public enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Appends the text, padded.
    public static func encode(_ data: RawSpan, to bytes: inout [UInt8]) {
        var at = 0
        while at < data.byteCount {
            let count = min(3, data.byteCount - at)
            var group: UInt32 = 0
            for i in 0..<3 { group = group << 8 | (i < count ? UInt32(data.byte(at + i)) : 0) }
            for i in 0..<4 {
                bytes.append(i <= count ? digits[Int(group >> UInt32(18 - 6 * i) & 63)] : UInt8(ascii: "="))
            }
            at += 3
        }
    }

    /// Nil when the text is not what `encode` writes.
    public static func decode(_ text: RawSpan) -> [UInt8]? {
        guard text.byteCount % 4 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.byteCount / 4 * 3)
        for at in stride(from: 0, to: text.byteCount, by: 4) {
            var group: UInt32 = 0
            var padding = 0
            for i in 0..<4 {
                let byte = text.byte(at + i)
                if byte == UInt8(ascii: "="), i >= 2, at + 4 == text.byteCount {
                    padding += 1
                    group <<= 6
                } else {
                    guard padding == 0, let digit = digits.firstIndex(of: byte) else { return nil }
                    group = group << 6 | UInt32(digit)
                }
            }
            for i in 0..<(3 - padding) { bytes.append(UInt8(truncatingIfNeeded: group >> UInt32(16 - 8 * i))) }
        }
        return bytes
    }
}
