/// Percent-encoding, there and back. *Source*: RFC 3986, section 2.1.
public enum PercentText {
    /// Encodes the bytes of the text that are not unreserved (and `~`, which old servers do not take).
    public static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let hex = String(byte, radix: 16, uppercase: true)
                result += hex.utf8.count == 1 ? "%0\(hex)" : "%\(hex)"
            }
        }
        return result
    }

    /// Decoded; nil where an escape is broken, or the bytes are no UTF-8 or have a zero byte.
    public static func strict(_ bytes: UnsafeRawBufferPointer) -> String? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var i = 0
        while i < bytes.count {
            guard let byte = byte(bytes, &i), byte != 0 else { return nil }
            decoded.append(byte)
        }
        return String(validating: decoded, as: UTF8.self)
    }

    /// Decoded; a broken escape stays as it is, broken UTF-8 becomes U+FFFD.
    public static func lenient(_ bytes: UnsafeRawBufferPointer) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var i = 0
        while i < bytes.count {
            if let byte = byte(bytes, &i) {
                decoded.append(byte)
            } else {
                decoded.append(bytes[i])
                i += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Decoded; a broken escape stays as it is, broken UTF-8 becomes U+FFFD.
    public static func lenient(_ text: some StringProtocol) -> String {
        Array(text.utf8).withUnsafeBytes { lenient($0) }
    }

    /// Whether the bytes, decoded, are these. *Complexity*: no allocation.
    public static func equal(_ bytes: UnsafeRawBufferPointer, _ plain: [UInt8]) -> Bool {
        var i = 0
        for wanted in plain {
            guard i < bytes.count, byte(bytes, &i) == wanted else { return false }
        }
        return i == bytes.count
    }

    /// The next byte; nil, with `i` where it was, at a broken escape.
    private static func byte(_ bytes: UnsafeRawBufferPointer, _ i: inout Int) -> UInt8? {
        guard bytes[i] == UInt8(ascii: "%") else {
            i += 1
            return bytes[i - 1]
        }
        guard i + 2 < bytes.count, let high = digit(bytes[i + 1]), let low = digit(bytes[i + 2]) else { return nil }
        i += 3
        return high << 4 | low
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
