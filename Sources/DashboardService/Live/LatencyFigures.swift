/// How long ticks took from the exchange to here: quantiles of the last minute, and of each minute of the last hour.
///
/// Times are counted in classes of their first five bits: a quantile is right to 3 %, one below 32 ms exact.
struct LatencyFigures: Sendable {
    /// Of one minute. *Units*: ms.
    struct Minute: Equatable, Sendable {
        let start: Int64
        let p50: Double
        let p99: Double
    }

    private static let shifts = 24
    private static let classes = 16 * shifts + 32
    private static let sliceMs: Int64 = 10_000
    private static let slices = 6

    private var counts = [[UInt32]](repeating: [UInt32](repeating: 0, count: classes), count: slices)
    private var slice: Int64 = .min
    /// Oldest first, at most 60.
    private(set) var history: [Minute] = []

    /// Takes a tick that took `ms`, at a time of the clock; less than nothing counts as nothing.
    mutating func add(_ ms: Int64, at now: Int64) {
        move(to: now)
        counts[Int(slice % Int64(LatencyFigures.slices))][LatencyFigures.place(of: ms)] += 1
    }

    /// The quantiles of the last minute and how many ticks they are of; nil where there was none.
    mutating func lastMinute(at now: Int64) -> (p50: Double, p99: Double, count: Int)? {
        move(to: now)
        return summary()
    }

    private func summary() -> (p50: Double, p99: Double, count: Int)? {
        var sums = [Int](repeating: 0, count: LatencyFigures.classes)
        for slice in counts { for (place, count) in slice.enumerated() { sums[place] += Int(count) } }
        let total = sums.reduce(0, +)
        guard total > 0 else { return nil }
        return (quantile(0.5, sums, total), quantile(0.99, sums, total), total)
    }

    private func quantile(_ share: Double, _ sums: [Int], _ total: Int) -> Double {
        let wanted = max(1, Int((share * Double(total)).rounded(.up)))
        var seen = 0
        for (place, count) in sums.enumerated() {
            seen += count
            if seen >= wanted { return LatencyFigures.middle(of: place) }
        }
        return LatencyFigures.middle(of: sums.count - 1)
    }

    private mutating func move(to now: Int64) {
        let next = now / LatencyFigures.sliceMs
        if slice == .min { slice = next }
        while slice < next {
            let isMinuteOver = (slice + 1) % Int64(LatencyFigures.slices) == 0
            if isMinuteOver { endMinute() }
            // After so long nothing is left of the last minute.
            let isFar = next - slice > Int64(LatencyFigures.slices)
            if isFar, !isMinuteOver {
                slice += 1
                continue
            }
            if isFar { for place in counts.indices { clear(place) } }
            slice = isFar ? next : slice + 1
            clear(Int(slice % Int64(LatencyFigures.slices)))
        }
    }

    private mutating func clear(_ place: Int) {
        for index in counts[place].indices { counts[place][index] = 0 }
    }

    private mutating func endMinute() {
        guard let summary = summary() else { return }
        let start = (slice / Int64(LatencyFigures.slices)) * Int64(LatencyFigures.slices) * LatencyFigures.sliceMs
        history.append(Minute(start: start, p50: summary.p50, p99: summary.p99))
        if history.count > 60 { history.removeFirst() }
    }

    private static func place(of ms: Int64) -> Int {
        let ms = max(0, ms)
        let shift = max(0, 59 - ms.leadingZeroBitCount)
        return shift > shifts ? classes - 1 : shift * 16 + Int(ms >> Int64(shift))
    }

    private static func middle(of place: Int) -> Double {
        guard place >= 32 else { return Double(place) }
        let shift = place / 16 - 1
        return Double((place - shift * 16) << shift) + Double(1 << shift) / 2
    }
}
