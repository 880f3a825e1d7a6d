import System
import TestSupport
import Testing

@Suite("Waits between attempts")
struct BackoffTests {
    @Test("a backoff doubles up to its cap, each wait between half and all of it", arguments: UInt64(0)..<50)
    func backoff(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let firstMs = Int64.random(in: 1...1000, using: &random)
        let capMs = firstMs * Int64.random(in: 1...100, using: &random)
        var backoff = Backoff(firstMs: firstMs, capMs: capMs)
        var fullMs = firstMs
        for _ in 0..<100 {
            let waitMs = backoff.next(using: &random)
            #expect(waitMs <= fullMs && waitMs * 2 >= fullMs && waitMs > 0)
            fullMs = min(fullMs * 2, capMs)
        }
        backoff.reset()
        #expect(backoff == Backoff(firstMs: firstMs, capMs: capMs))
        var huge = Backoff(firstMs: .max / 2, capMs: .max)
        for _ in 0..<5 { #expect(huge.next(using: &random) > 0) }
    }
}
