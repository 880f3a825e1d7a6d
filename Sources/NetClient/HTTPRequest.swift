/// What is asked of a server over HTTP.
package struct HTTPRequest: Equatable, Sendable {
    /// What a server is to do. *Source*: RFC 9110, section 9, and RFC 5789.
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
        case options = "OPTIONS"

        /// Whether the request may be sent again to where a redirect leads.
        var isRead: Bool { self == .get || self == .head }
        /// Whether the request tells how long its body is, even where it is empty.
        var hasBody: Bool { self == .post || self == .put || self == .patch }
    }

    package var method: Method
    /// `https://`, or `http://` to this machine; to others, too, by a client that does not require TLS.
    package var url: String
    /// `User-Agent` and `Accept-Encoding` are the client's; a body needs a `Content-Type`.
    package var headers: HTTPHeaders
    /// The body, empty for a HEAD.
    package var body: [UInt8]
    /// The limits of this request; `nil`: those of the client.
    package var limits: HTTPClient.Limits?

    package init(
        _ url: String, method: Method = .get, headers: HTTPHeaders = [:], body: [UInt8] = [],
        limits: HTTPClient.Limits? = nil
    ) {
        precondition(method != .head || body.isEmpty, "a HEAD has no body")
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.limits = limits
    }
}

/// Header fields in their order; names compare without case.
package struct HTTPHeaders: Equatable, Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var fields: [(name: String, value: String)] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) { fields = elements.map { ($0, $1) } }

    package mutating func append(name: String, value: String) { fields.append((name, value)) }

    /// The first value of `name`.
    package subscript(name: String) -> String? {
        let wanted = name.lowercased()
        return fields.first { $0.name.lowercased() == wanted }?.value
    }

    package static func == (left: HTTPHeaders, right: HTTPHeaders) -> Bool {
        left.fields.elementsEqual(right.fields) { $0.name == $1.name && $0.value == $1.value }
    }

    /// - Throws: `.badHeader` for a name that is no token (RFC 9110, section 5.6.2), a value with a control character.
    func check() throws(TransportError) {
        for (name, value) in fields {
            guard !name.isEmpty, name.utf8.allSatisfy(HTTPHeaders.isTokenByte) else {
                throw .badHeader("\"\(name)\" is no name of a header")
            }
            guard value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw .badHeader("the value of \(name) contains a control character")
            }
        }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
