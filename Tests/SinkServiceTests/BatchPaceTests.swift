import TestSupport
import Testing

@testable import SinkService

@Suite("The pace of batches")
struct BatchPaceTests {
    private let pace = BatchPace(fullRows: 5000, waitMs: nil)

    @Test("no batch waits for more than a second, and none without rows is written")
    func bounds() {
        for rows in [1, 199, 200, 4999] {
            #expect(pace.isDue(rows: rows, bytes: 0, firstMs: 7, now: 1007))
            #expect(!pace.isDue(rows: rows, bytes: 0, firstMs: 7, now: 206))
        }
        #expect(!pace.isDue(rows: 0, bytes: 0, firstMs: 7, now: 1_000_000))
    }

    @Test("a full batch is written at once", arguments: [nil, 20, 60_000] as [Int64?])
    func full(waitMs: Int64?) {
        let pace = BatchPace(fullRows: 5000, waitMs: waitMs)
        #expect(pace.isDue(rows: 5000, bytes: 0, firstMs: 7, now: 7))
        #expect(pace.isDue(rows: 1, bytes: BatchPace.fullBytes, firstMs: 7, now: 7))
        #expect(!pace.isDue(rows: 4999, bytes: BatchPace.fullBytes - 1, firstMs: 7, now: 26))
    }

    @Test("a wait that was told holds for every batch", arguments: [20, 5000] as [Int64])
    func told(waitMs: Int64) {
        let pace = BatchPace(fullRows: 5000, waitMs: waitMs)
        for rows in [1, 200, 4999] {
            #expect(!pace.isDue(rows: rows, bytes: 0, firstMs: 0, now: waitMs - 1))
            #expect(pace.isDue(rows: rows, bytes: 0, firstMs: 0, now: waitMs))
        }
    }

    /// Rows come evenly; a poll looks every millisecond.
    @Test(
        "the fewer rows come the fewer commits there are, down to one a second; many rows fill batches",
        arguments: [
            (1, 29...60), (10, 53...60), (95, 58...60), (500, 145...150), (1000, 290...300), (20_000, 290...300),
            (100_000, 1190...1200),
        ])
    func commits(rate: Int, expected: ClosedRange<Int>) {
        var rows = 0
        var firstMs: Int64 = 0
        var commits = 0
        var longest: Int64 = 0
        for now in 0..<60_000 as Range<Int64> {
            let come = (Int(now) + 1) * rate / 1000 - Int(now) * rate / 1000
            if rows == 0, come > 0 { firstMs = now }
            rows += come
            guard pace.isDue(rows: rows, bytes: 0, firstMs: firstMs, now: now) else { continue }
            longest = max(longest, now - firstMs)
            commits += 1
            rows = 0
        }
        #expect(expected.contains(commits), "\(commits)")
        #expect(longest <= 1000)
    }

    @Test("a batch is due when it says so", arguments: 0..<100 as Range<UInt64>)
    func agreement(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let waitMs = Bool.random(using: &random) ? nil : Int64.random(in: 1...5000, using: &random)
        let pace = BatchPace(fullRows: Int.random(in: 1...1000, using: &random), waitMs: waitMs)
        let first = Int64.random(in: -10_000...10_000, using: &random)
        let rows = Int.random(in: 1...pace.fullRows, using: &random)
        let due = pace.dueMs(rows: rows, firstMs: first)
        #expect(due - first <= waitMs ?? BatchPace.longestMs)
        #expect(pace.isDue(rows: rows, bytes: 0, firstMs: first, now: due))
        #expect(pace.isDue(rows: rows, bytes: 0, firstMs: first, now: due - 1) == (rows == pace.fullRows))
    }
}
