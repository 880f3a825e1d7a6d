import CryptoCore
import Foundation
import TestSupport
import Testing

@Suite("Texts: dates, base64, percent signs")
struct TextTests {
    private static let utc = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .gmt
        return calendar
    }()

    @Test("a day is what Foundation's calendar says, there and back", arguments: UInt64(0)..<100)
    func days(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        // Foundation changes to the Julian calendar before October 1582.
        let ms = Int64.random(in: -12_212_000_000_000...253_402_300_799_999, using: &random)
        let date = CivilDate(containing: ms)
        let parts = Self.utc.dateComponents(
            [.year, .month, .day], from: Date(timeIntervalSince1970: Double(ms) / 1000))
        #expect(date.year == parts.year.map(Int64.init) && date.month == parts.month.map(Int64.init))
        #expect(date.day == parts.day.map(Int64.init))
        #expect(CivilDate(year: date.year, month: date.month, day: date.day) == date)
        #expect(date.daysSinceEpoch == Int64((Double(ms) / 86_400_000).rounded(.down)))
    }

    @Test("every day of 800 years follows the one before, before year 1 too")
    func everyDay() throws {
        var expected = try #require(CivilDate(year: -400, month: 1, day: 1)).daysSinceEpoch
        for year in Int64(-400)..<400 {
            for month in Int64(1)...12 {
                for day in Int64(1)...31 {
                    guard let date = CivilDate(year: year, month: month, day: day) else { continue }
                    try #require(
                        date.daysSinceEpoch == expected && CivilDate(containing: expected * 86_400_000) == date)
                    expected += 1
                }
            }
        }
        // 400 years have 146,097 days, and the epoch begins 719,528 days after 1 January of year 0.
        #expect(expected == 146_097 - 719_528)
    }

    @Test(
        "days that no calendar has",
        arguments: [
            (2026, 2, 29), (1900, 2, 29), (2026, 0, 1), (2026, 13, 1), (2026, 4, 31), (2026, 1, 0), (.max, 1, 1),
        ] as [(Int64, Int64, Int64)])
    func noDays(year: Int64, month: Int64, day: Int64) {
        #expect(CivilDate(year: year, month: month, day: day) == nil)
    }

    @Test("base64 is Foundation's, and reads back", arguments: 0..<50)
    func base64(count: Int) {
        var random = SplitMix64(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        var text: [UInt8] = []
        Base64.encode(bytes.span.bytes, to: &text)
        #expect(String(decoding: text, as: UTF8.self) == Data(bytes).base64EncodedString())
        #expect(Base64.decode(text.span.bytes) == bytes)
    }

    @Test(
        "what is no base64 is none", arguments: ["a", "ab", "abc", "a===", "ab=c", "====", "ab==abcd", "ab-_", "abc\n"])
    func noBase64(text: String) { #expect(Base64.decode(Array(text.utf8).span.bytes) == nil) }

    @Test("percent signs are Foundation's, and read back", arguments: UInt64(0)..<50)
    func percent(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let text = String((0..<20).map { _ in "aZ09-_.~ /?&=%+:@é币😀".randomElement(using: &random) ?? "x" })
        let kept = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
        let escaped = PercentText.escaped(text)
        #expect(escaped == text.addingPercentEncoding(withAllowedCharacters: kept))
        #expect(PercentText.lenient(escaped) == text && escaped.removingPercentEncoding == text)
    }

    @Test("whole numbers are written as Swift writes them", arguments: UInt64(0)..<20)
    func digits(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var numbers: [Int64] = [
            0, 1, -1, 99_999_999, 100_000_000, 9_999_999_999_999_999, 10_000_000_000_000_000, .max, .min,
        ]
        for bits in 1...63 {
            numbers.append(Int64.random(in: -(1 << Int64(bits - 1))...(1 << Int64(bits - 1)) - 1, using: &random))
        }
        for number in numbers {
            var text = Array("x".utf8)
            text.append(decimal: number)
            #expect(String(decoding: text, as: UTF8.self) == "x\(number)")
        }
    }

    @Test("every bit, the length and the seed make another hash", arguments: 0..<40)
    func hash(count: Int) {
        var random = SplitMix64(seed: UInt64(count))
        var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        func hash(_ count: Int, _ seed: UInt64 = 1) -> UInt64 {
            WordHash.of(bytes.span.bytes, from: 0, count: count, seed: seed)
        }
        let whole = hash(count)
        #expect(hash(count) == whole && hash(count, 2) != whole)
        var others = Set((0..<count).map { hash($0) })
        #expect(others.count == count && !others.contains(whole))
        for bit in 0..<count * 8 {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            others.insert(hash(count))
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        #expect(others.count == count * 9 && !others.contains(whole))
    }

    @Test(
        "the distance between texts is the number of slips of the hand",
        arguments: [
            ("", "", 0), ("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3),
            ("ca", "abc", 3),
        ])
    func distance(a: String, b: String, expected: Int) {
        #expect(EditDistance.between(Array(a.utf8), Array(b.utf8)) == expected)
        #expect(EditDistance.between(Array(b.utf8), Array(a.utf8)) == expected)
    }
}
