/// What the client gets.
package struct HTTPResponse: Sendable {
    /// Such as 200.
    package let status: Int
    /// The `Content-Type`.
    package let contentType: String
    /// All of it; left out of the answer to HEAD.
    package let body: [UInt8]
    /// Further headers; names and values that HTTP does not allow are left out.
    package let headers: [(String, String)]

    /// An answer of any kind.
    package init(status: Int = 200, contentType: String, body: [UInt8], headers: [(String, String)] = []) {
        self.status = status
        self.contentType = contentType
        self.body = body
        self.headers = headers
    }

    /// Plain text.
    package static func text(
        _ text: String, status: Int = 200, contentType: String = "text/plain; charset=utf-8",
        headers: [(String, String)] = []
    ) -> HTTPResponse {
        HTTPResponse(status: status, contentType: contentType, body: Array(text.utf8), headers: headers)
    }

    /// JSON that is text already.
    package static func json(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse.text(text, status: status, contentType: "application/json")
    }
}
