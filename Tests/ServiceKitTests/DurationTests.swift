import ServiceKit
import TestSupport
import Testing

@Suite("Durations")
struct DurationTests {
    @Test("seconds, or a number with a unit")
    func grammar() {
        let good: [(String, Int64)] = [
            ("0", 0), ("60", 60_000), ("500ms", 500), ("5s", 5000), ("10m", 600_000), ("2h", 7_200_000),
            ("30d", 2_592_000_000), ("0.5", 500), ("1.5s", 1500), ("0.25m", 15_000), ("007", 7000), ("1.000s", 1000),
        ]
        for (text, ms) in good { #expect(Durations.milliseconds(text) == ms, "\(text)") }
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "s", "-1", "+1", "1 s", " 1", "1S", "1sec", "1e3", "0x1", "1.", ".5", "1.2.3", "0.5ms", "0.0001", "٣",
            "nan",
            "9223372036854775808", "9223372036854775807", "106751991168d", "1.0000000000s", "5ss", "1h30m",
        ])
    func refused(text: String) { #expect(Durations.milliseconds(text) == nil) }

    @Test("a length reads back as it was written, and is written in a unit", arguments: UInt64(0)..<300)
    func roundTrip(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let factor: Int64 = [1, 1000, 60_000, 3_600_000, 86_400_000][Int(seed % 5)]
        let ms = Int64.random(in: 0...1_000_000, using: &random) * factor
        let text = Durations.text(milliseconds: ms)
        #expect(Durations.milliseconds(text) == ms)
        #expect(text.last?.isLetter == true)
    }

    @Test("a fraction is worth its share of the unit, or is refused", arguments: UInt64(0)..<300)
    func fractions(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let thousandths = Int64.random(in: 0...99_999, using: &random)
        let digits = String(thousandths % 1000 + 1000).dropFirst()
        #expect(Durations.milliseconds("\(thousandths / 1000).\(digits)s") == thousandths)
        #expect(Durations.milliseconds("\(thousandths / 1000).\(digits)m") == thousandths * 60)
    }

    @Test("random bytes never trap", arguments: UInt64(0)..<300)
    func hostile(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let alphabet = Array("0123456789.smhd-+ eé")
        let text = String(
            (0..<Int.random(in: 0...24, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "0" })
        if let ms = Durations.milliseconds(text) { #expect(ms >= 0) }
    }
}
