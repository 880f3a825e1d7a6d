internal import CMicroHTTPD
internal import CryptoCore

/// What a client asked for, read from the connection when a handler asks for it: a header nobody wants costs nothing.
///
/// It is valid while the handler runs. *Thread*: the one that runs the server.
package struct HTTPRequest: ~Copyable {
    /// `.get` for HEAD too.
    package var method: HTTPMethod { route.method }
    private let connection: OpaquePointer
    private let path: UnsafeRawBufferPointer
    private let match: PathMatch
    private let route: Router.Entry

    init(
        _ route: Router.Entry, borrowing connection: OpaquePointer, path: UnsafeRawBufferPointer, match: PathMatch
    ) {
        self.route = route
        self.connection = connection
        self.path = path
        self.match = match
    }

    /// A parameter of the route's path, percent-decoded: of `/windows/:series` the `series`; `*` is the rest of the path.
    /// - Throws: `.badRequest` when it is no percent-encoded UTF-8.
    package func parameter(_ name: String) throws(HTTPError) -> String {
        guard let index = route.pattern.parameterIndex(name) else {
            preconditionFailure("\(route.pattern.text) has no \(name)")
        }
        guard let text = PercentText.strict(UnsafeRawBufferPointer(rebasing: path[match[index]])) else {
            throw .badRequest("the path is no percent-encoded UTF-8")
        }
        return text
    }

    /// Names and values of the query in their order, percent-decoded; `?a` has an empty value.
    package var query: [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        withUnsafeMutablePointer(to: &pairs) { context in
            _ = MHD_get_connection_values_n(
                connection, .GET_ARGUMENT_KIND,
                { context, _, key, keySize, value, valueSize in
                    guard let pairs = context?.assumingMemoryBound(to: [(name: String, value: String)].self) else {
                        return .NO
                    }
                    pairs.pointee.append((decoded(key, keySize), decoded(value, valueSize)))
                    return .YES
                }, context)
        }
        return pairs
    }

    /// The first value of that name in the query.
    package func queryValue(_ name: String) -> String? { query.first { $0.name == name }?.value }

    /// The value of a header, however its name is capitalised; the first one where there are several.
    package func header(_ name: String) -> String? { connection.header(name).map { String(cString: $0) } }

    /// Whether the client takes an answer as gzip.
    package var takesGzip: Bool { connection.takesGzip }

    /// For what changes something: a page of another origin may send forms and texts unasked, but no JSON.
    /// - Throws: `.notJSON` where the client does not say that it sends JSON.
    package func requireJSON() throws(HTTPError) {
        let type = header("Content-Type")?.prefix { $0 != ";" } ?? ""
        guard type.trimming(" \t").lowercased() == "application/json" else { throw .notJSON }
    }
}

extension OpaquePointer {
    /// Whether the client of libmicrohttpd's connection takes gzip.
    var takesGzip: Bool { header("Accept-Encoding").map { Gzip.isAccepted(String(cString: $0)) } ?? false }

    /// The first header of that name of libmicrohttpd's connection; valid while the request is.
    func header(_ name: String) -> UnsafePointer<CChar>? { MHD_lookup_connection_value(self, .HEADER_KIND, name) }
}

private func decoded(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
    PercentText.lenient(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
}
