/// What few values need: numbers that are not plain, strings with escapes, text beyond ASCII.
extension JSONScanner {
    @usableFromInline
    mutating func integerSlowly(_ bytes: RawSpan) throws(DecodeError) -> Int64 {
        let start = at
        let value = try number(bytes)
        let text = JSONText(offset: start, count: at - start)
        if let exact = Int64(text.string(in: bytes)) { return exact }
        // With a point or an exponent it went through a double, which has all whole numbers below 2^53.
        guard value.magnitude < 0x1p53, let whole = Int64(exactly: value) else {
            throw DecodeError(.notJSON("a whole number"), at: start)
        }
        return whole
    }

    /// The rest of a string in which a backslash was found at the scanner's place.
    @usableFromInline
    mutating func stringSlowly(_ bytes: RawSpan, _ start: Int) throws(DecodeError) -> JSONText {
        while at < bytes.byteCount {
            let byte = bytes.byte(at)
            switch byte {
            case UInt8(ascii: "\""):
                try checkUTF8(bytes, start, at)
                needsComma = true
                at += 1
                return JSONText(offset: start, count: at - 1 - start, isEscaped: true)
            case UInt8(ascii: "\\"): try escape(bytes)
            case 0..<0x20: throw DecodeError(.notJSON("no control character in a string"), at: at)
            default: at += 1
            }
        }
        throw DecodeError(.notJSON("the string's end"), at: at)
    }

    private mutating func escape(_ bytes: RawSpan) throws(DecodeError) {
        guard at + 1 < bytes.byteCount else { throw DecodeError(.notJSON("an escape"), at: at) }
        switch bytes.byte(at + 1) {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            at += 2
        case UInt8(ascii: "u"):
            guard at + 6 <= bytes.byteCount else { throw DecodeError(.notJSON("four hex digits"), at: at) }
            for i in at + 2..<at + 6 where hexValue(bytes.byte(i)) == nil {
                throw DecodeError(.notJSON("four hex digits"), at: i)
            }
            at += 6
        default: throw DecodeError(.notJSON("an escape"), at: at)
        }
    }

    @usableFromInline
    func checkUTF8(_ bytes: RawSpan, _ start: Int, _ end: Int) throws(DecodeError) {
        let isValid = bytes.extracting(start..<end).withUnsafeBytes { String(validating: $0, as: UTF8.self) != nil }
        if !isValid { throw DecodeError(.notJSON("UTF-8"), at: start) }
    }
}
