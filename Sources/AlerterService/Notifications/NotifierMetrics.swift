internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime

/// What one notifier counts. *Thread*: any.
struct NotifierMetrics: Sendable {
    /// Why a notification was never sent.
    enum Reason: String, CaseIterable {
        case stale, untold, refused, malformed, removed
    }

    let sent: Counter
    let failures: Counter
    let silenced: Counter
    private let dropped: [Reason: Counter]
    private let lag: Gauge
    private let lastSuccess: Gauge
    private let remembered: Gauge

    /// - Parameter name: the notifier's, as the label `notifier`.
    init(_ context: ServiceContext, _ name: String) {
        sent = context.counter(
            "notifications_sent", "Notifications that a receiver took, repeats among them", ["notifier": name])
        failures = context.counter(
            "notification_failures", "Attempts to notify that are made again", ["notifier": name])
        silenced = context.counter(
            "notifications_silenced", "Notifications that a silence held back", ["notifier": name])
        dropped = Dictionary(
            uniqueKeysWithValues: Reason.allCases.map { reason in
                let help =
                    "Changes that a receiver is not told of: too old, the end of what it was never told of, refused by it, "
                    + "no alert, or removed from the topic before they were read"
                return (
                    reason,
                    context.counter(
                        "notifications_dropped", help, ["notifier": name, "reason": reason.rawValue])
                )
            })
        lag = context.gauge(
            "notifier_lag_records", "Records of crypto.alerts behind what the notifier is done with", ["notifier": name]
        )
        lastSuccess = context.gauge(
            "notifier_last_success_seconds", "When a receiver last took a notification, Unix time; 0: not yet",
            ["notifier": name])
        remembered = context.gauge(
            "notifier_alerts", "Alerts that a notifier remembers: those that fire, and ends that are still to be told",
            ["notifier": name])
    }

    func drop(_ reason: Reason, _ count: Int = 1) { dropped[reason]?.add(count) }

    /// - Parameter nowMs: the clock, ms since the epoch.
    func noteSent(_ count: Int, at nowMs: Int64) {
        sent.add(count)
        lastSuccess.set(Double(nowMs) / 1000)
    }

    func note(lag: Int, remembered count: Int) {
        self.lag.set(lag)
        remembered.set(count)
    }
}
