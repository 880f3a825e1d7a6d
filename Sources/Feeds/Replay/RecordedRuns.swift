internal import CryptoCore

/// The connections of a recording of ours, which may hold several runs one behind the other.
struct RecordedRuns {
    /// No run has more; what comes of others is played like a stranger's recording.
    private static let connectionLimit = 64
    /// Live feeds look at their clocks at least so often; while something is missing, much more often. *Units*: ms.
    private static let stepMs: Int64 = 100
    /// More than this is not released at once. *Units*: ticks.
    private static let releasedTicks = 4096

    private let coins: Coins
    private let budget: DiskQuota
    private var connections: [String: RecordedConnection] = [:]
    /// In the order in which they came.
    private var all: [RecordedConnection] = []
    /// Time of the last line. *Units*: ms since the epoch.
    private var nowMs: Int64 = .min
    private var settledMs: Int64 = .min
    private var isBehind = false
    private var isWaiting = false
    /// What happened that is worth telling.
    private var events: [FeedEvent] = []
    /// Whether a header of ours was met.
    private(set) var isOurs = false

    init(coins: Coins, budget: DiskQuota) {
        self.coins = coins
        self.budget = budget
    }

    /// Whether there is something that may wait.
    var isEmpty: Bool { all.isEmpty }

    /// A line of this time says something about a connection before it plays anything.
    mutating func note(_ ms: Int64) { nowMs = ms }

    /// A run begins, after all before it was played; the first one is no end of another.
    mutating func begin() {
        isOurs = true
        for connection in all { connection.endRun(at: nowMs) }
    }

    /// The connection of this name; nil when there are too many, or this is no recording of ours.
    mutating func connection(_ name: String, _ venue: RecordedVenue?) -> RecordedConnection? {
        guard isOurs else { return nil }
        if let known = connections[name] { return known }
        guard all.count < RecordedRuns.connectionLimit else { return nil }
        let new = RecordedConnection(venue, coins: coins, budget: budget)
        connections[name] = new
        all.append(new)
        return new
    }

    /// It is this late by the recording's clock.
    /// - Returns: whether more is to be released before anything else is played.
    mutating func settle(at ms: Int64?, into writer: inout TickWriter) -> Bool {
        if let ms { nowMs = ms }
        let stepMs = isWaiting ? 1 : RecordedRuns.stepMs
        let isDue = settledMs == .min || abs(nowMs - settledMs) >= stepMs
        guard isBehind || isDue else { return false }
        settledMs = nowMs
        let now = nowMs
        isBehind = release(into: &writer) { $0.settle(at: now) }
        isWaiting = all.contains { $0.isWaiting }
        return isBehind
    }

    /// The end: nothing is waited for any more.
    /// - Returns: whether more is to be released.
    mutating func giveUp(into writer: inout TickWriter) -> Bool {
        let now = nowMs
        return release(into: &writer) { $0.giveUp(at: now) }
    }

    /// Brings what one connection wrote to `writer`; trades that waited follow before the next line.
    mutating func flush(_ connection: RecordedConnection, into writer: inout TickWriter, isEvent: Bool) {
        connection.flush(into: &writer, events: &events)
        if isEvent { isBehind = true }
    }

    /// Moves what happened to `events`.
    mutating func takeEvents(_ events: inout [FeedEvent]) {
        guard !self.events.isEmpty else { return }
        events += self.events
        self.events.removeAll()
    }

    // MARK: Parts

    private mutating func release(
        into writer: inout TickWriter, _ step: (RecordedConnection) -> Bool
    ) -> Bool {
        let first = writer.batch.count
        var isMore = false
        for connection in all {
            if step(connection) { isMore = true }
            connection.flush(into: &writer, events: &events)
            if writer.batch.count - first >= RecordedRuns.releasedTicks { return true }
        }
        return isMore
    }
}

@available(*, unavailable)
extension RecordedRuns: Sendable {}
