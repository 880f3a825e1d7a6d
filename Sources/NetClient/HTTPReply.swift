/// A complete answer to an HTTP request.
package struct HTTPReply: Equatable, Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    /// Decompressed.
    package let body: [UInt8]
    /// The `Retry-After` header as seconds from the answer's arrival; a date counts from the server's own `Date`.
    package let retryAfterSeconds: Int?

    package init(status: Int, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8] = [], retryAfterSeconds: Int? = nil) {
        self.status = status
        self.headers = headers
        self.body = body
        self.retryAfterSeconds = retryAfterSeconds
    }
}

/// Header fields in the order they came; names compare without case.
package struct HTTPHeaders: Equatable, Sendable {
    package private(set) var fields: [(name: String, value: String)] = []

    package init() {}

    package mutating func append(name: String, value: String) { fields.append((name, value)) }

    /// The first value of `name`.
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }

    package static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        left.fields.elementsEqual(right.fields) { $0.name == $1.name && $0.value == $1.value }
    }
}
