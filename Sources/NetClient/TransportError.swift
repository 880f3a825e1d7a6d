/// Why a connection or a request failed.
///
/// The cases are what a caller does differently: `.badURL` and `.badHeader` are worth no second try.
package enum TransportError: Error, Equatable, Sendable {
    /// The address is not one we can use: wrong scheme, no host, or no TLS to another machine.
    case badURL(String)
    /// A header that would break the request.
    case badHeader(String)
    /// The host's name has no address.
    case resolve(host: String, reason: String)
    /// Nobody answers at the host's port.
    case connect(host: String, reason: String)
    /// No trusted TLS connection: handshake or certificate failed.
    case tls(host: String, reason: String)
    /// The server answered, but not with a WebSocket. `status` is 0 when it was not HTTP either.
    case handshake(status: Int, reason: String)
    /// The named step took longer than allowed.
    case timeout(operation: String)
    /// A WebSocket ended: by the peer's close frame, or 1006 without one (RFC 6455, section 7.4.1).
    case closed(code: Int, reason: String)
    /// A message or body is larger than `limit` bytes.
    case tooLarge(limit: Int)
    /// An HTTP exchange ended in the middle, or broke the protocol.
    case interrupted(reason: String)
    /// The caller asked to stop.
    case stopped
}

extension TransportError: CustomStringConvertible {
    /// One line for the log.
    package var description: String {
        switch self {
        case .badURL(let reason): "bad address: \(reason)"
        case .badHeader(let reason): "bad header: \(reason)"
        case .resolve(let host, let reason): "cannot resolve \(host): \(reason)"
        case .connect(let host, let reason): "cannot connect to \(host): \(reason)"
        case .tls(let host, let reason): "no trusted TLS connection to \(host): \(reason)"
        case .handshake(0, let reason): "no WebSocket handshake: \(reason)"
        case .handshake(let status, _) where status == 403 || status == 451:
            "WebSocket refused with HTTP status \(status): this address is forbidden, perhaps because its country is not served"
        case .handshake(let status, let reason): "WebSocket refused with HTTP status \(status): \(reason)"
        case .timeout(let operation): "\(operation) took too long"
        case .closed(let code, ""): "connection closed, code \(code)"
        case .closed(let code, let reason): "connection closed, code \(code): \(reason)"
        case .tooLarge(let limit): "message larger than \(limit) bytes"
        case .interrupted(let reason): "exchange interrupted: \(reason)"
        case .stopped: "stopped"
        }
    }
}
