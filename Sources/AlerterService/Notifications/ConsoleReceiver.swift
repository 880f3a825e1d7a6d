internal import CryptoCore
internal import Glibc

/// Delivers to a person at the terminal: a line on standard output.
final class ConsoleReceiver: Receiver {
    private var isPending = false

    var batchLimit: Int { 100 }

    func begin(_ changes: [AlertChange], at nowMs: Int64) {
        for change in changes { print(ConsoleReceiver.line(change)) }
        fflush(nil)  // into a pipe it would wait for a full buffer
        isPending = true
    }

    func poll(waitMs: Int32) -> DeliveryOutcome? {
        defer { isPending = false }
        return isPending ? .taken : nil
    }

    func cancel() { isPending = false }

    /// `2026-01-31T12:00:00Z firing PriceMove bybit:BTC-USDT value=-2.5 severity=page: BTC-USDT fell by 2.5 %`
    static func line(_ change: AlertChange) -> String {
        let alert = change.alert
        var words = [Alert.time(alert.asOf), "\(alert.state)", alert.rule, alert.series.description]
        if let value = alert.value { words.append("value=\(Alert.text(value))") }
        words += alert.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let line = words.joined(separator: " ") + (alert.summary.map { ": \($0)" } ?? "")
        return line.withoutControls
    }
}

extension String {
    /// The same for a terminal: a text of somebody else's is no way to move the cursor.
    var withoutControls: String {
        String(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : Character($0) })
    }
}
