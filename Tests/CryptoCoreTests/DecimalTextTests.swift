import CryptoCore
import Foundation
import TestSupport
import Testing

@Suite("decimal text is read as the nearest double")
struct DecimalTextTests {
    private func read(_ text: String) -> Double? {
        let bytes = text.bytes
        return DecimalText.value(JSONText(offset: 0, count: bytes.count), in: bytes.span.bytes)
    }

    private func expectNearest(_ text: String) {
        let value = read(text)
        if value?.bitPattern != Double(text)?.bitPattern || value?.bitPattern != strtod(text, nil).bitPattern {
            Issue.record("\(text) read as \(String(describing: value))")
        }
    }

    @Test("random decimals of 1 to 50 digits", arguments: UInt64(0)..<4)
    func decimals(seed: UInt64) {
        var random = RandomJSON(seed: seed)
        for _ in 0..<Fuzz.rounds(25_000) { expectNearest(random.decimalText()) }
    }

    @Test("the shortest text of any double gives it back, with and without more digits", arguments: UInt64(10)..<14)
    func anyDouble(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<Fuzz.rounds(10_000) {
            let value = rng.chance(0.2) ? Double(bitPattern: rng.next() >> 12) : rng.anyFinite()
            expectNearest(value.description)
            expectNearest(String(format: "%.17e", value))
            expectNearest(String(format: "%.25e", value))
            #expect(read(value.description)?.bitPattern == value.bitPattern)
        }
    }

    @Test("texts halfway between two doubles, and one digit beside it", arguments: UInt64(20)..<24)
    func halfway(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<Fuzz.rounds(2_000) {
            // An odd multiple of half an ulp has finitely many decimals: 54 bits shifted at most 60 places.
            let odd = (rng.next() >> 11 | 1 << 52) << 1 | 1
            let places = Int(rng.int(0...60))
            var exact = String(format: "%.\(places)f", 0.0)
            if let decimal = exactDecimal(odd, overPowerOfTwo: places) { exact = decimal }
            expectNearest(exact)
            expectNearest(exact + "0000000001")
            expectNearest(exact + (exact.contains(".") ? "" : ".") + "1")
        }
    }

    /// `number / 2^places` in full.
    private func exactDecimal(_ number: UInt64, overPowerOfTwo places: Int) -> String? {
        // Digits of number · 5^places, with the point `places` from the right.
        var digits = String(number).utf8.reversed().map { Int($0) - 48 }
        for _ in 0..<places {
            var carry = 0
            for i in digits.indices {
                let product = digits[i] * 5 + carry
                digits[i] = product % 10
                carry = product / 10
            }
            while carry > 0 {
                digits.append(carry % 10)
                carry /= 10
            }
        }
        while digits.count <= places { digits.append(0) }
        let text = digits.reversed().map(String.init).joined()
        guard places > 0 else { return text }
        return text.prefix(text.count - places) + "." + text.suffix(places)
    }

    @Test(
        "the corners of the doubles",
        arguments: [
            "0", "-0", "0.0", "-0.0e5", "5e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308", "1.7976931348623157e308", "1.7976931348623158e308", "1.7976931348623159e308",
            "1e308", "1e309",
            "-1e309", "1e-400", "1e400", "1e999999999999", "1e-999999999999", "0e999999999999", "9007199254740993",
            "9007199254740992",
            "9007199254740991", "9007199254740993.0", "1e22", "1e23", "123456789012345678e22",
            "0.000000000000000000000000001",
            "3.141592653589793238462643383279", "18446744073709551615", "18446744073709551616",
            "1000000000000000000000",
            "0.1e1", "100e-2", "1E5", "1e+5", "8.5e-23", "9007199254740992e-22", "9007199254740993e-22",
        ])
    func corners(text: String) { expectNearest(text) }

    @Test(
        "what is no JSON number is none",
        arguments: [
            "", "-", "+1", ".1", "1.", "1e", "01", "-01", "1e+", "0x1", "nan", "inf", "1 ", " 1", "1_0", "1,0", "--1",
        ])
    func notNumbers(text: String) { #expect(read(text) == nil) }
}
