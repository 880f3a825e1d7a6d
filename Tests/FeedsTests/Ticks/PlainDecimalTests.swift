import CryptoCore
import TestSupport
import Testing

@testable import Feeds

@Suite("A venue's decimals are copied as the writer writes the same number")
struct PlainDecimalTests {
    private func copied(_ text: String) -> String? {
        let frame = Array("<\(text)>".utf8)
        let target = UnsafeMutablePointer<UInt8>.allocate(capacity: PlainDecimal.maximumBytes)
        defer { target.deallocate() }
        let place = JSONText(offset: 1, count: frame.count - 2)
        return PlainDecimal.copy(place, frame.span.bytes, to: target).map {
            String(decoding: UnsafeBufferPointer(start: target, count: $0), as: UTF8.self)
        }
    }

    private func written(_ number: Double) -> String {
        var json = JSONWriter()
        json.value(number)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    @Test(
        "whole numbers get a fraction, idle zeros go",
        arguments: [
            ("250", "250.0"), ("250.000", "250.0"), ("1", "1.0"), ("65114.20", "65114.2"),
            ("0.02000000", "0.02"), ("10.0", "10.0"), ("999999999999999", "999999999999999.0"),
            ("1000000000000000", "1000000000000000.0"), ("12345678901234567890", "1.2345678901234567e+19"),
            ("0.00001", "1e-05"), ("1e3", "1000.0"), ("1E-8", "1e-08"),
        ])
    func examples(text: String, wanted: String) { #expect(copied(text) == wanted) }

    @Test(
        "nothing else than a number greater than 0 is copied",
        arguments: ["", "0", "0.000", "250.", "-1", "x", "1.2.3", "NaN"])
    func refused(text: String) { #expect(copied(text) == nil) }

    @Test("any decimal of a market", arguments: UInt64(0)..<4)
    func decimals(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<5_000 {
            let digits = Int.random(in: 1...19, using: &random)
            var text = String(Int.random(in: 1...9, using: &random))
            for _ in 1..<digits {
                // Zeros are frequent, since they are what is left out.
                text += String(max(0, Int.random(in: -9...9, using: &random)))
            }
            let point = Int.random(in: 0...text.count, using: &random)
            if point == 0 {
                text = "0." + String(repeating: "0", count: Int.random(in: 0...6, using: &random)) + text
            } else if point < text.count {
                text.insert(".", at: text.index(text.startIndex, offsetBy: point))
            }
            #expect(copied(text) == written(try #require(Double(text))), "\(text)")
        }
    }
}
