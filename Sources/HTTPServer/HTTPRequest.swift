/// What a client asked for, already read whole.
package struct HTTPRequest: Sendable {
    /// In capitals, as sent: `GET`.
    package let method: String
    /// Percent-decoded, without the query.
    package let path: String
    /// Names and values in their order, percent-decoded; `?a` has an empty value.
    package let query: [(String, String)]
    /// At most as long as the server's limit.
    package let body: [UInt8]

    /// Puts a request together, for a test of a handler too.
    package init(method: String = "GET", path: String, query: [(String, String)] = [], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
    }

    /// The first value of that name.
    package func queryValue(_ name: String) -> String? { query.first { $0.0 == name }?.1 }
}
