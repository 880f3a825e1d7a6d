internal import Glibc

/// Texts of C, compared and read without making a `String`.
enum CBytes {
    /// Whether both have the same bytes.
    static func equal(_ text: UnsafePointer<CChar>, _ other: StaticString) -> Bool {
        other.withUTF8Buffer { other in
            let start = UnsafeRawPointer(other.baseAddress!).assumingMemoryBound(to: CChar.self)  // static: never nil
            return strncmp(text, start, other.count) == 0 && text[other.count] == 0
        }
    }

    /// What follows after a prefix; nil when the text begins otherwise.
    static func equalPrefix(_ text: UnsafePointer<CChar>, _ prefix: StaticString) -> UnsafePointer<CChar>? {
        prefix.withUTF8Buffer { prefix in
            let start = UnsafeRawPointer(prefix.baseAddress!).assumingMemoryBound(to: CChar.self)  // static: never nil
            return strncmp(text, start, prefix.count) == 0 ? text + prefix.count : nil
        }
    }

    /// The bytes without the closing zero.
    static func buffer(_ text: UnsafePointer<CChar>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text, count: strlen(text))
    }

    /// A decimal number of digits only; nil for anything else, and above `Int.max`.
    static func number(_ text: UnsafePointer<CChar>) -> Int? {
        var value = 0
        var next = text
        guard next.pointee != 0 else { return nil }
        while next.pointee != 0 {
            let digit = Int(next.pointee) - 48
            guard (0...9).contains(digit) else { return nil }
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflowsToo) = product.addingReportingOverflow(digit)
            guard !overflows, !overflowsToo else { return nil }
            value = sum
            next += 1
        }
        return value
    }
}
