internal import CryptoCore
internal import Feeds
internal import ServiceKit
internal import System

/// The progress line: ticks, rate, last price of each symbol.
struct ProgressView {
    private var line: ProgressLine
    private let clock = SystemClock()
    /// For the rate: counts of the last seconds, oldest first.
    private var history: [(ms: Int64, ticks: Int)] = []

    init(_ log: Log) { line = ProgressLine(log: log) }

    mutating func update(_ statuses: [FeedStatus]) {
        let snapshots = statuses.map(\.snapshot)
        let ticks = snapshots.reduce(0) { $0 + $1.counters.ticks }
        let now = clock.monotonicMs()
        history.append((now, ticks))
        if history.count > 50 { history.removeFirst() }
        let first = history[0]
        let rate = now > first.ms ? Int(Double(ticks - first.ticks) * 1000 / Double(now - first.ms)) : 0
        let prices = snapshots.reduce(into: [:]) { $0.merge($1.prices) { $1 } }
        line.update(
            text: "\(ticks) ticks, \(rate)/s  \(ProgressView.text(prices, separator: "  "))",
            fields: [
                "ticks": ticks, "rate": rate, "unacknowledged": snapshots.reduce(0) { $0 + $1.waiting },
                "prices": ProgressView.text(prices, separator: ","),
            ])
    }

    func finish() { line.finish() }

    private static func text(_ prices: [Series: Double], separator: String) -> String {
        prices.sorted { $0.key.description < $1.key.description }.prefix(12)
            .map { "\($0.key):\($0.value)" }.joined(separator: separator)
    }
}
