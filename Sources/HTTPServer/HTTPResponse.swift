internal import CryptoCore

/// What the client gets.
package struct HTTPResponse: Sendable {
    /// Such as 200.
    package let status: Int
    /// The `Content-Type`.
    package let contentType: String
    /// All of it; left out of the answer to HEAD.
    package let body: [UInt8]
    /// Further headers; names and values that HTTP does not allow are left out.
    package let headers: [(name: String, value: String)]

    /// An answer of any kind.
    package init(
        status: Int = 200, contentType: String, body: [UInt8], headers: [(name: String, value: String)] = []
    ) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
    }

    /// The same with its body as gzip, for a client that takes it; itself where it is short, packed already, or would not become smaller.
    /// *Complexity*: a hundredth of a second for each megabyte.
    package func compressed() -> HTTPResponse {
        guard body.count >= HTTPResponse.shortBytes, ContentType.isCompressible(contentType),
            !headers.contains(where: { $0.name == "Content-Encoding" }), let packed = Gzip.compressed(body, .fastest)
        else { return self }
        let more = [(name: "Content-Encoding", value: "gzip"), (name: "Vary", value: "Accept-Encoding")]
        return HTTPResponse(status: status, contentType: contentType, body: packed, headers: headers + more)
    }

    /// What goes in one packet with its head goes no faster when it is shorter.
    private static let shortBytes = 1_200

    /// Plain text.
    package static func text(
        _ text: String, status: Int = 200, contentType: String = "text/plain; charset=utf-8",
        headers: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        HTTPResponse(status: status, contentType: contentType, body: Array(text.utf8), headers: headers)
    }

    /// JSON that is text already.
    package static func json(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse.text(text, status: status, contentType: "application/json")
    }

    /// JSON that is bytes already.
    package static func json(_ bytes: [UInt8], status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", body: bytes)
    }

    /// Why there is no other answer: `{"error":"..."}`, the same from all of ours.
    package static func error(
        _ reason: String, status: Int, headers: [(name: String, value: String)] = []
    ) -> HTTPResponse {
        var json = JSONWriter(reservingBytes: 128)
        json.beginObject()
        json.field("error", reason)
        json.endObject()
        return HTTPResponse(status: status, contentType: "application/json", body: json.bytes, headers: headers)
    }
}
