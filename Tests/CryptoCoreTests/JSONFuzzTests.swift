import CryptoCore
import Foundation
import TestSupport
import Testing

@Suite("random documents are read as Foundation and strtod read them")
struct JSONFuzzTests {
    /// Where Foundation (swift-corelibs-foundation 6.3) and RFC 8259 with our limits part.
    ///
    /// It refuses lone surrogates in escapes and numbers beyond the doubles, which the RFC lets through (we read U+FFFD and ∞;
    /// records refuse ∞); it guesses UTF-16 and UTF-32 from NULs and byte order marks at the start, and drops U+FEFF inside of
    /// strings; it takes a comma before a closing brace or bracket; it stops at 512 levels, we at 64. It also reads many numbers wrong in
    /// the last digit or two, so numbers are held against `strtod` bit for bit, against Foundation to 64 ulp.
    static func isDisputed(_ bytes: [UInt8]) -> Bool {
        if bytes.prefix(4).contains(0) || bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            return true
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.unicodeScalars.contains("\u{FEFF}") || text.contains(#/,[ \t\r\n]*[}\]]/#)
            || hasLoneSurrogate(bytes)
    }

    /// Whether an escape of half a surrogate pair stands in `bytes` without its other half.
    private static func hasLoneSurrogate(_ bytes: [UInt8]) -> Bool {
        var i = 0
        var high = false
        while i < bytes.count {
            guard bytes[i] == UInt8(ascii: "\\"), i + 1 < bytes.count else {
                if high { return true }
                i += 1
                continue
            }
            let digits = String(decoding: bytes[min(i + 2, bytes.count)..<min(i + 6, bytes.count)], as: UTF8.self)
            let unit = bytes[i + 1] == UInt8(ascii: "u") ? UInt16(digits, radix: 16) ?? 0 : 0
            let isLow = (0xDC00..<0xE000).contains(unit)
            if isLow != high { return true }
            high = (0xD800..<0xDC00).contains(unit)
            i += unit == 0 ? 2 : 6
        }
        return high
    }

    private static func compare(_ bytes: [UInt8]) -> (isValid: Bool, isDisputed: Bool) {
        let text = String(decoding: bytes, as: UTF8.self)
        let ours = Result { () throws(DecodeError) in try JSONTree(scanning: bytes) }
        let tree = try? ours.get()
        if isDisputed(bytes) || tree?.overflows == true { return (tree != nil, true) }
        let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        #expect((tree == nil) == (theirs == nil), "\(text) \(bytes) \(ours)")
        if let tree, let theirs { #expect(tree.isClose(to: JSONTree(theirs), ulps: 64), "\(text)") }
        return (tree != nil, false)
    }

    @Test("it takes what Foundation takes, and reads the same", arguments: UInt64(0)..<8)
    func validDocuments(seed: UInt64) throws {
        var random = RandomJSON(seed: seed)
        var disputed = 0
        let rounds = Fuzz.rounds(50_000 / 8)
        for _ in 0..<rounds {
            let result = JSONFuzzTests.compare(random.document())
            #expect(result.isValid)
            if result.isDisputed { disputed += 1 }
        }
        // Numbers beyond the doubles.
        #expect(disputed < rounds / 20)
    }

    @Test("it refuses what Foundation refuses", arguments: UInt64(100)..<108)
    func hostileDocuments(seed: UInt64) throws {
        var random = RandomJSON(seed: seed)
        let rounds = Fuzz.rounds(50_000 / 8)
        var valid = 0
        for _ in 0..<rounds where JSONFuzzTests.compare(random.hostile()).isValid { valid += 1 }
        // Some damage leaves a document valid; most does not.
        #expect(valid > rounds / 50 && valid < rounds * 9 / 10)
    }

    @Test("every truncation of a document in brackets throws", arguments: UInt64(200)..<204)
    func truncations(seed: UInt64) throws {
        var random = RandomJSON(seed: seed)
        for _ in 0..<Fuzz.rounds(300) {
            let document = "[".bytes + random.document() + "]".bytes
            #expect(throws: Never.self) { try JSONTree(scanning: document) }
            let taken = document.indices.filter { (try? JSONTree(scanning: Array(document[..<$0]))) != nil }
            #expect(taken.isEmpty)
        }
    }

    @Test("no bytes trap, whatever is asked of them", arguments: UInt64(300)..<304)
    func noTraps(seed: UInt64) {
        var random = RandomJSON(seed: seed)
        for _ in 0..<Fuzz.rounds(10_000) {
            let bytes = random.hostile()
            let span = bytes.span.bytes
            var scanner = JSONScanner(at: Int(random.rng.int(0...Int64(bytes.count))))
            for _ in 0..<random.rng.int(1...30) {
                switch random.rng.next() % 13 {
                case 0: _ = try? scanner.peek(span)
                case 1: _ = try? scanner.enterObject(span)
                case 2: _ = try? scanner.enterArray(span)
                case 3: _ = try? scanner.nextKey(span)?.string(in: span)
                case 4: _ = try? scanner.nextElement(span)
                case 5: _ = try? scanner.number(span)
                case 6: _ = try? scanner.integer(span)
                case 7: _ = try? scanner.string(span).string(in: span)
                case 8: _ = try? scanner.skipValue(span)
                case 9: _ = try? scanner.bool(span)
                case 10: _ = try? scanner.numberText(span)
                case 11: _ = scanner.plainInteger(span)
                default: _ = try? scanner.null(span)
                }
                if !(0...bytes.count).contains(scanner.at) { Issue.record("at \(scanner.at) of \(bytes.count)") }
            }
        }
    }
}
