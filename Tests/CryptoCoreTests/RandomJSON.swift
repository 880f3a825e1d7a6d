import TestSupport

/// Makes documents, valid ones and ones that only look like it.
struct RandomJSON {
    var rng: SplitMix64

    init(seed: UInt64) { rng = SplitMix64(seed: seed) }

    /// A valid document.
    mutating func document() -> [UInt8] {
        var bytes: [UInt8] = []
        put(value: 0, into: &bytes)
        space(into: &bytes)
        return bytes
    }

    /// A valid document that was damaged in a few places, or tokens in any order, or any bytes.
    mutating func hostile() -> [UInt8] {
        switch rng.next() % 8 {
        case 0: return (0..<rng.int(0...40)).map { _ in UInt8(truncatingIfNeeded: rng.next()) }
        case 1: return (0..<rng.int(1...12)).flatMap { _ in rng.pick(RandomJSON.tokens).bytes }
        default:
            var bytes = document()
            for _ in 0..<rng.int(1...3) { damage(&bytes) }
            return bytes
        }
    }

    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\"a\"", "\"\\", "1", "0", "-", ".", "e", "E+", "01", "1.", ".5", "1e5",
        "-0", "true",
        "false", "null", "nul", "True", "NaN", "Infinity", " ", "\n", "\t", "\u{B}", "\u{0}", "\u{FEFF}", "//", "/**/",
        "'", "\\u12",
        "\\uD800", "1e999", "1e-999", "\u{7F}", "\u{A0}",
    ]

    private mutating func damage(_ bytes: inout [UInt8]) {
        let at = Int(rng.int(0...Int64(bytes.count)))
        switch rng.next() % 6 {
        case 0: bytes.removeSubrange(at...)
        case 1: if at < bytes.count { bytes.remove(at: at) }
        case 2: if at < bytes.count { bytes[at] = UInt8(truncatingIfNeeded: rng.next()) }
        case 3: if at < bytes.count { bytes[at] ^= 1 << UInt8(rng.next() % 8) }
        case 4: bytes.insert(contentsOf: rng.pick(RandomJSON.tokens).bytes, at: at)
        default:
            let end = min(bytes.count, at + Int(rng.int(0...8)))
            bytes.insert(contentsOf: Array(bytes[at..<end]), at: at)
        }
    }

    private mutating func put(value depth: Int, into bytes: inout [UInt8]) {
        space(into: &bytes)
        let kinds: UInt64 = depth > 4 ? 4 : 7
        switch rng.next() % kinds {
        case 0: bytes += rng.pick(["true", "false", "null"]).bytes
        case 1, 2: bytes += numberText().bytes
        case 3: put(string: &bytes)
        case 4: put(array: depth, into: &bytes)
        default: put(object: depth, into: &bytes)
        }
    }

    private mutating func put(array depth: Int, into bytes: inout [UInt8]) {
        bytes += "[".bytes
        let count = rng.int(0...4)
        for i in 0..<count {
            if i > 0 { comma(&bytes) }
            put(value: depth + 1, into: &bytes)
        }
        space(into: &bytes)
        bytes += "]".bytes
    }

    private mutating func put(object depth: Int, into bytes: inout [UInt8]) {
        bytes += "{".bytes
        let count = rng.int(0...4)
        for i in 0..<count {
            if i > 0 { comma(&bytes) }
            space(into: &bytes)
            put(string: &bytes)
            space(into: &bytes)
            bytes += ":".bytes
            put(value: depth + 1, into: &bytes)
        }
        space(into: &bytes)
        bytes += "}".bytes
    }

    private mutating func comma(_ bytes: inout [UInt8]) {
        space(into: &bytes)
        bytes += ",".bytes
    }

    private mutating func space(into bytes: inout [UInt8]) {
        while rng.chance(0.15) { bytes += rng.pick([" ", "\n", "\r", "\t"]).bytes }
    }

    /// A number as JSON allows it, in any of its forms.
    mutating func numberText() -> String {
        switch rng.next() % 8 {
        case 0: return String(rng.int(-1000...1000))
        case 1: return String(Int64(bitPattern: rng.next()))
        case 2: return String(rng.next())
        case 3, 4: return rng.marketNumber().description
        case 5: return rng.anyFinite().description
        default: return (rng.chance(0.3) ? "-" : "") + decimalText()
        }
    }

    /// 1 to 25 digits with or without point and exponent.
    mutating func decimalText() -> String {
        var text = rng.chance(0.3) ? "0" : String(rng.int(1...9)) + digits(rng.int(0...24))
        if rng.chance(0.6) { text += "." + digits(rng.int(1...25)) }
        if rng.chance(0.4) {
            text +=
                rng.pick(["e", "E"]) + rng.pick(["", "+", "-"]) + String(rng.int(0...(rng.chance(0.1) ? 400 : 30)))
        }
        return text
    }

    private mutating func digits(_ count: Int64) -> String {
        String(
            (0..<count).map { _ in rng.pick(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "9"]) }.joined())
    }

    private mutating func put(string bytes: inout [UInt8]) {
        bytes += "\"".bytes
        for _ in 0..<rng.int(0...(rng.chance(0.1) ? 40 : 8)) {
            switch rng.next() % 12 {
            case 0: bytes += rng.pick(["\\n", "\\t", "\\r", "\\b", "\\f", "\\\"", "\\\\", "\\/"]).bytes
            case 1: bytes += "\\u\(hex(UInt32(rng.next() % 0xD800)))".bytes
            case 2:
                let scalar = UInt32(rng.next() % 0x10_0000)
                bytes += "\\u\(hex(0xD800 + scalar >> 10))\\u\(hex(0xDC00 + scalar & 0x3FF))".bytes
            case 3: bytes += rng.pick(["é", "線", "🚀", "\u{7F}", "\u{2028}", "ü", "\u{301}"]).bytes
            default: bytes.append(UInt8(rng.pick("abcXYZ0129 .,:;{}[]-+_'/<>".bytes)))
            }
        }
        bytes += "\"".bytes
    }

    private mutating func hex(_ unit: UInt32) -> String {
        let text = String(unit, radix: 16, uppercase: rng.chance(0.5))
        return String(repeating: "0", count: 4 - text.count) + text
    }
}
