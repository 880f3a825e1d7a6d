/// The answer to an HTTP request.
package struct HTTPReply: Equatable, Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    /// The decompressed body; empty where it went to a closure.
    package let body: [UInt8]
    /// The `Retry-After` header as seconds from the answer's arrival; a date counts from the server's own `Date`.
    package let retryAfterSeconds: Int?

    package init(status: Int, headers: HTTPHeaders = [:], body: [UInt8] = [], retryAfterSeconds: Int? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
        self.retryAfterSeconds = retryAfterSeconds
    }
}
