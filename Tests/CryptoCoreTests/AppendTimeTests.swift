import CryptoCore
import Testing

@Suite("the broker's clock is the third: a tick more than a minute ahead of it is malformed")
struct AppendTimeTests {
    private static let words = "field event_time must be at most a minute after the record's LogAppendTime, byte 0"

    @Test("one whose two times are both a day ahead makes none of those behind it late")
    func futureClock() throws {
        var partition = VirtualPartition()
        let start: Int64 = 1_795_900_000_000
        for (id, time) in [("1", start), ("2", start + 86_400_000), ("3", start + 61_000)] {
            partition.appendTime = id == "2" ? start + 30_000 : time + 20
            partition.trade(id, at: time)
        }
        partition.appendTime = start + 200_000
        for second in 62..<200 as Range<Int64> { partition.trade(at: start + second * 1_000) }
        #expect((partition.counts.counted, partition.counts.late, partition.counts.deadLetters) == (140, 0, 1))
        let letters = try partition.taken().deadLetters
        #expect(letters.map(\.error) == [AppendTimeTests.words])
        #expect(letters.map(\.originOffset) == [1])
    }

    @Test(
        "a minute ahead is not, a millisecond more is; trades, quotes and gaps alike, of new series and known ones",
        arguments: [(60_000, true), (60_001, false), (86_400_000, false), (-86_400_000 * 365 * 8, true)]
            as [(Int64, Bool)])
    func bounds(ahead: Int64, isTaken: Bool) throws {
        for isKnown in [false, true] {
            var partition = VirtualPartition()
            if isKnown { partition.trade(at: noon - 1, isBlock: true) }
            partition.appendTime = noon - ahead
            partition.trade(at: noon)
            partition.quote(at: noon, series: VirtualPartition.bitcoin)
            partition.gap(noon - 5, noon)
            let letters = try partition.taken().deadLetters.map(\.error)
            #expect(letters == Array(repeating: AppendTimeTests.words, count: isTaken ? 0 : 3))
            #expect(partition.counts.counted == (isTaken ? 2 : 0) && partition.counts.gaps == (isTaken ? 1 : 0))
            // A malformed record makes no series known.
            #expect(partition.core.series.count == (isKnown || isTaken ? 1 : 0))
        }
    }

    @Test("where the record's time is not the broker's nothing is held against it")
    func noBrokersTime() {
        var partition = VirtualPartition()
        partition.trade(at: noon + 86_400_000)
        #expect(partition.counts.counted == 1)
    }
}
