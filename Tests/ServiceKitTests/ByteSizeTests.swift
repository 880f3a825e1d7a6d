import ServiceKit
import TestSupport
import Testing

@Suite("Amounts of memory and disk")
struct ByteSizeTests {
    @Test("bytes, or a number with a unit")
    func grammar() {
        let good: [(String, Int64)] = [
            ("0", 0), ("65536", 65_536), ("7B", 7), ("64KiB", 65_536), ("64MiB", 67_108_864), ("1GiB", 1_073_741_824),
            ("2TiB", 2_199_023_255_552), ("007", 7), ("9223372036854775807", .max),
        ]
        for (text, bytes) in good { #expect(ByteSizes.bytes(text) == bytes, "\(text)") }
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "MiB", "-1", "+1", "1 MiB", " 1", "1mib", "1MB", "1G", "0.5GiB", "1e3", "0x1", "٣",
            "9223372036854775808",
            "8388608TiB",
        ])
    func refused(text: String) { #expect(ByteSizes.bytes(text) == nil) }

    @Test("an amount reads back as it was written", arguments: UInt64(0)..<200)
    func roundTrip(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = Int64.random(in: 0...1_000_000, using: &random) << [0, 10, 20, 30, 40][Int(seed % 5)]
        #expect(ByteSizes.bytes(ByteSizes.text(bytes: bytes)) == bytes)
    }
}
