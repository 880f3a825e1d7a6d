import CryptoCore
import TestSupport
import Testing

@testable import Feeds

@Suite("Sizes in contracts")
struct ContractSizeTests {
    private func multiply(_ size: String, _ text: String) -> String? {
        guard let size = ContractSize(size) else { return nil }
        let bytes = Array(text.utf8)
        var out = [UInt8](repeating: 0, count: PlainDecimal.maximumBytes)
        let count = out.withUnsafeMutableBufferPointer { buffer in
            // not nil: 40 bytes
            size.multiply(JSONText(offset: 0, count: bytes.count), bytes.span.bytes, to: buffer.baseAddress!)
        }
        return count.map { String(decoding: out[..<$0], as: UTF8.self) }
    }

    @Test(
        "a quantity is the exact product, where doubles would not be exact",
        arguments: [
            ("0.01", "1", "0.01"), ("0.01", "12.5", "0.125"), ("0.1", "3", "0.3"), ("100", "7", "700.0"),
            ("1", "0.1", "0.1"), ("0.001", "1000000", "1000.0"), ("1000000", "0.01", "10000.0"),
            ("0.0001", "0.0001", "1e-08"), ("10", "123456789012345", "1234567890123450.0"), ("0.07", "3", "0.21"),
        ])
    func exact(size: String, contracts: String, quantity: String) { #expect(multiply(size, contracts) == quantity) }

    @Test("products of integers with points say the same", arguments: UInt64(0)..<20)
    func products(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let (a, b) = (Int64.random(in: 1...9_999_999, using: &rng), Int64.random(in: 1...9_999_999, using: &rng))
            let (m, n) = (Int.random(in: 0...6, using: &rng), Int.random(in: 0...6, using: &rng))
            let text = try #require(multiply(Self.decimal(a, m), Self.decimal(b, n)))
            // The product has 14 digits: the double nearest to it is the one nearest to the quotient.
            var power = 1.0
            for _ in 0..<(m + n) { power *= 10 }
            #expect(Double(text) == Double(a * b) / power, "\(a), \(m), \(b), \(n)")
        }
    }

    private static func decimal(_ number: Int64, _ places: Int) -> String {
        var digits = String(number)
        if places == 0 { return digits }
        while digits.utf8.count <= places { digits = "0" + digits }
        return "\(digits.dropLast(places)).\(digits.suffix(places))"
    }

    @Test(
        "what is no plain number greater than 0 has no product",
        arguments: ["0", "0.00", "", "-1", "1e3", "1.", ".5", "x", "1.2.3"])
    func rubbish(text: String) {
        #expect(multiply("0.01", text) == nil)
        #expect(ContractSize(text) == nil)
    }
}
