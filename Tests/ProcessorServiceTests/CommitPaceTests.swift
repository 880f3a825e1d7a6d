import Testing

@testable import ProcessorService

@Suite("When the processor commits")
struct CommitPaceTests {
    @Test("nothing to commit is never due")
    func nothing() {
        let pace = CommitPace()
        #expect(!pace.isDue(at: 1_000_000, hasFinals: false))
        #expect(!pace.isDue(at: 1_000_000, hasFinals: true))
    }

    @Test("a final record waits a moment for others while the processor keeps up")
    func keepsUp() {
        var pace = CommitPace()
        pace.note(records: 3, at: 100)
        #expect(!pace.isDue(at: 100 + CommitPace.shortestMs - 1, hasFinals: true))
        #expect(pace.isDue(at: 100 + CommitPace.shortestMs, hasFinals: true))
        #expect(!pace.isDue(at: 100 + CommitPace.shortestMs, hasFinals: false))
    }

    @Test("a backlog is committed once a second, finals or not")
    func catchesUp() {
        var pace = CommitPace()
        pace.note(records: CommitPace.fullPoll, at: 100)
        #expect(!pace.isDue(at: 1_099, hasFinals: true))
        #expect(pace.isDue(at: 1_100, hasFinals: false))
        pace.committed(at: 1_100)
        #expect(!pace.isDue(at: 5_000, hasFinals: false))
    }

    @Test("polling never waits past the next commit", arguments: [Int64(0), 1, 500, 999, 1_000, 5_000])
    func waits(ageMs: Int64) {
        var pace = CommitPace()
        pace.note(records: 1, at: 0)
        let wait = Int64(pace.waitMs(at: ageMs))
        #expect(wait >= 1 && wait <= max(1, CommitPace.longestMs - ageMs))
    }
}
