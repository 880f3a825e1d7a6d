internal import CryptoCore

/// How something does that the page needs: since when, and why not well.
struct PartState: Equatable, Sendable {
    let state: String
    /// *Units*: ms.
    let since: Int64
    let reason: String?

    var json: String {
        var json = JSONWriter(reservingBytes: 128)
        json.beginObject()
        json.field("state", state)
        json.field("since", since)
        if let reason { json.field("reason", reason) }
        json.endObject()
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
