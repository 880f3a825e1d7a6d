/// How many ticks came a second, over the last ten, and the most that ever did.
struct TickRate: Sendable {
    private static let seconds = 10

    private var counts = [Int](repeating: 0, count: seconds + 1)
    private var second: Int64 = .min
    private var begun: Int64 = .min
    /// The highest rate, and when it was. *Units*: ticks/s; ms.
    private(set) var peak: (rate: Double, at: Int64)?

    /// Takes so many ticks at a time of the clock, which does not go back.
    mutating func add(_ count: Int, at ms: Int64) {
        move(to: ms)
        counts[slot(second)] += count
    }

    /// Ticks a second at a time of the clock, from whole seconds; those before the first tick count for nothing.
    mutating func rate(at ms: Int64) -> Double {
        move(to: ms)
        let whole = counts.reduce(0, +) - counts[slot(second)]
        let seconds = min(Int64(TickRate.seconds), max(1, second - begun))
        let rate = Double(whole) / Double(seconds)
        if rate > peak?.rate ?? 0 { peak = (rate, ms) }
        return rate
    }

    private mutating func move(to ms: Int64) {
        let now = ms / 1000
        if begun == .min { (begun, second) = (now, now) }
        guard now > second else { return }
        if now - second > Int64(TickRate.seconds) {
            for place in counts.indices { counts[place] = 0 }
        } else {
            for passed in second + 1...now { counts[slot(passed)] = 0 }
        }
        second = now
    }

    private func slot(_ second: Int64) -> Int { Int(second % Int64(counts.count)) }
}
