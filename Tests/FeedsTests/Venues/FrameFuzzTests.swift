import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

@Suite("Frames nobody sent")
struct FrameFuzzTests {
    /// `CRYPTO_FUZZ` raises the number of inputs.
    static let rounds = ProcessInfo.processInfo.environment["CRYPTO_FUZZ"].flatMap(Int.init) ?? 100_000

    private static let seeds: [[UInt8]] = [
        BybitTests.linearFrame, BybitTests.spotFrame, BinanceTests.spotFrame, BinanceTests.futuresFrame,
    ].map { Array($0.utf8) }

    @Test("changed and random bytes never trap, and every tick that comes of them is well-formed")
    func fuzz() throws {
        var rng = SplitMix64(seed: 7)
        var bybit = Bybit(.linear, anySymbol: true)
        var binance = Binance(anySymbol: true)
        var writer = TickWriter(remembering: 1000)
        writer.keepsIngestPlausible = true
        for round in 0..<Self.rounds {
            let frame = Self.input(&rng)
            if round % 2 == 0 {
                _ = try? bybit.decode(frame, into: &writer)
            } else {
                _ = try? binance.decode(frame, into: &writer)
            }
            for entry in writer.batch.entries {
                #expect(throws: Never.self) { try writer.batch.tick(entry) }
            }
            writer.batch.removeAll()
        }
    }

    private static func input(_ rng: inout SplitMix64) -> [UInt8] {
        if UInt8.random(in: 0..<10, using: &rng) == 0 {
            return (0..<Int.random(in: 0..<80, using: &rng)).map { _ in UInt8.random(in: .min ... .max, using: &rng) }
        }
        var frame = seeds[Int.random(in: 0..<seeds.count, using: &rng)]
        for _ in 0..<Int.random(in: 1...4, using: &rng) {
            let at = Int.random(in: 0..<frame.count, using: &rng)
            switch UInt8.random(in: 0..<4, using: &rng) {
            case 0: frame[at] = UInt8.random(in: .min ... .max, using: &rng)
            case 1: frame.remove(at: at)
            case 2: frame.insert(frame[Int.random(in: 0..<frame.count, using: &rng)], at: at)
            default: frame[at] = Array("0123456789\"{}[]:,\\-.e".utf8).randomElement(using: &rng)!  // not empty
            }
            if frame.isEmpty { break }
        }
        return frame
    }
}
