/// Where a source's addresses lead instead of to its own servers: a testnet, a proxy, a simulator.
///
/// It replaces scheme, host and port of every address; its path is put before theirs: `http://127.0.0.1:9400/test` turns
/// `wss://stream.example.com/v5/spot` into `ws://127.0.0.1:9400/test/v5/spot`.
///
/// One address stands for both interfaces of a source, WebSocket and HTTP, whatever its scheme; of two each replaces the
/// interface of its scheme.
package struct Endpoint: Sendable, Equatable {
    private struct Place: Equatable {
        var isWebSocket: Bool
        var isTLS: Bool
        var authority: String
        /// Without a slash at its end.
        var path: String
    }

    private var stream: Place
    private var http: Place

    /// Reads `http://`, `https://`, `ws://` or `wss://` with host, optional port and path; it stands for both interfaces.
    /// - Throws: `EndpointError` saying what is wrong; an address without TLS must be a loopback one.
    package init(parsing text: String) throws(EndpointError) {
        stream = try Endpoint.place(text)
        http = stream
    }

    /// Reads two addresses, one for each interface.
    /// - Throws: `EndpointError`; also when both are of the same interface.
    package init(parsing first: String, _ second: String) throws(EndpointError) {
        let places = (try Endpoint.place(first), try Endpoint.place(second))
        guard places.0.isWebSocket != places.1.isWebSocket else {
            throw EndpointError(
                reason:
                    "of \(TransportURL.shown(first)) and \(TransportURL.shown(second)) one must be ws:// or wss://, the other http:// or https://"
            )
        }
        (stream, http) = places.0.isWebSocket ? places : (places.1, places.0)
    }

    /// The address to use instead of `url`; a WebSocket stays one. What is no address comes back unchanged.
    package func rewrite(_ url: String) -> String {
        guard let original = try? TransportURL(parsing: url) else { return url }
        return address(isWebSocket: original.scheme.isWebSocket) + original.target
    }

    /// Where WebSockets lead.
    package var streamAddress: String { address(isWebSocket: true) }
    /// Where HTTP requests lead.
    package var httpAddress: String { address(isWebSocket: false) }

    private func address(isWebSocket: Bool) -> String {
        let place = isWebSocket ? stream : http
        let scheme: TransportURL.Scheme = isWebSocket ? (place.isTLS ? .wss : .ws) : (place.isTLS ? .https : .http)
        return "\(scheme.rawValue)://\(place.authority)\(place.path)"
    }

    private static func place(_ text: String) throws(EndpointError) -> Place {
        let url: TransportURL
        do {
            url = try TransportURL(parsing: text)
            try url.requireTLSOrLoopback()
        } catch .badURL(let reason) {
            throw EndpointError(reason: reason)
        } catch {
            throw EndpointError(reason: error.description)
        }
        guard !url.target.contains("?") else {
            throw EndpointError(
                reason: "\(TransportURL.shown(text)) must not contain a query: the source's own follows the path")
        }
        var path = Substring(url.target)
        while path.hasSuffix("/") { path = path.dropLast() }
        return Place(
            isWebSocket: url.scheme.isWebSocket, isTLS: url.scheme.isTLS, authority: url.authority, path: String(path))
    }
}

/// Why a text is no endpoint.
package struct EndpointError: Error, Equatable, Sendable, CustomStringConvertible {
    package let reason: String

    package init(reason: String) { self.reason = reason }

    /// One line, saying how to mend it.
    package var description: String { reason }
}
