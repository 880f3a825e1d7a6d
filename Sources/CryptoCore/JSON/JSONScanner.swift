/// Reads JSON (RFC 8259) in one forward pass over bytes that every call is given again.
///
/// The scanner is only a position: it never allocates, and what it returns are numbers and places in the bytes. Objects are
/// read with `enterObject`, then `nextKey` and one value call (or `skipValue`) in turn until `nextKey` is nil; arrays with
/// `enterArray` and `nextElement`. Every call throws `DecodeError` at the first byte that is not JSON.
public struct JSONScanner: Sendable {
    /// What the next value is.
    public enum Kind: Equatable, Sendable { case object, array, string, number, bool, null }

    /// Deeper nesting than this is refused, so that no input can exhaust the stack.
    public static let maximumDepth = 64

    /// Byte offset of what is read next.
    public var at: Int
    @usableFromInline var needsComma = false

    @inlinable
    public init(at offset: Int = 0) { at = offset }

    // MARK: Structure

    /// The kind of the value that comes next.
    @inlinable
    public mutating func peek(_ bytes: RawSpan) throws(DecodeError) -> Kind {
        switch try byteAfterSpace(bytes, "a value") {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw DecodeError(.notJSON("a value"), at: at)
        }
    }

    @inlinable
    public mutating func enterObject(_ bytes: RawSpan) throws(DecodeError) {
        try expect(UInt8(ascii: "{"), bytes, "{")
        needsComma = false
    }

    @inlinable
    public mutating func enterArray(_ bytes: RawSpan) throws(DecodeError) {
        try expect(UInt8(ascii: "["), bytes, "[")
        needsComma = false
    }

    /// The next key of the object, its value directly behind; nil after the closing brace.
    @inlinable @inline(__always)
    public mutating func nextKey(_ bytes: RawSpan) throws(DecodeError) -> JSONText? {
        // `,"key":` without spaces, as programs write it.
        let quote = needsComma ? at &+ 1 : at
        if quote &+ 10 <= bytes.byteCount, bytes.byte(quote) == UInt8(ascii: "\""),
            !needsComma || bytes.byte(at) == UInt8(ascii: ","),
            let end = JSONScanner.plainEnd(bytes, from: quote &+ 1), end &+ 1 < bytes.byteCount,
            bytes.byte(end &+ 1) == UInt8(ascii: ":")
        {
            needsComma = true
            at = end &+ 2
            return JSONText(offset: quote &+ 1, count: end &- quote &- 1)
        }
        return try anyKey(bytes)
    }

    @inlinable @inline(never)
    mutating func anyKey(_ bytes: RawSpan) throws(DecodeError) -> JSONText? {
        if try closes(UInt8(ascii: "}"), bytes, ", or }") { return nil }
        let key = try string(bytes)
        try expect(UInt8(ascii: ":"), bytes, ":")
        return key
    }

    /// Whether another element of the array comes; false after the closing bracket.
    @inlinable @inline(__always)
    public mutating func nextElement(_ bytes: RawSpan) throws(DecodeError) -> Bool {
        try !closes(UInt8(ascii: "]"), bytes, ", or ]")
    }

    /// Nothing but white space may follow.
    @inlinable
    public mutating func end(_ bytes: RawSpan) throws(DecodeError) {
        skipSpace(bytes)
        if at < bytes.byteCount { throw DecodeError(.notJSON("nothing more"), at: at) }
    }

    // MARK: Values

    /// A number as the nearest double; may be infinite when the text overflows.
    @inlinable
    public mutating func number(_ bytes: RawSpan) throws(DecodeError) -> Double {
        skipSpace(bytes)
        let start = at
        needsComma = true
        guard let value = DecimalText.scan(bytes, at: &at, upTo: bytes.byteCount) else {
            throw DecodeError(.notJSON("a number"), at: start)
        }
        return value
    }

    /// A number as it is written: checked, not converted.
    @inlinable @inline(__always)
    public mutating func numberText(_ bytes: RawSpan) throws(DecodeError) -> JSONText {
        skipSpace(bytes)
        let start = at
        guard DecimalText.skip(bytes, at: &at, upTo: bytes.byteCount) else {
            throw DecodeError(.notJSON("a number"), at: start)
        }
        needsComma = true
        return JSONText(offset: start, count: at &- start)
    }

    /// A whole number of at most 18 digits that stands directly here, nothing but a comma or an end behind it; nil, and nothing
    /// was read, for anything else.
    @inlinable @inline(__always)
    public mutating func plainInteger(_ bytes: RawSpan) -> Int64? {
        let end = min(bytes.byteCount, at &+ 19)
        var next = at
        var value: Int64 = 0
        while next < end {
            let digit = bytes.byte(next) &- UInt8(ascii: "0")
            if digit > 9 { break }
            value = value &* 10 &+ Int64(digit)
            next &+= 1
        }
        guard next > at, next < end, next &- at == 1 || bytes.byte(at) != UInt8(ascii: "0") else { return nil }
        switch bytes.byte(next) {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"): break
        default: return nil
        }
        needsComma = true
        at = next
        return value
    }

    /// A number without fraction that fits 64 bits; `5.0` and `5e0` are 5 (below 2^53, beyond it digits alone will do).
    @inlinable
    public mutating func integer(_ bytes: RawSpan) throws(DecodeError) -> Int64 {
        skipSpace(bytes)
        let start = at
        let end = bytes.byteCount
        let negative = at < end && bytes.byte(at) == UInt8(ascii: "-")
        if negative { at &+= 1 }
        let first = at
        var value: Int64 = 0
        while at < end, at &- first < 18 {
            let digit = bytes.byte(at) &- UInt8(ascii: "0")
            if digit > 9 { break }
            value = value &* 10 &+ Int64(digit)
            at &+= 1
        }
        let count = at &- first
        let next = at < end ? bytes.byte(at) : 0
        let isPlain =
            count > 0 && !(count > 1 && bytes.byte(first) == UInt8(ascii: "0"))
            && next != UInt8(ascii: ".") && next | 0x20 != UInt8(ascii: "e") && next &- UInt8(ascii: "0") > 9
        if isPlain {
            needsComma = true
            return negative ? -value : value
        }
        at = start
        return try integerSlowly(bytes)
    }

    @inlinable
    public mutating func bool(_ bytes: RawSpan) throws(DecodeError) -> Bool {
        if try byteAfterSpace(bytes, "true or false") == UInt8(ascii: "t") {
            try word("true", bytes)
            return true
        }
        try word("false", bytes)
        return false
    }

    @inlinable
    public mutating func null(_ bytes: RawSpan) throws(DecodeError) {
        try word("null", bytes)
    }

    /// A string: checked (UTF-8, escapes, no control characters) and located.
    @inlinable @inline(__always)
    public mutating func string(_ bytes: RawSpan) throws(DecodeError) -> JSONText {
        let start = at &+ 1
        if start &+ 8 <= bytes.byteCount, bytes.byte(at) == UInt8(ascii: "\""),
            let end = JSONScanner.plainEnd(bytes, from: start)
        {
            needsComma = true
            at = end &+ 1
            return JSONText(offset: start, count: end &- start)
        }
        return try anyString(bytes)
    }

    @inlinable @inline(never)
    mutating func anyString(_ bytes: RawSpan) throws(DecodeError) -> JSONText {
        try expect(UInt8(ascii: "\""), bytes, "a string")
        let start = at
        let end = bytes.byteCount
        var highBits: UInt64 = 0
        // Eight bytes at a time while none of them is a quote, a backslash or a control character.
        while at &+ 8 <= end {
            let word = bytes.word(at)
            let special = JSONScanner.special(word)
            if special != 0 {
                let clean = special.trailingZeroBitCount >> 3
                highBits |= word & (1 &<< UInt64(clean &* 8) &- 1)
                at &+= clean
                break
            }
            highBits |= word
            at &+= 8
        }
        while at < end {
            let byte = bytes.byte(at)
            if byte == UInt8(ascii: "\"") {
                if highBits & 0x8080_8080_8080_8080 != 0 { try checkUTF8(bytes, start, at) }
                needsComma = true
                at &+= 1
                return JSONText(offset: start, count: at &- 1 &- start, isEscaped: false)
            }
            if byte == UInt8(ascii: "\\") { return try stringSlowly(bytes, start) }
            if byte < 0x20 { throw DecodeError(.notJSON("no control character in a string"), at: at) }
            highBits |= UInt64(byte)
            at &+= 1
        }
        throw DecodeError(.notJSON("the string's end"), at: at)
    }

    /// Passes over one value of any kind, checking that it is JSON.
    public mutating func skipValue(_ bytes: RawSpan) throws(DecodeError) {
        try skipValue(bytes, depth: 0)
    }

    private mutating func skipValue(_ bytes: RawSpan, depth: Int) throws(DecodeError) {
        if depth == JSONScanner.maximumDepth { throw DecodeError(.notJSON("less nesting"), at: at) }
        switch try peek(bytes) {
        case .object:
            try enterObject(bytes)
            while try nextKey(bytes) != nil { try skipValue(bytes, depth: depth + 1) }
        case .array:
            try enterArray(bytes)
            while try nextElement(bytes) { try skipValue(bytes, depth: depth + 1) }
        case .string: _ = try string(bytes)
        case .number: _ = try numberText(bytes)
        case .bool: _ = try bool(bytes)
        case .null: try null(bytes)
        }
    }

    // MARK: Parts

    @inlinable @inline(__always)
    mutating func skipSpace(_ bytes: RawSpan) {
        while at < bytes.byteCount {
            switch bytes.byte(at) {
            case 0x20, 0x0A, 0x0D, 0x09: at &+= 1
            default: return
            }
        }
    }

    @inlinable @inline(__always)
    mutating func byteAfterSpace(_ bytes: RawSpan, _ expected: StaticText) throws(DecodeError) -> UInt8 {
        skipSpace(bytes)
        guard at < bytes.byteCount else { throw DecodeError(.notJSON(expected), at: at) }
        return bytes.byte(at)
    }

    @inlinable @inline(__always)
    mutating func expect(_ byte: UInt8, _ bytes: RawSpan, _ expected: StaticText) throws(DecodeError) {
        guard try byteAfterSpace(bytes, expected) == byte else { throw DecodeError(.notJSON(expected), at: at) }
        at &+= 1
    }

    /// Reads the closing byte or the comma before another member.
    @inlinable @inline(__always)
    mutating func closes(_ byte: UInt8, _ bytes: RawSpan, _ expected: StaticText) throws(DecodeError) -> Bool {
        let next = try byteAfterSpace(bytes, expected)
        if next == byte {
            at &+= 1
            needsComma = true
            return true
        }
        if needsComma {
            guard next == UInt8(ascii: ",") else { throw DecodeError(.notJSON(expected), at: at) }
            at &+= 1
            let member = try byteAfterSpace(bytes, "a member")
            if member == byte { throw DecodeError(.notJSON("a member after the comma"), at: at) }
        }
        return false
    }

    @inlinable
    mutating func word(_ text: StaticString, _ bytes: RawSpan) throws(DecodeError) {
        skipSpace(bytes)
        let count = text.utf8CodeUnitCount
        guard at &+ count <= bytes.byteCount else { throw DecodeError(.notJSON("a value"), at: at) }
        for i in 0..<count where bytes.byte(at &+ i) != text.utf8Start[i] {
            throw DecodeError(.notJSON("a value"), at: at)
        }
        at &+= count
        needsComma = true
    }

    /// Where the string that begins at `start` has its quote; nil where it is not plain ASCII without escapes, or its last
    /// eight bytes are not all inside.
    @inlinable @inline(__always)
    static func plainEnd(_ bytes: RawSpan, from start: Int) -> Int? {
        var at = start
        while at &+ 8 <= bytes.byteCount {
            let word = bytes.word(at)
            let found = special(word) | word & 0x8080_8080_8080_8080
            if found != 0 {
                let end = at &+ found.trailingZeroBitCount >> 3
                return bytes.byte(end) == UInt8(ascii: "\"") ? end : nil
            }
            at &+= 8
        }
        return nil
    }

    /// A set high bit for (at least) the first byte of `word` that is `"`, `\` or below 0x20.
    @inlinable @inline(__always)
    static func special(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let isQuote = (quote &- ones) & ~quote
        let isBackslash = (backslash &- ones) & ~backslash
        let isControl = (word &- ones &* 0x20) & ~word
        return (isQuote | isBackslash | isControl) & highs
    }
}
