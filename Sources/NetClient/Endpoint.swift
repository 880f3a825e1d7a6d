/// Where a source's addresses lead instead of to its venue: a testnet, a proxy, a simulator.
///
/// It replaces scheme, host and port of every address; its path is put before theirs:
/// `http://127.0.0.1:9400/bybit` turns `wss://stream.bybit.com/v5/public/spot` into
/// `ws://127.0.0.1:9400/bybit/v5/public/spot`.
package struct Endpoint: Sendable, Equatable {
    private let isTLS: Bool
    private let authority: String
    /// Without a slash at its end.
    private let path: String

    /// Reads `http://`, `https://`, `ws://` or `wss://` with host, optional port and path.
    /// - Throws: `EndpointError` saying what is wrong; an address without TLS must be a loopback one.
    package init(parsing text: String) throws(EndpointError) {
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
            throw EndpointError(reason: "\"\(text)\" must not contain a query: the source's own follows the path")
        }
        isTLS = url.scheme.isTLS
        authority = url.authority
        var path = Substring(url.target)
        while path.hasSuffix("/") { path = path.dropLast() }
        self.path = String(path)
    }

    /// The address to use instead of `url`; a WebSocket stays one. What is no address comes back unchanged.
    package func rewrite(_ url: String) -> String {
        guard let original = try? TransportURL(parsing: url) else { return url }
        let scheme: TransportURL.Scheme =
            original.scheme.isWebSocket ? (isTLS ? .wss : .ws) : (isTLS ? .https : .http)
        return "\(scheme.rawValue)://\(authority)\(path)\(original.target)"
    }
}

/// Why a text is no endpoint.
package struct EndpointError: Error, Equatable, Sendable, CustomStringConvertible {
    package let reason: String

    /// One line, saying how to mend it.
    package var description: String { reason }
}
