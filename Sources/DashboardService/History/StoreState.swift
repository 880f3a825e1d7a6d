package import CryptoCore

/// Whether history can be read now.
///
///            opened                     it fails, or is another store
///     away ─────────▶ ready ────────────────────────────────────────▶ away
///
/// `none` for ever where the dashboard was told to have no store.
package struct StoreState: Equatable, Sendable {
    package enum Kind: String, Sendable { case ready, away, none }

    package internal(set) var kind: Kind
    /// *Units*: ms since the epoch.
    package internal(set) var since: Int64
    /// Why it is not ready, with how to mend it.
    package internal(set) var reason: String?
    /// Without user and password.
    package internal(set) var location: String?
    /// How much room it takes, where that is known.
    package internal(set) var bytes: Int64?

    /// Appends it as a JSON object.
    package func write(to json: inout JSONWriter) {
        json.beginObject()
        json.field("state", kind.rawValue)
        json.field("since", since)
        if let reason { json.field("reason", reason) }
        if let location { json.field("location", location) }
        if let bytes { json.field("bytes", bytes) }
        json.endObject()
    }
}
