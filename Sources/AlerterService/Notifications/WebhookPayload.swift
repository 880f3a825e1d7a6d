internal import CryptoCore

/// What a webhook and a command are given: Alertmanager's payload, version 4, with one alert in one group of its own.
///
/// `startsAt` is the alert's `since` in each of its notifications, `endsAt` the time of the record that ended it, and the year 1 while
/// it fires.
/// *Source*: Prometheus, "Alerting configuration", `<webhook_config>`.
enum WebhookPayload {
    /// What Alertmanager writes for a time that is not known yet.
    static let noTime = "0001-01-01T00:00:00Z"

    /// - Parameter receiver: the notifier's name.
    static func json(_ change: AlertChange, receiver: String) -> [UInt8] {
        let alert = change.alert
        let labels = alert.notificationLabels
        let annotations = alert.notificationAnnotations
        var json = JSONWriter()
        json.beginObject()
        json.field("version", "4")
        json.field("groupKey", "{}:{\(text(labels))}")
        json.field("truncatedAlerts", Int64(0))
        json.field("status", alert.state.description)
        json.field("receiver", receiver)
        json.object("groupLabels", labels)
        json.object("commonLabels", labels)
        json.object("commonAnnotations", annotations)
        json.field("externalURL", "")
        json.key("alerts")
        json.beginArray()
        json.beginObject()
        json.field("status", alert.state.description)
        json.object("labels", labels)
        json.object("annotations", annotations)
        json.field("startsAt", UTCTime.text(ms: alert.since))
        json.field("endsAt", change.isFiring ? noTime : UTCTime.text(ms: alert.asOf))
        json.field("generatorURL", "")
        json.field("fingerprint", alert.fingerprint)
        json.endObject()
        json.endArray()
        json.endObject()
        return json.bytes
    }

    /// Names a change: repeats, and notifications that are sent again because nobody knows whether they arrived, have the same key.
    static func idempotencyKey(_ change: AlertChange) -> String {
        "\(change.fingerprint)-\(change.alert.state)-\(change.alert.since)"
    }

    private static func text(_ labels: [String: String]) -> String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\(JSONWriter.quoted($0.value))" }.joined(separator: ", ")
    }
}

extension JSONWriter {
    /// An object of texts, in the order of their names.
    mutating func object(_ name: StaticString, _ texts: [String: String]) {
        key(name)
        beginObject()
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            key(name)
            value(text)
        }
        endObject()
    }
}
