import Testing

@testable import ProcessorService

@Suite("When the processor commits")
struct CommitPaceTests {
    @Test("nothing to commit is never due")
    func nothing() {
        let pace = CommitPace()
        #expect(!pace.isDue(at: 1_000_000, hasRecords: false, backlog: 0))
        #expect(!pace.isDue(at: 1_000_000, hasRecords: true, backlog: 0))
    }

    @Test("a record waits a moment for others while the processor keeps up", arguments: [0, CommitPace.fullPoll])
    func keepsUp(backlog: Int) {
        var pace = CommitPace()
        pace.opened(at: 100)
        #expect(!pace.isDue(at: 100 + CommitPace.shortestMs - 1, hasRecords: true, backlog: backlog))
        #expect(pace.isDue(at: 100 + CommitPace.shortestMs, hasRecords: true, backlog: backlog))
        #expect(!pace.isDue(at: 100 + CommitPace.shortestMs, hasRecords: false, backlog: backlog))
    }

    @Test("a backlog is committed once a second, records or not")
    func catchesUp() {
        var pace = CommitPace()
        pace.opened(at: 100)
        #expect(!pace.isDue(at: 1_099, hasRecords: true, backlog: CommitPace.fullPoll + 1))
        #expect(pace.isDue(at: 1_100, hasRecords: false, backlog: CommitPace.fullPoll + 1))
        pace.committed(afterMs: 50)
        #expect(!pace.isDue(at: 5_000, hasRecords: false, backlog: 0))
    }

    @Test("commits that take long leave two thirds of the time for the rest")
    func slowCommits() {
        var pace = CommitPace()
        pace.opened(at: 0)
        pace.committed(afterMs: 100)
        pace.opened(at: 100)
        #expect(!pace.isDue(at: 299, hasRecords: true, backlog: 0))
        #expect(pace.isDue(at: 300, hasRecords: true, backlog: 0))
        pace.committed(afterMs: 5_000)
        pace.opened(at: 6_000)
        #expect(pace.isDue(at: 7_000, hasRecords: true, backlog: 0))
    }

    @Test("polling never waits past the next commit", arguments: [Int64(0), 1, 500, 999, 1_000, 5_000])
    func waits(ageMs: Int64) {
        var pace = CommitPace()
        pace.opened(at: 0)
        let wait = Int64(pace.waitMs(at: ageMs))
        #expect(wait >= 1 && wait <= max(1, CommitPace.longestMs - ageMs))
    }
}
