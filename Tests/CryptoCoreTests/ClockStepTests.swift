import TestSupport
import Testing

@testable import CryptoCore

@Suite("a clock that is put right closes nothing early and nothing late")
struct ClockStepTests {
    private static let hours: Int64 = 3_600_000

    @Test(
        "forward, back, as often as it likes: the outputs are those of a clock that was always right",
        arguments: UInt64(0)..<24)
    func anySteps(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        var steady = VirtualPartition(WindowConfiguration(), now: 1_000_000_000_000)
        var stepping = VirtualPartition(WindowConfiguration(), now: 1_000_000_000_000)
        var stream = RandomStream(seed: seed)
        for _ in 0..<Fuzz.rounds(1_500) {
            let elapsed: Int64 = rng.pick([0, 10, 1_000, 12_000])
            steady.now += elapsed
            stepping.now += elapsed
            if rng.chance(0.05) {
                let step = rng.pick([8 * ClockStepTests.hours, -8 * ClockStepTests.hours, rng.int(-100_000...100_000)])
                stepping.now += step
                stepping.core.clockStepped(byMs: step)
            }
            if rng.chance(0.2) {
                steady.ended()
                stepping.ended()
            }
            if rng.chance(0.1) {
                steady.live()
                stepping.live()
            }
            let record = stream.next()
            steady.add(record.value, key: record.key)
            stepping.add(record.value, key: record.key)
        }
        #expect(steady.counts == stepping.counts)
        #expect(steady.takenBytes() == stepping.takenBytes())
    }

    @Test("eight hours forward: without being told every quiet series would jump", arguments: [8 * hours, -8 * hours])
    func quiet(step: Int64) throws {
        var partition = VirtualPartition(WindowConfiguration(), now: 1_000_000_000_000)
        partition.trade(at: noon + 30_000)
        partition.now += 20_000
        partition.ended()
        partition.now += step
        partition.core.clockStepped(byMs: step)
        partition.ended()
        #expect(try partition.taken().tumbling.isEmpty)
        #expect(partition.core.watermark(ofSeries: 0) == noon + 45_000)
        partition.now += 15_000
        partition.ended()
        #expect(try partition.taken().tumbling.map(\.windowEnd) == [noon + 60_000])
    }

    /// What a successor restores whose clock shows `now`, of a series read when its predecessor's showed 10^12 and one second.
    private func restored(
        now: Int64, steppedBy step: Int64 = 0, _ configuration: WindowConfiguration = WindowConfiguration()
    ) throws -> VirtualPartition {
        var partition = VirtualPartition(configuration, now: 1_000_000_001_000)
        partition.trade(at: noon + 30_000)
        var batch = ChangelogBatch()
        partition.core.takeChanges(into: &batch)
        if step != 0 {
            partition.core.clockStepped(byMs: step)
            partition.core.takeChanges(into: &batch)
        }
        var successor = VirtualPartition(configuration, now: now)
        for record in batch.records {
            try successor.core.restore(
                key: batch.bytes.span.bytes.extracting(record.key),
                value: batch.bytes.span.bytes.extracting(try #require(record.value)), offset: 0)
        }
        successor.core.finishRestoring(now: now)
        return successor
    }

    @Test("what a step moved is in the state: who restores it right after goes on at the same pace")
    func stateAfterStep() throws {
        var successor = try restored(
            now: 1_000_000_011_000 + 8 * ClockStepTests.hours, steppedBy: 8 * ClockStepTests.hours)
        successor.ended()
        #expect(successor.core.watermark(ofSeries: 0) == noon + 35_000)
    }

    @Test("a state of a clock that was ahead is not waited for")
    func wasAhead() throws {
        var successor = try restored(now: 1_000_000_001_000 - 8 * ClockStepTests.hours)
        successor.now += 35_000
        successor.ended()
        #expect(try successor.taken().tumbling.map(\.windowEnd) == [noon + 60_000])
    }

    @Test("a state of a clock that was behind, or of long ago, closes what is open and makes nothing late beyond it")
    func wasBehind() throws {
        var successor = try restored(now: 1_000_000_001_000 + 8 * ClockStepTests.hours)
        successor.ended()
        #expect(try successor.taken().tumbling.map(\.windowEnd) == [noon + 60_000])
        #expect(successor.core.watermark(ofSeries: 0) == noon + 90_000)
        successor.trade(at: noon + 95_000)
        #expect(successor.counts.late == 0)
    }
}
