import CryptoCore
import Testing

@Suite("a quiet series goes on at the clock's pace")
struct QuietSeriesTests {
    /// Wall clocks show another year than the event times.
    static let clock: Int64 = 2_000_000_000_000

    private func partition(_ configuration: WindowConfiguration = WindowConfiguration()) -> VirtualPartition {
        VirtualPartition(configuration, now: QuietSeriesTests.clock)
    }

    /// The ends of the tumbling windows that closed.
    private func ends(_ partition: inout VirtualPartition) throws -> [Int64] {
        try partition.taken().tumbling.map(\.windowEnd)
    }

    @Test("a window closes when largest event time + time since it was read − lateness reaches its end")
    func pace() throws {
        var partition = partition()
        partition.trade(at: noon + 30_000)
        for elapsed in [1, 9_999, 10_000, 34_999] as [Int64] {
            partition.now = QuietSeriesTests.clock + elapsed
            partition.ended()
            #expect(try ends(&partition) == [])
        }
        partition.now = QuietSeriesTests.clock + 35_000
        partition.ended()
        #expect(try ends(&partition) == [noon + 60_000])
        #expect(partition.core.series[0].watermark == noon + 60_000)
    }

    @Test(
        "not before the idle timeout: 10 s after a trade, 180 s after a quote",
        arguments: [(false, 10_000), (true, 180_000)] as [(Bool, Int64)])
    func timeout(isQuote: Bool, timeout: Int64) throws {
        var partition = partition()
        if isQuote { partition.quote(at: noon + 64_999) } else { partition.trade(at: noon + 59_999) }
        partition.now += timeout - 1
        partition.ended()
        #expect(try ends(&partition) == [])
        partition.now += 1
        partition.ended()
        // The trade's window could have closed 5.001 s after it was read, but the series was not quiet yet.
        let isClosed = try ends(&partition) == [isQuote ? noon + 120_000 : noon + 60_000]
        #expect(isClosed == (isQuote || noon + 59_999 + timeout - 5_000 >= noon + 60_000))
    }

    @Test("the last tick decides which timeout it is")
    func lastKind() throws {
        var partition = partition()
        partition.trade(at: noon)
        partition.quote(at: noon + 1, series: VirtualPartition.bitcoin)
        partition.now += 179_999
        partition.ended()
        #expect(try ends(&partition) == [])
        partition.now += 1
        partition.ended()
        #expect(try ends(&partition) == [noon + 60_000])
    }

    @Test("0 is never")
    func never() throws {
        var partition = partition(WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0))
        partition.trade(at: noon)
        partition.quote(at: noon)
        partition.now += 1 << 40
        partition.ended()
        #expect(try ends(&partition) == [])
    }

    @Test("it never takes the clock's own value: an old day is treated as a new one")
    func ownPace() throws {
        var partition = partition()
        partition.ended()
        partition.trade(at: noon)
        partition.now += 20_000
        partition.ended()
        partition.trade(at: noon + 1)
        #expect((partition.counts.counted, partition.counts.late) == (2, 0))
        #expect(partition.core.series[0].watermark == noon + 15_000)
    }

    @Test("it stands still while nobody says that the partition is read to its end")
    func notConfirmed() throws {
        var partition = partition()
        partition.trade(at: noon)
        partition.now += 1_000
        partition.ended()
        let confirmed = partition.now
        partition.now += 3_600_000
        // The broker does not answer: the time of its last answer is all there is.
        partition.core.partitionEnded(confirmedAt: confirmed, into: &partition.output)
        #expect(try ends(&partition) == [])
        partition.trade(at: noon + 1)
        #expect((partition.counts.counted, partition.counts.late) == (2, 0))
    }

    @Test("a partition that is behind splits no window, however long reading took")
    func catchUp() throws {
        var partition = partition()
        for i in 0..<120 as Range<Int64> {
            partition.trade(at: noon + i * 1_000)
            partition.now += 30_000  // no answer of `ended` in between: there is more to read
        }
        #expect((partition.counts.counted, partition.counts.late) == (120, 0))
        partition.ended()
        let windows = try partition.taken().tumbling
        #expect(windows.map(\.count) == [60, 60])
    }

    @Test("what came after the clock closed its windows is late, and later ticks count on")
    func stragglers() throws {
        var partition = partition()
        partition.trade(at: noon)
        partition.now += 200_000
        partition.ended()
        #expect(partition.core.series[0].watermark == noon + 195_000)
        partition.trade(at: noon + 100_000)
        partition.trade(at: noon + 140_000)
        let outputs = try partition.taken()
        #expect(outputs.late.map(\.tick.eventTime) == [noon + 100_000])
        #expect(outputs.late.map(\.lateBy) == [35_000])
        // The newest event time now is 140 s, read at 200 s; the watermark does not go back for it.
        #expect(partition.core.series[0].watermark == noon + 195_000)
        partition.now += 64_999
        partition.ended()
        #expect(try ends(&partition) == [])
        partition.now += 1
        partition.ended()
        #expect(partition.core.series[0].watermark == noon + 200_000)
    }

    @Test("the clock goes on between the ends of windows too: late by what it shows")
    func lateByClock() throws {
        var partition = partition()
        partition.trade(at: noon)
        partition.now += 68_000
        partition.ended()
        #expect(partition.core.watermark(ofSeries: 0) == noon + 63_000)
        partition.now += 5_000
        partition.ended()
        partition.trade(at: noon + 5_000)
        #expect(try partition.taken().late.map(\.lateBy) == [8_000])
    }

    @Test("windows that the clock closed are emitted once")
    func once() throws {
        var partition = partition()
        partition.trade(at: noon)
        var all: [Int64] = []
        for _ in 0..<300 {
            partition.now += 1_000
            partition.ended()
            all += try partition.taken().sliding.map { $0.windowEnd - noon }
        }
        partition.trade(at: noon + 700_000)
        #expect(all == [10_000, 20_000, 30_000, 40_000, 50_000, 60_000])
        #expect(try partition.taken().sliding.isEmpty)
    }

    @Test("a clock that goes back makes nobody late")
    func backwards() throws {
        var partition = partition()
        partition.ended()
        partition.now -= 3_600_000
        for i in 0..<200 as Range<Int64> {
            partition.trade(at: noon + i * 1_000)
            partition.ended()
        }
        #expect((partition.counts.counted, partition.counts.late) == (200, 0))
    }

    @Test("a duplicate, a late tick, a block trade or a gap keeps no series awake")
    func notTicks() throws {
        var partition = partition()
        partition.trade("a", at: noon)
        for _ in 0..<70 {
            partition.now += 1_000
            partition.trade("a", at: noon)
            partition.trade(at: noon, isBlock: true)
            partition.gap(noon - 100, noon - 50)
            partition.ended()
        }
        #expect(try ends(&partition) == [noon + 60_000])
    }
}
