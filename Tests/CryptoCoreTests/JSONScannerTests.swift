import CryptoCore
import Testing

@Suite("the scanner reads JSON as RFC 8259 says")
struct JSONScannerTests {
    @Test(
        "what is JSON is taken",
        arguments: [
            "0", "-0", "1.5e+3", " [ ] ", "{}", "{\"a\":[1,{\"b\":null}],\"a\":2}", "\"\\u0000\\uD834\\uDD1E\"",
            "\"\u{7F}\u{FEFF}\"",
            "1e999", "-1E-999", "\"\\uD800\"", "\"\\uDC00\\uD800\"", "[\r\n\t true , false ]", "\"\\/\\\"\"",
            String(repeating: "[", count: 64) + String(repeating: "]", count: 64), String(repeating: "9", count: 5000),
            "0." + String(repeating: "0", count: 5000) + "1e5001",
        ])
    func taken(text: String) {
        #expect(throws: Never.self) { try JSONTree(scanning: text.bytes) }
    }

    @Test(
        "what is not JSON is refused",
        arguments: [
            "", " ", "+1", "01", "-01", "-", "1.", ".5", "1e", "1e+", "0x1", "1 2", "NaN", "Infinity", "-Infinity",
            "tru", "True",
            "nulL", "[1,]", "[,1]", "[1,,2]", "[1 2]", "[", "]", "[}", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}",
            "{a:1}",
            "{'a':1}", "{1:1}", "{\"a\" 1}", "{\"a\":1 \"b\":2}", "\"", "\"\\\"", "\"\\x41\"", "\"\\u12\"",
            "\"\\u12G4\"", "\"\\U0041\"",
            "\"\t\"", "\"\n\"", "\"\u{0}\"", "\u{FEFF}1", "\u{A0}1", "1\u{B}", "1\u{C}", "[1]//", "/**/1", "1\u{0}",
            "--1", "1e1.5",
            String(repeating: "[", count: 65) + String(repeating: "]", count: 65),
            String(repeating: "{\"a\":", count: 100_000),
        ])
    func refused(text: String) {
        #expect(throws: DecodeError.self) { try JSONTree(scanning: text.bytes) }
    }

    @Test(
        "a string that is not UTF-8 is refused",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
            [0xFF],
        ] as [[UInt8]])
    func notUTF8(text: [UInt8]) {
        for before in 0..<17 {
            let string = Array(repeating: UInt8(ascii: "a"), count: before) + text
            #expect(throws: DecodeError.self) { try JSONTree(scanning: "\"".bytes + string + "\"".bytes) }
            #expect(throws: DecodeError.self) { try JSONTree(scanning: "\"\\n".bytes + string + "\"".bytes) }
        }
    }

    @Test(
        "a whole number is one without a fraction that fits 64 bits, however it is written",
        arguments: [
            ("0", 0), ("-0", 0), ("5.0", 5), ("5e0", 5), ("50e-1", 5), ("-12E2", -1200),
            ("999999999999999999", 999_999_999_999_999_999),
            ("1000000000000000000", 1_000_000_000_000_000_000), ("9223372036854775807", .max),
            ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("5.5", nil),
            ("9007199254740991.0", 9_007_199_254_740_991), ("9007199254740993.0", nil), ("1e300", nil), ("1e999", nil),
            ("007", nil),
            ("99999999999999999999", nil), ("-", nil), ("", nil), ("\"5\"", nil), ("1e-1", nil),
        ] as [(String, Int64?)])
    func integers(text: String, value: Int64?) {
        let bytes = text.bytes
        var scanner = JSONScanner()
        #expect((try? scanner.integer(bytes.span.bytes)) == value)
    }

    @Test("a number that is only passed over ends where the number that is read ends, and is refused where it is")
    func numberTexts() {
        let parts = ["", "-", "0", "12", "7", ".", ".5", "e", "E+3", "e-12", "x", ",", "999999999999999999999"]
        for first in parts {
            for second in parts {
                for third in parts {
                    let bytes = (" " + first + second + third).bytes
                    var reading = JSONScanner()
                    var passing = JSONScanner()
                    let value = try? reading.number(bytes.span.bytes)
                    let text = try? passing.numberText(bytes.span.bytes)
                    #expect((value == nil) == (text == nil))
                    if let text { #expect(passing.at == reading.at && text.offset + text.count == reading.at) }
                    checkPlainInteger((first + second + third).bytes)
                }
            }
        }
    }

    /// What is taken as a plain whole number is the one that is read with care; else nothing was read.
    private func checkPlainInteger(_ text: [UInt8]) {
        for end in [",", "}", "]", " ", "x", ""] {
            let bytes = text + end.bytes
            var plain = JSONScanner()
            var careful = JSONScanner()
            guard let value = plain.plainInteger(bytes.span.bytes) else {
                #expect(plain.at == 0)
                continue
            }
            #expect((try? careful.integer(bytes.span.bytes)) == value && plain.at == careful.at)
        }
    }
}
