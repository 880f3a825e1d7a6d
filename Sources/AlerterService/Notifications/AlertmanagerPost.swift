internal import CryptoCore

/// What Alertmanager is told: `POST /api/v2/alerts`.
///
/// Always with `startsAt`: of an alert with `endsAt` alone Alertmanager 0.25 takes that for its start. What fires ends three posts
/// ahead unless it is posted again, so that Alertmanager ends it by itself when we are gone. What is resolved ended when its record
/// came: an end that is still ahead by Alertmanager's clock would count for less than that of the last post.
/// *Source*: Alertmanager 0.25, `api/v2/openapi.yaml`, `types.Alert.Merge`.
enum AlertmanagerPost {
    /// How many alerts one request has at most; Prometheus sends as many.
    static let batchLimit = 64
    private static let path = "/api/v2/alerts"

    /// The address for alerts of a server that is known by `http://HOST:9093`, a path before its own included.
    static func url(of server: String) -> String {
        var base = Substring(server)
        while base.hasSuffix("/") { base = base.dropLast() }
        return base.hasSuffix(path) ? String(base) : base + path
    }

    /// - Parameters:
    ///   - nowMs: the clock, ms since the epoch.
    ///   - everyMs: from one post to the next.
    static func json(_ changes: [AlertChange], at nowMs: Int64, everyMs: Int64) -> [UInt8] {
        var json = JSONWriter()
        json.beginArray()
        for change in changes {
            json.beginObject()
            json.object("labels", change.alert.notificationLabels)
            json.object("annotations", change.alert.notificationAnnotations)
            json.field("startsAt", UTCTime.text(ms: change.alert.since))
            let endMs = change.isFiring ? nowMs + 3 * everyMs : change.appendMs
            // An end before the start is refused, and event times may be a little ahead.
            json.field("endsAt", UTCTime.text(ms: max(endMs, change.alert.since)))
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }
}
