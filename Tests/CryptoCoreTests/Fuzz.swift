import Foundation
import TestSupport

/// How much random input the property tests take.
///
/// `CRYPTO_FUZZ=<count>` asks for that many JSON documents and for proportionally more of everything else; without it 100,000.
enum Fuzz {
    static let usual = 100_000
    static let wanted = ProcessInfo.processInfo.environment["CRYPTO_FUZZ"].flatMap { Int($0) } ?? usual

    /// `count` rounds at the usual size, more in proportion to `CRYPTO_FUZZ`.
    static func rounds(_ count: Int) -> Int { max(count, Int(Double(count) * Double(wanted) / Double(usual))) }
}

extension SplitMix64 {
    /// Whether something of probability `p` happens.
    mutating func chance(_ p: Double) -> Bool { Double(next() >> 11) * 0x1p-53 < p }

    /// A number of `range`, each as likely.
    mutating func int(_ range: ClosedRange<Int64>) -> Int64 { Int64.random(in: range, using: &self) }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(next() % UInt64(elements.count))]
    }

    /// Any finite double: every exponent as likely as another.
    mutating func anyFinite() -> Double {
        while true {
            let value = Double(bitPattern: next())
            if value.isFinite { return value }
        }
    }

    /// A positive number as markets have them, a few digits long.
    mutating func marketNumber() -> Double {
        let digits = Double(int(1...999_999))
        return pick([1, 10, 100, 1e4, 1e-2, 1e-5, 1e-8]) * digits / 1000
    }
}

extension StringProtocol {
    var bytes: [UInt8] { Array(utf8) }
}
