internal import CryptoCore

/// A record of `crypto.alerts`: one change of one alert, and where it lies.
struct AlertChange: Equatable, Sendable {
    var alert: Alert
    var partition: Int32
    var offset: Int64
    /// When the broker wrote it to its log. *Units*: ms since the epoch.
    var appendMs: Int64

    /// The same for all changes of one alert.
    var fingerprint: String { alert.fingerprint }
    var isFiring: Bool { alert.state == .firing }
}

extension Alert {
    /// What receivers and silences know an alert by: the rule's labels, and `alertname`, `source` and `symbol`.
    var notificationLabels: [String: String] {
        labels.merging(["alertname": rule, "source": series.source, "symbol": series.symbol]) { $1 }
    }

    /// What the rule says of it, and its `value` unless the rule has an annotation of that name.
    var notificationAnnotations: [String: String] {
        var all = annotations ?? [:]
        if let summary { all["summary"] = summary }
        if let value, all["value"] == nil { all["value"] = Alert.text(value) }
        return all
    }

    /// A number in the shortest form that reads back equal.
    static func text(_ number: Double) -> String {
        var json = JSONWriter()
        json.value(number)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// A time for a person, to the second: `2026-01-31T12:00:00Z`. *Units*: ms since the epoch.
    static func time(_ ms: Int64) -> String {
        var text: [UInt8] = []
        UTCTime.write(ms - ms % 1000, to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
