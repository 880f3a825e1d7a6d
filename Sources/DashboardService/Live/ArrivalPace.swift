/// In which pace ticks of a series come, and how long a silence is usual.
struct ArrivalPace: Sendable {
    /// A trade's silence of half a minute is nothing, a quote's of five.
    private static let leastMs: Int64 = 30_000
    private static let mostMs: Int64 = 600_000

    private var last: Int64?
    /// The mean of the newest intervals, older ones weighing less. *Units*: ms.
    private var mean: Double?

    /// Takes the arrival of a tick, by the clock.
    mutating func add(at ms: Int64) {
        defer { last = ms }
        guard let last, ms >= last else { return }
        let interval = Double(ms - last)
        mean = mean.map { $0 + (interval - $0) / 16 } ?? interval
    }

    /// How long nothing may come before something seems wrong: ten usual intervals of trades, three of quotes, which are polled.
    func patienceMs(isQuote: Bool) -> Int64 {
        let usual = mean ?? 0
        let wanted = isQuote ? max(3 * usual, 180_000) : 10 * usual
        return min(ArrivalPace.mostMs, max(ArrivalPace.leastMs, Int64(wanted)))
    }
}
