/// Notices markets without data on a connection that lives: a subscription can be lost alone. Pure.
///
/// It counts from the moment of subscribing, not from the first data. *Units*: ms of one monotonic clock.
struct MarketSilence: Sendable {
    private struct Heard: Sendable {
        /// When data came last, or the market was subscribed.
        var ms: Int64
        /// Before this it is not silent again.
        var patientUntilMs = Int64.min
        /// How often it was found silent without data in between.
        var rounds: Int64 = 0
    }

    /// A market is silent when it had no data for this long.
    private let limitMs: Int64
    private var heard: [SeriesID: Heard] = [:]

    init(limitMs: Int64) {
        precondition(limitMs > 0, "a limit must be positive")
        self.limitMs = limitMs
    }

    /// A new connection subscribes these markets, and no others.
    mutating func begin(_ markets: [SeriesID], now: Int64) {
        heard.removeAll(keepingCapacity: true)
        add(markets, now: now)
    }

    /// The connection subscribes these markets, too.
    mutating func add(_ markets: [SeriesID], now: Int64) {
        for market in markets { heard[market] = Heard(ms: now) }
    }

    /// Data of a market came; one that is not subscribed is passed over.
    @inline(__always)
    mutating func noteData(_ market: SeriesID, now: Int64) {
        guard let index = heard.index(forKey: market), heard.values[index].ms < now else { return }
        heard.values[index] = Heard(ms: now)
    }

    /// A silent market was subscribed anew: it is silent again only after twice the time, four times, and so on up to 32 times,
    /// unless data comes.
    mutating func noteRenewed(_ market: SeriesID, now: Int64) {
        guard let index = heard.index(forKey: market) else { return }
        let rounds = min(heard.values[index].rounds + 1, 5)
        heard.values[index].rounds = rounds
        heard.values[index].patientUntilMs = now + limitMs << rounds
    }

    /// A market is not wanted any more: its silence is no fault.
    mutating func forget(_ market: SeriesID) { heard[market] = nil }

    /// The markets without data for too long, in no order.
    func silent(now: Int64) -> [SeriesID] {
        heard.keys.filter { market in
            heard[market].map { now - $0.ms >= limitMs && now >= $0.patientUntilMs } ?? false
        }
    }

    /// For how long a market has had no data. *Units*: ms.
    func silenceMs(_ market: SeriesID, now: Int64) -> Int64 { heard[market].map { now - $0.ms } ?? 0 }

    /// Whether no market at all had data for too long.
    func isEveryOneSilent(now: Int64) -> Bool {
        !heard.isEmpty && heard.values.allSatisfy { now - $0.ms >= limitMs }
    }
}
