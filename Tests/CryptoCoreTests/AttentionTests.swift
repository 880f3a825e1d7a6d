import TestSupport
import Testing

@testable import CryptoCore

@Suite("looking only at the series that want something changes nothing")
struct AttentionTests {
    @Test("as if every series were looked at each time that the partition ends", arguments: UInt64(0)..<40)
    func closing(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let timeouts: [Int64] = [0, 1, 900, 10_000, 180_000]
        let configuration = WindowConfiguration(
            lateness: rng.pick([0, 5_000, 90_000]), slide: rng.pick([1_000, 10_000, 60_000]),
            idleAfterTrade: rng.pick(timeouts), idleAfterQuote: rng.pick(timeouts))
        var stream = RandomStream(seed: seed, series: 5)
        var lazy = VirtualPartition(configuration, now: 1_000_000)
        var thorough = lazy
        for round in 0..<Fuzz.rounds(1_500) {
            if rng.chance(0.5) {
                let record = stream.next()
                lazy.add(record.value, key: record.key)
                thorough.add(record.value, key: record.key)
            }
            lazy.now += rng.pick([0, 0, 1, 20, 1_000, 7_000])
            if rng.chance(0.002) { lazy.now += 200_000 }
            thorough.now = lazy.now
            if rng.chance(0.6) {
                lazy.ended()
                thorough.core.attention.nextClosing = .min
                thorough.ended()
            }
            if rng.chance(0.05) {
                var batch = ChangelogBatch()
                lazy.core.takeChanges(into: &batch)
            }
            if rng.chance(0.05) {
                // Of several live windows any may come first.
                lazy.live()
                thorough.live()
                #expect(lazy.takenBytes().sorted() == thorough.takenBytes().sorted(), "round \(round)")
            }
            #expect(lazy.takenBytes() == thorough.takenBytes(), "round \(round)")
        }
    }

    @Test("a series is listed once however often it changes, and not at all when nothing does")
    func lists() {
        var partition = VirtualPartition(WindowConfiguration(), now: 1_000_000)
        var batch = ChangelogBatch()
        for i in 0..<100 as Range<Int64> {
            partition.trade(at: noon + i)
            partition.quote(at: noon + i)
        }
        #expect(partition.core.attention.changed.count == 2)
        for _ in 0..<10 {
            partition.trade(at: noon + 200)
            partition.core.takeChanges(into: &batch)
        }
        #expect(partition.core.attention.changed.isEmpty)
        #expect(partition.core.attention.news.count == 2)
        partition.live()
        #expect(partition.core.attention.news.isEmpty)
        let closing = partition.core.attention.nextClosing
        partition.ended()
        #expect(closing == .min && partition.core.attention.nextClosing == 1_010_000)
    }
}
