/// When to commit: soon after a final record while the processor keeps up, once a second while it catches up.
///
/// A commit costs a few round trips whatever it holds, so a backlog wants few of them; a reader waits for it, so a live stream
/// wants them soon.
struct CommitPace {
    /// A transaction is open at most this long.
    static let longestMs: Int64 = 1_000
    /// Final records wait at least this long for others, so that a minute's end is one commit.
    static let shortestMs: Int64 = 20

    /// Records that one poll takes at most; a poll that brings so many is a sign of more.
    static let fullPoll = 10_000

    private var openedMs: Int64?
    private var isCatchingUp = false

    /// How long polling may wait.
    func waitMs(at nowMs: Int64) -> Int32 {
        guard let openedMs else { return 50 }
        return Int32(max(1, min(CommitPace.shortestMs, openedMs + CommitPace.longestMs - nowMs)))
    }

    /// Something is there that the next commit must hold.
    mutating func opened(at nowMs: Int64) { openedMs = openedMs ?? nowMs }

    /// A poll brought so many records.
    mutating func note(records: Int, at nowMs: Int64) {
        opened(at: nowMs)
        isCatchingUp = records >= CommitPace.fullPoll
    }

    func isDue(at nowMs: Int64, hasFinals: Bool) -> Bool {
        guard let openedMs else { return false }
        let age = nowMs - openedMs
        return age >= CommitPace.longestMs || (hasFinals && !isCatchingUp && age >= CommitPace.shortestMs)
    }

    mutating func committed(at nowMs: Int64) { openedMs = nil }
}
