/// When to commit: soon after a record for readers while the service keeps up, once a second while it catches up.
///
/// A commit costs a few round trips whatever it holds, so a backlog wants few of them; a reader waits for it, so a live stream
/// wants them soon.
struct CommitSchedule {
    /// A transaction is open at most this long.
    static let longestMs: Int64 = 1_000
    /// The first record for readers waits so long for others, so that a minute's end is one commit.
    static let gatheringMs: Int64 = 20

    /// The longest pause behind a commit for readers: one that was slow by chance makes the next record wait little longer than itself.
    static let longestPauseMs: Int64 = 100

    /// Records that one poll takes at most; when more than these wait the service is catching up.
    static let fullPoll = 10_000

    private var openedMs: Int64?
    private var firstRecordMs: Int64?
    /// When the next commit for the sake of readers may be.
    private var earliestMs = Int64.min

    /// How long polling may wait.
    func waitMs(at nowMs: Int64) -> Int32 {
        guard let openedMs else { return 50 }
        var endMs = openedMs + CommitSchedule.longestMs
        if let firstRecordMs { endMs = min(endMs, max(earliestMs, firstRecordMs + CommitSchedule.gatheringMs)) }
        return Int32(clamping: max(1, min(50, endMs - nowMs)))
    }

    /// Something is there that the next commit must hold.
    mutating func opened(at nowMs: Int64) { openedMs = openedMs ?? nowMs }

    /// Records are there that readers wait for.
    mutating func wrote(at nowMs: Int64) {
        opened(at: nowMs)
        firstRecordMs = firstRecordMs ?? nowMs
    }

    /// The next commit is due at once.
    mutating func commitSoon(at nowMs: Int64) { openedMs = nowMs - CommitSchedule.longestMs }

    /// - Parameter backlog: how many records wait to be read; asked only where it matters.
    func isDue(at nowMs: Int64, backlog: @autoclosure () -> Int) -> Bool {
        guard let openedMs else { return false }
        if nowMs - openedMs >= CommitSchedule.longestMs { return true }
        guard let firstRecordMs, nowMs - firstRecordMs >= CommitSchedule.gatheringMs, nowMs >= earliestMs else {
            return false
        }
        return backlog() <= CommitSchedule.fullPoll
    }

    /// A commit that took so long is done. A pause of twice as long leaves two thirds of the time for the rest, up to a limit: who falls
    /// behind by it commits once a second.
    mutating func committed(at nowMs: Int64, afterMs tookMs: Int64) {
        reset()
        earliestMs = nowMs + min(2 * tookMs, CommitSchedule.longestPauseMs)
    }

    /// What was there has been taken back.
    mutating func aborted() { reset() }

    private mutating func reset() {
        openedMs = nil
        firstRecordMs = nil
    }
}
