import CryptoCore
import TestSupport
import Testing

@Suite("a gap marks the windows it overlaps, if it was read before they were final")
struct GapTests {
    /// Which of the windows of trades every 10 s in ten minutes are marked.
    private func marked(_ gaps: [(Int64, Int64)], after ticks: Int = 0) throws -> (tumbling: [Int64], sliding: [Int64])
    {
        var partition = VirtualPartition()
        for i in 0..<66 as Range<Int> {
            if i == ticks { for gap in gaps { partition.gap(noon + gap.0, noon + gap.1) } }
            partition.trade(at: noon + Int64(i) * 10_000)
        }
        let outputs = try partition.taken()
        #expect(outputs.tumbling.count == 10)
        return (
            outputs.tumbling.filter(\.isIncomplete).map { $0.windowStart - noon },
            outputs.sliding.filter(\.isIncomplete).map { $0.windowStart - noon }
        )
    }

    @Test("its bounds are half open as the windows' are")
    func bounds() throws {
        #expect(try marked([(60_000, 120_000)]).tumbling == [60_000])
        #expect(try marked([(59_999, 60_000)]).tumbling == [0])
        #expect(try marked([(60_000, 60_001)]).tumbling == [60_000])
        #expect(try marked([(59_999, 60_001)]).tumbling == [0, 60_000])
        #expect(try marked([(-1_000_000, 0)]).tumbling == [])
        #expect(try marked([(-1_000_000, 1)]).tumbling == [0])
        #expect(try marked([(65_000, 66_000)]).sliding == [10_000, 20_000, 30_000, 40_000, 50_000, 60_000])
        #expect(try marked([(0, 600_000)]).tumbling.count == 10)
        #expect(try marked([]).tumbling == [])
    }

    @Test(
        "gaps that meet or overlap are one, and the order in which they come does not matter", arguments: UInt64(0)..<20
    )
    func merging(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let gaps = (0..<rng.int(1...12)).map { _ in
            let from = rng.int(-30...620) * 1_000
            return (from, from + rng.int(1...90) * 1_000)
        }
        let all = try marked(gaps)
        #expect(try marked(gaps.reversed()) == all)
        #expect(try marked(gaps.shuffled(using: &rng) + gaps) == all)
        let wanted = stride(from: Int64(0), to: 600_000, by: 60_000).filter { start in
            gaps.contains { $0.0 < start + 60_000 && $0.1 > start }
        }
        #expect(all.tumbling == wanted)
    }

    @Test("one that comes after a window was final leaves it as it was")
    func tooLate() throws {
        // Before tick 13 (130 s) the watermark stands at 115 s: of the windows with 59 s all but those that end at 120 s are final.
        #expect(try marked([(55_000, 61_000)], after: 13).tumbling == [60_000])
        #expect(try marked([(0, 50_000)], after: 13) == ([], []))
    }

    @Test("one far ahead waits for its windows, one far behind is forgotten at once")
    func farAway() throws {
        var partition = VirtualPartition()
        partition.gap(noon + 86_400_000, noon + 86_400_001)
        partition.trade(at: noon)
        partition.gap(noon - 86_400_000, noon - 86_399_000)
        partition.trade(at: noon + 86_400_000)
        partition.trade(at: noon + 86_600_000)
        #expect(try partition.taken().tumbling.map(\.isIncomplete) == [false, true])
        #expect((partition.counts.gaps, partition.counts.counted) == (2, 3))
    }

    @Test("a gap moves no watermark and is no tick")
    func noTick() throws {
        var partition = VirtualPartition(WindowConfiguration())
        partition.trade(at: noon)
        partition.gap(noon, noon + 3_600_000)
        partition.trade(at: noon + 1)
        #expect(partition.counts.late == 0)
        #expect(try partition.taken().tumbling.isEmpty)
    }

    @Test("what no window can meet any more is in the state no longer")
    func forgotten() {
        func stateBytes(gapAt: Int64?) -> Int {
            var partition = VirtualPartition()
            partition.trade(at: noon)
            if let gapAt { partition.gap(gapAt, gapAt + 1_000) }
            partition.trade(at: noon + 200_000)
            var state = ChangelogBatch()
            partition.core.takeChanges(into: &state)
            return state.bytes.count
        }
        #expect(stateBytes(gapAt: noon + 10_000) == stateBytes(gapAt: nil))
        #expect(stateBytes(gapAt: noon + 300_000) == stateBytes(gapAt: nil) + 16)
        // The watermark is at 195 s: a window from 130 s to 190 s is final, one from 140 s to 200 s is open.
        #expect(stateBytes(gapAt: noon + 139_000) == stateBytes(gapAt: nil))
        #expect(stateBytes(gapAt: noon + 139_001) == stateBytes(gapAt: nil) + 16)
    }
}
