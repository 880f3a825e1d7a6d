/// Where a JSON string's characters lie in the scanned bytes, quotes excluded.
public struct JSONText: BitwiseCopyable, Sendable {
    public var offset: Int
    public var count: Int
    /// Whether escapes stand in it; if not, the bytes are the text.
    public var isEscaped: Bool

    @inlinable
    public init(offset: Int = 0, count: Int = 0, isEscaped: Bool = false) {
        self.offset = offset
        self.count = count
        self.isEscaped = isEscaped
    }

    /// Whether the text has no characters.
    @inlinable public var isEmpty: Bool { count == 0 }

    /// The text itself, escapes resolved. Lone surrogates become U+FFFD.
    public func string(in bytes: RawSpan) -> String {
        bytes.extracting(offset..<offset + count).withUnsafeBytes { raw in
            isEscaped ? unescaped(raw) : String(decoding: raw, as: UTF8.self)
        }
    }

    /// Whether the text reads `literal` (ASCII). Escaped texts are resolved first.
    @inlinable @inline(__always)
    public func equals(_ literal: StaticString, in bytes: RawSpan) -> Bool {
        // The length is known when this is compiled in, and tells most texts apart.
        guard count == literal.utf8CodeUnitCount, !isEscaped else {
            return isEscaped && equalsSlowly(literal, in: bytes)
        }
        let start = literal.utf8Start
        for i in 0..<count where bytes.byte(offset &+ i) != start[i] { return false }
        return true
    }

    @usableFromInline
    func equalsSlowly(_ literal: StaticString, in bytes: RawSpan) -> Bool {
        string(in: bytes) == literal.description
    }

    private func unescaped(_ raw: UnsafeRawBufferPointer) -> String {
        var units: [UInt16] = []
        var text = ""
        var run = 0
        var i = 0
        func flushRun(to end: Int) {
            if run < end { text += String(decoding: raw[run..<end], as: UTF8.self) }
        }
        while i < raw.count {
            guard raw[i] == UInt8(ascii: "\\") else {
                i += 1
                continue
            }
            flushRun(to: i)
            units.removeAll(keepingCapacity: true)
            // Neighbouring escapes are taken together, so that surrogate pairs meet.
            while i + 1 < raw.count, raw[i] == UInt8(ascii: "\\") {
                units.append(JSONText.unit(raw, &i))
            }
            text += String(decoding: units, as: UTF16.self)
            run = i
        }
        flushRun(to: raw.count)
        return text
    }

    /// The UTF-16 unit of the escape at `i`, which the scanner has found well-formed; moves past it.
    private static func unit(_ raw: UnsafeRawBufferPointer, _ i: inout Int) -> UInt16 {
        let escape = raw[i + 1]
        guard escape == UInt8(ascii: "u") else {
            i += 2
            switch escape {
            case UInt8(ascii: "n"): return 10
            case UInt8(ascii: "t"): return 9
            case UInt8(ascii: "r"): return 13
            case UInt8(ascii: "b"): return 8
            case UInt8(ascii: "f"): return 12
            default: return UInt16(escape)
            }
        }
        var value: UInt16 = 0
        for digit in raw[i + 2..<i + 6] { value = value << 4 | UInt16(hexValue(digit) ?? 0) }
        i += 6
        return value
    }
}

/// The value of a hexadecimal digit, nil for any other byte.
@inlinable
func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte &- UInt8(ascii: "a") &+ 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte &- UInt8(ascii: "A") &+ 10
    default: nil
    }
}

extension RawSpan {
    /// The byte at `offset`, which the caller has checked to be inside.
    @inlinable @inline(__always)
    public func byte(_ offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
    }

    /// Eight bytes from `offset` on, the first the lowest; the caller has checked that all are inside.
    @inlinable @inline(__always)
    public func word(_ offset: Int) -> UInt64 {
        UInt64(littleEndian: unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }
}
