internal import CryptoCore
internal import NetClient

/// Which symbols' past prices are still to be asked for, one after the other, before any present ones.
struct PastPrices: Sendable {
    /// A symbol is given up after so many answers without prices.
    private static let attempts = 5

    /// How far back. *Units*: ms.
    let lengthMs: Int64
    private(set) var waiting: ArraySlice<String>
    /// Not before this time is the next one due.
    var dueMs: Int64
    /// Whether a request is under way.
    var isAsked = false
    private var policy: ReconnectPolicy
    private let freshPolicy: ReconnectPolicy

    init(_ symbols: [String], lengthMs: Int64, nowMs: Int64, policy: ReconnectPolicy) {
        self.lengthMs = lengthMs
        waiting = lengthMs > 0 ? symbols[...] : []
        dueMs = nowMs
        self.policy = policy
        freshPolicy = policy
    }

    /// The symbol that is asked for next, or now.
    var symbol: String? { waiting.first }

    /// The first one is dealt with.
    mutating func advance() {
        waiting = waiting.dropFirst()
        policy = freshPolicy
    }

    /// The answer had no prices: when to try again, or nil when it is of no use any more. *Units*: ms.
    mutating func fail(nowMs: Int64, askedMs: Int64?, using random: inout SeededRandom) -> Int64? {
        if policy.failures + 1 >= PastPrices.attempts {
            advance()
            return nil
        }
        let waitMs = policy.noteFailure(
            now: nowMs, retryAfterSeconds: askedMs.map { Int(($0 + 999) / 1000) }, using: &random)
        dueMs = nowMs + waitMs
        return waitMs
    }
}
