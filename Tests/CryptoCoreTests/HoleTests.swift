import Testing

@testable import CryptoCore

@Suite("ticks that were removed unread make the windows incomplete that may miss some")
struct HoleTests {
    /// A trade a second from `noon` on, those of `seconds`.
    private func trades(_ partition: inout VirtualPartition, _ seconds: Range<Int64>) {
        for second in seconds { partition.trade(at: noon + second * 1_000) }
    }

    /// The windows that are incomplete, of those that come out once everything is closed.
    private func incomplete(_ partition: inout VirtualPartition, series: [Series] = [VirtualPartition.bitcoin]) throws
        -> [Int64]
    {
        for one in series { partition.trade(at: noon + 3_600_000, series: one) }
        return try partition.taken().tumbling.filter(\.isIncomplete).map { ($0.windowStart - noon) / 60_000 }
    }

    @Test("of four windows the two that the hole lies in")
    func retention() throws {
        var partition = VirtualPartition()
        trades(&partition, 0..<90)
        partition.core.skip(to: 150)
        trades(&partition, 150..<300)
        let windows = try partition.taken().tumbling
        #expect(windows.map(\.count) == [60, 30, 30, 60])
        #expect(windows.map(\.isIncomplete) == [false, true, true, false])
        #expect(partition.counts.skipped == 60)
    }

    @Test("offsets that are missing without a word are markers of transactions, and no hole")
    func markers() throws {
        var partition = VirtualPartition()
        trades(&partition, 0..<90)
        let tick = Tick(
            series: VirtualPartition.bitcoin, kind: .quote(.init(price: 1)), eventTime: noon + 150_000,
            ingestTime: noon + 150_000)
        partition.core.add(
            key: tick.series.description.bytes.span.bytes, value: tick.encoded().span.bytes, offset: 150, now: 0,
            into: &partition.output)
        #expect(partition.counts.skipped == 0)
        #expect(partition.core.nextOffset == 151)
        #expect(try incomplete(&partition) == [])
    }

    @Test("a tick that does not take event time on, a repeat, a block trade and a gap do not end it")
    func openEnd() throws {
        var partition = VirtualPartition()
        trades(&partition, 0..<90)
        partition.core.skip(to: 150)
        partition.trade(at: noon + 88_500)
        partition.trade("own-1", at: noon)
        partition.trade(at: noon + 200_000, isBlock: true)
        partition.gap(noon + 95_000, noon + 96_000)
        partition.live()
        #expect(try partition.taken().live.map(\.isIncomplete) == [true])
        partition.trade(at: noon + 310_000)
        #expect(try incomplete(&partition) == [1, 5])
        #expect(partition.counts.counted == 93)
    }

    @Test("a gap that is announced meanwhile lasts as long as it says")
    func gapInside() throws {
        var partition = VirtualPartition()
        trades(&partition, 0..<90)
        partition.core.skip(to: 100)
        partition.gap(noon + 80_000, noon + 190_000)
        trades(&partition, 130..<300)
        #expect(try incomplete(&partition) == [1, 2, 3])
    }

    @Test("it touches every series of the partition, each from its newest tick on; a quiet one is closed by the clock")
    func everySeries() throws {
        var partition = VirtualPartition(WindowConfiguration(), now: 1_000_000)
        partition.quote(at: noon + 10_000)
        partition.trade(at: noon + 61_000)
        partition.core.skip(to: 100)
        partition.now += 600_000
        partition.ended()
        let windows = try partition.taken().tumbling
        #expect(windows.map(\.series) == [VirtualPartition.coin, VirtualPartition.bitcoin])
        #expect(windows.map(\.isIncomplete) == [true, true])
    }

    @Test("a series met within a minute behind it may have lost its first ticks; one met later has not")
    func newSeries() throws {
        let series = (0..<4).map { Series(source: "s", symbol: "A\($0)-USD") }
        for hasTime in [true, false] {
            var partition = VirtualPartition()
            partition.trade(at: noon)
            partition.core.skip(to: 100)
            for (i, second) in [600, 660, 661, 4_000].enumerated() {
                partition.appendTime = hasTime ? noon + Int64(second) * 1_000 : nil
                partition.trade(at: noon + Int64(i) * 5_000 + 30_000, series: series[i])
                partition.trade(at: noon + Int64(i) * 5_000 + 31_000, series: series[i])
            }
            partition.appendTime = nil
            for one in series { partition.trade(at: noon + 3_600_000, series: one) }
            let marked = try partition.taken().tumbling.filter(\.isIncomplete).map(\.series)
            #expect(marked == Array(series[..<(hasTime ? 2 : 4)]))
        }
    }

    @Test("a series of which only gaps were read may have lost its first ticks too")
    func noTickYet() throws {
        var partition = VirtualPartition()
        partition.gap(noon - 3_600_000, noon - 3_500_000)
        partition.core.skip(to: 100)
        partition.trade(at: noon + 1)
        partition.trade(at: noon + 60_000)
        #expect(try incomplete(&partition) == [0])
    }

    @Test("before anything was read there is no hole, and none behind where reading stands")
    func noHole() {
        var partition = VirtualPartition()
        partition.core.skip(to: 100)
        partition.trade(at: noon)
        partition.core.skip(to: 1)
        partition.core.skip(to: 0)
        #expect(partition.counts.skipped == 0)
        #expect(partition.core.nextOffset == 1)
    }

    @Test("without a hole the state is, byte for byte, what 0.1.0 wrote; with one it has a span that nothing ends")
    func state() {
        func bytes(hole: Bool) -> (head: Int, position: Int) {
            var partition = VirtualPartition()
            partition.trade(at: noon)
            if hole { partition.core.skip(to: 100) }
            var batch = ChangelogBatch()
            partition.core.takeChanges(into: &batch)
            let sizes = batch.records.suffix(2).map { $0.value?.count ?? 0 }
            return (sizes[0], sizes[1])
        }
        #expect(bytes(hole: false) == (64, 24))
        #expect(bytes(hole: true) == (64 + 16, 24 + 8))
    }
}
