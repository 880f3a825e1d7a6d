internal import CryptoCore

/// How much of the base one contract is, where a venue counts in contracts: an exact decimal number.
package struct ContractSize: BitwiseCopyable, Equatable, Sendable {
    /// The number without its point.
    private let digits: UInt64
    /// How many of the digits stand behind the point.
    private let places: Int8

    /// Reads a decimal number greater than 0, such as `0.01` or `100`; nil for anything else, and from 19 digits on.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let number = ContractSize.read(JSONText(offset: 0, count: bytes.count), bytes.span.bytes),
            number.digits > 0
        else { return nil }
        digits = number.digits
        places = number.places
    }

    /// Writes the product with a decimal number as JSON has it, and returns its length; nil where `text` is no number greater than
    /// 0, or has an exponent. The product is exact up to 15 digits, the nearest double beyond.
    ///
    /// - Parameter target: `PlainDecimal.maximumBytes` bytes.
    @inline(never)
    func multiply(_ text: JSONText, _ frame: RawSpan, to target: UnsafeMutablePointer<UInt8>) -> Int? {
        guard let factor = ContractSize.read(text, frame) else { return nil }
        var product = UInt128(factor.digits) * UInt128(digits)
        var places = Int(factor.places) + Int(self.places)
        while places > 0, product % 10 == 0 {
            product /= 10
            places -= 1
        }
        // From the last digit on; 38 digits and a point at most, or zeros behind the point.
        var bytes = InlineArray<80, UInt8>(repeating: UInt8(ascii: "0"))
        var at = bytes.count
        var written = 0
        while product > 0 || written <= places {
            if written == places, places > 0 {
                at -= 1
                bytes[at] = UInt8(ascii: ".")
            }
            at -= 1
            bytes[at] = UInt8(ascii: "0") + UInt8(product % 10)
            product /= 10
            written += 1
        }
        return PlainDecimal.copy(JSONText(offset: at, count: bytes.count - at), bytes.span.bytes, to: target)
    }

    /// Plain digits with at most one point; nil for anything else, and from 19 digits on.
    private static func read(_ text: JSONText, _ bytes: RawSpan) -> (digits: UInt64, places: Int8)? {
        guard (1...19).contains(text.count) else { return nil }
        var digits: UInt64 = 0
        var point: Int?
        for index in 0..<text.count {
            let byte = bytes.byte(text.offset + index)
            if byte == UInt8(ascii: "."), point == nil, index > 0, index < text.count - 1 {
                point = index
                continue
            }
            let digit = byte &- UInt8(ascii: "0")
            guard digit <= 9, index < 18 || point != nil else { return nil }
            digits = digits * 10 + UInt64(digit)
        }
        return (digits, Int8(point.map { text.count - $0 - 1 } ?? 0))
    }
}
