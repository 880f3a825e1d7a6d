internal import CryptoCore

/// Members of a frame read without faith in their type: what is of another one counts as absent.
extension JSONScanner {
    /// A string's text, or a number as it is written; empty for anything else.
    @inline(__always)
    mutating func fieldText(_ frame: RawSpan) throws(DecodeError) -> JSONText {
        if at < frame.byteCount {
            let byte = frame.byte(at)
            if byte == UInt8(ascii: "\"") { return try string(frame) }
            if byte &- UInt8(ascii: "0") <= 9 { return try numberText(frame) }
        }
        return try anyText(frame)
    }

    private mutating func anyText(_ frame: RawSpan) throws(DecodeError) -> JSONText {
        switch try peek(frame) {
        case .string: return try string(frame)
        case .number: return try numberText(frame)
        default:
            try skipValue(frame)
            return JSONText()
        }
    }

    /// A whole number, as a number or as text.
    @inline(__always)
    mutating func fieldInteger(_ frame: RawSpan) throws(DecodeError) -> Int64? {
        if let value = plainInteger(frame) { return value }
        return frame.wholeNumber(try anyText(frame))
    }

    /// A string's text; nil for anything else.
    mutating func fieldString(_ frame: RawSpan) throws(DecodeError) -> JSONText? {
        if try peek(frame) == .string { return try string(frame) }
        try skipValue(frame)
        return nil
    }

    /// Nil for anything but true and false.
    mutating func fieldBool(_ frame: RawSpan) throws(DecodeError) -> Bool? {
        if try peek(frame) == .bool { return try bool(frame) }
        try skipValue(frame)
        return nil
    }

    /// A side by the venue's words for it; nil for anything else.
    @inline(__always)
    mutating func side(
        _ frame: RawSpan, _ buy: StaticString, _ sell: StaticString
    ) throws(DecodeError) -> Side? {
        let text = try fieldText(frame)
        return text.equals(buy, in: frame) ? .buy : text.equals(sell, in: frame) ? .sell : nil
    }
}

/// For answers, which are rare.
extension JSONScanner {
    /// Gives each element of the array that comes next to `body`, which reads it; anything else is passed over.
    mutating func forEach(
        _ frame: RawSpan, _ body: (inout JSONScanner) throws(DecodeError) -> Void
    ) throws(DecodeError) {
        guard try peek(frame) == .array else { return try skipValue(frame) }
        try enterArray(frame)
        while try nextElement(frame) { try body(&self) }
    }

    /// Gives the value of `name` in the object that comes next to `body`, which reads it; anything else is passed over.
    mutating func forMember(
        _ name: StaticString, _ frame: RawSpan, _ body: (inout JSONScanner) throws(DecodeError) -> Void
    ) throws(DecodeError) {
        guard try peek(frame) == .object else { return try skipValue(frame) }
        try enterObject(frame)
        while let key = try nextKey(frame) {
            if key.equals(name, in: frame) { try body(&self) } else { try skipValue(frame) }
        }
    }
}

extension JSONWriter {
    /// An object as text: what a venue is asked for.
    static func text(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter(reservingBytes: 1024)
        json.beginObject()
        body(&json)
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }
}

extension RawSpan {
    /// The whole number, not negative, that `text` is; nil for anything else and from 10^18 on.
    @inline(__always)
    func wholeNumber(_ text: JSONText) -> Int64? {
        if text.count == 0 || text.count > 18 { return nil }
        var value: Int64 = 0
        for i in 0..<text.count {
            let digit = byte(text.offset &+ i) &- UInt8(ascii: "0")
            if digit > 9 { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        return value
    }

    /// Whether two texts of the frame are the same bytes.
    @inline(__always)
    func isSame(_ a: JSONText, _ b: JSONText) -> Bool {
        if a.count != b.count { return false }
        for index in 0..<a.count where byte(a.offset &+ index) != byte(b.offset &+ index) { return false }
        return true
    }

    /// A text that somebody reads, nil where there is none.
    func words(_ text: JSONText?) -> String? {
        text.flatMap { $0.isEmpty ? nil : $0.string(in: self) }
    }
}
