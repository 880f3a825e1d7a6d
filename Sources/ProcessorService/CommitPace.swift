/// When to commit: soon after a record for readers while the processor keeps up, once a second while it catches up.
///
/// A commit costs a few round trips whatever it holds, so a backlog wants few of them; a reader waits for it, so a live stream
/// wants them soon.
struct CommitPace {
    /// A transaction is open at most this long.
    static let longestMs: Int64 = 1_000
    /// Records wait at least this long for others, so that a minute's end is one commit.
    static let shortestMs: Int64 = 20

    /// Records that one poll takes at most; when more than these wait the processor is catching up.
    static let fullPoll = 10_000

    private var openedMs: Int64?
    private var lastTookMs: Int64 = 0

    /// How long polling may wait.
    func waitMs(at nowMs: Int64) -> Int32 {
        guard let openedMs else { return 50 }
        return Int32(max(1, min(CommitPace.shortestMs, openedMs + CommitPace.longestMs - nowMs)))
    }

    /// Something is there that the next commit must hold.
    mutating func opened(at nowMs: Int64) { openedMs = openedMs ?? nowMs }

    /// - Parameters:
    ///   - hasRecords: whether readers wait for something.
    ///   - backlog: how many records wait to be read; asked only where it matters.
    func isDue(at nowMs: Int64, hasRecords: Bool, backlog: @autoclosure () -> Int) -> Bool {
        guard let openedMs else { return false }
        let age = nowMs - openedMs
        if age >= CommitPace.longestMs { return true }
        // Where commits are slow, two thirds of the time are left for the rest.
        let shortest = max(CommitPace.shortestMs, 2 * lastTookMs)
        return hasRecords && age >= shortest && backlog() <= CommitPace.fullPoll
    }

    /// A commit that took so long is done.
    mutating func committed(afterMs tookMs: Int64) {
        openedMs = nil
        lastTookMs = tookMs
    }

    /// What was there has been taken back.
    mutating func aborted() { openedMs = nil }
}
