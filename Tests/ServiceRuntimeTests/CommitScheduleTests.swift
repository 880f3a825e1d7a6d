import Testing

@testable import ServiceRuntime

@Suite("When a stream service commits")
struct CommitScheduleTests {
    @Test("nothing to commit is never due")
    func nothing() {
        #expect(!CommitSchedule().isDue(at: 1_000_000, backlog: 0))
    }

    @Test(
        "the first record waits a moment for others while the processor keeps up",
        arguments: [0, CommitSchedule.fullPoll])
    func keepsUp(backlog: Int) {
        var pace = CommitSchedule()
        pace.opened(at: 0)
        pace.wrote(at: 100)
        pace.wrote(at: 110)
        #expect(!pace.isDue(at: 100 + CommitSchedule.gatheringMs - 1, backlog: backlog))
        #expect(pace.isDue(at: 100 + CommitSchedule.gatheringMs, backlog: backlog))
    }

    @Test("what was read and led to no record is committed once a second")
    func withoutRecords() {
        var pace = CommitSchedule()
        pace.opened(at: 100)
        #expect(!pace.isDue(at: 1_099, backlog: 0))
        #expect(pace.isDue(at: 1_100, backlog: 0))
    }

    @Test("a backlog is committed once a second, records or not")
    func catchesUp() {
        var pace = CommitSchedule()
        pace.wrote(at: 100)
        #expect(!pace.isDue(at: 1_099, backlog: CommitSchedule.fullPoll + 1))
        #expect(pace.isDue(at: 1_100, backlog: CommitSchedule.fullPoll + 1))
        pace.committed(at: 1_100, afterMs: 10)
        #expect(!pace.isDue(at: 5_000, backlog: 0))
    }

    @Test(
        "behind a commit is a pause of twice as long, and of a tenth of a second at most",
        arguments: [(took: Int64(30), pause: Int64(60)), (50, 100), (51, 100), (5_000, 100)])
    func slowCommits(took: Int64, pause: Int64) {
        var pace = CommitSchedule()
        pace.committed(at: 100, afterMs: took)
        pace.wrote(at: 100)
        #expect(!pace.isDue(at: 99 + pause, backlog: 0))
        #expect(pace.isDue(at: 100 + pause, backlog: 0))
    }

    @Test("in a hurry the next commit is due at once, and the one after it is not")
    func hurry() {
        var pace = CommitSchedule()
        pace.commitSoon(at: 5_000)
        #expect(pace.isDue(at: 5_000, backlog: .max))
        #expect(pace.waitMs(at: 5_000) == 1)
        pace.committed(at: 5_000, afterMs: 10)
        pace.opened(at: 5_000)
        #expect(!pace.isDue(at: 5_000, backlog: 0))
    }

    @Test("polling never waits past the next commit", arguments: [Int64(0), 1, 19, 500, 999, 1_000, 5_000])
    func waits(ageMs: Int64) {
        var pace = CommitSchedule()
        pace.opened(at: 0)
        #expect((1...max(1, min(50, 1_000 - ageMs))).contains(Int64(pace.waitMs(at: ageMs))))
        pace.wrote(at: 0)
        #expect((1...max(1, CommitSchedule.gatheringMs - ageMs)).contains(Int64(pace.waitMs(at: ageMs))))
    }
}
