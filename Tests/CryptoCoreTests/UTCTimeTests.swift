import CryptoCore
import TestSupport
import Testing

@Suite("Times that somebody typed")
struct UTCTimeTests {
    @Test("a time that was written reads back", arguments: UInt64(0)..<200)
    func roundTrip(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let ms = Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random)
        #expect(UTCTime.ms(UTCTime.text(ms: ms)) == ms)
    }

    @Test(
        "the shorter forms are the same time",
        arguments: [
            ("2026-01-31", 1_769_817_600_000), ("2026-01-31T12:00Z", 1_769_860_800_000),
            ("2026-01-31T12:00:07Z", 1_769_860_807_000), ("1970-01-01", 0), ("2024-02-29", 1_709_164_800_000),
        ] as [(String, Int64)])
    func forms(text: String, ms: Int64) {
        #expect(UTCTime.ms(text) == ms)
    }

    @Test(
        "everything else is no time",
        arguments: [
            "", "7d", "2026-02-29", "2026-13-01", "2026-1-31", "2026-01-31T", "2026-01-31T12:00", "2026-01-31T24:00Z",
            "2026-01-31T12:60Z", "2026-01-31 12:00Z", "2026-01-31T12:00:00.1Z", "0000-01-01", "-001-01-01",
            "20２6-01-31",
            "2026-01-31T+1:00Z",
        ])
    func wrong(text: String) {
        #expect(UTCTime.ms(text) == nil)
    }
}
