internal import CryptoCore

/// The alerts that fire, by the changes on their topic.
struct FiringAlerts: Sendable {
    /// Alerts beyond this are not kept: somebody's rule fires for everything.
    static let most = 10_000

    private var alerts: [String: (series: Series, since: Int64, json: [UInt8])] = [:]

    private var counts: [Series: Int] = [:]

    /// Takes a change, as it stands on its topic.
    mutating func add(_ alert: Alert, _ json: [UInt8]) {
        if let old = alerts.removeValue(forKey: alert.fingerprint) { counts[old.series, default: 1] -= 1 }
        guard alert.state == .firing, alerts.count < FiringAlerts.most else { return }
        alerts[alert.fingerprint] = (alert.series, alert.since, json)
        counts[alert.series, default: 0] += 1
    }

    /// How many fire of a series.
    func count(of series: Series) -> Int { counts[series] ?? 0 }

    /// Appends an array of them, the newest first.
    func encode(into json: inout JSONWriter) {
        json.beginArray()
        let sorted = alerts.sorted { ($1.value.since, $0.key) < ($0.value.since, $1.key) }
        for (_, alert) in sorted { alert.json.withUnsafeBytes { json.raw($0) } }
        json.endArray()
    }
}
