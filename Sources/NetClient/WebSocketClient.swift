internal import System

/// One WebSocket connection as a client, over libwebsockets.
///
/// It resolves, connects (TLS certificates are checked against the system's authorities) and shakes hands while it is
/// polled. A server's ping is answered by the library, with the same payload. No extension is offered, so that no
/// message is compressed; no proxy of the environment is used. When it ended it stays ended: make a new one.
///
/// *Thread*: one; it owns none.
package final class WebSocketClient {
    /// How long steps may take and how large a message may be.
    package struct Limits: Sendable, Equatable {
        /// From the start to the open connection: name, TCP, TLS and handshake together.
        package var openTimeoutMs: Int64
        /// A longer message ends the connection.
        package var messageBytes: Int

        package init(openTimeoutMs: Int64 = 15_000, messageBytes: Int = 16 << 20) {
            self.openTimeoutMs = openTimeoutMs
            self.messageBytes = messageBytes
        }
    }

    private let url: TransportURL
    private let limits: Limits
    private let authorities: String?
    private let openDeadlineMs: Int64
    private var lookup: AddressLookup?
    /// Addresses that were not tried yet.
    private var addresses: [String] = []
    private var attemptDeadlineMs: Int64 = 0
    private var session: WebSocketSession?
    /// Messages that wait for a connection.
    private var early: [WebSocketSession.Outgoing] = []
    private var failure: TransportError?

    /// Starts connecting; `poll` drives it.
    /// - Parameter authorities: a PEM file of certificate authorities to trust beside the system's.
    /// - Throws: `.badURL`: not `ws://` or `wss://`, or without TLS to another machine.
    package init(
        url text: String, limits: Limits = Limits(), authorities: String? = nil
    ) throws(TransportError) {
        url = try TransportURL(parsing: text)
        guard url.scheme.isWebSocket else { throw .badURL("\(TransportURL.shown(text)) is not ws:// or wss://") }
        try url.requireTLSOrLoopback()
        self.limits = limits
        self.authorities = authorities
        openDeadlineMs = SystemClock().monotonicMs() + limits.openTimeoutMs
        attemptDeadlineMs = openDeadlineMs
        liveTransports.add(1)
    }

    deinit {
        close()
        liveTransports.add(-1)
    }

    /// Whether the handshake is done and the connection not at its end.
    package var isOpen: Bool { session?.phase == .open }
    /// What a server that refused the handshake asked for in its `Retry-After` header.
    package private(set) var retryAfterSeconds: Int?

    /// Queues a text message: sent when the connection is open and takes it.
    package func send(text: String) { enqueue(.init(kind: .text, payload: text.utf8)) }

    /// Queues a ping frame; the answer is a `.pong` event.
    package func sendPing() { enqueue(.init(kind: .ping, payload: [])) }

    /// Waits at most `waitMs` for something to happen, then tells what did.
    ///
    /// `onEvent` may send and close, but not poll.
    /// - Throws: why no connection came to be; after `.closed`, or `close()`, `.closed` again; `.tooLarge`.
    package func poll(waitMs: Int32, _ onEvent: (WebSocketEvent) -> Void) throws(TransportError) {
        if let failure { throw failure }
        let endMs = SystemClock().monotonicMs() + Int64(max(0, waitMs))
        repeat {
            // Once open it has no deadline any more.
            let untilMs = isOpen ? endMs : min(endMs, attemptDeadlineMs)
            let waitMs = max(0, untilMs - SystemClock().monotonicMs())
            do {
                try advance(waitMs: waitMs)
            } catch {
                session = nil
                lookup = nil
                failure = error
                throw error
            }
        } while session?.hasEvents != true && SystemClock().monotonicMs() < endMs
        deliver(onEvent)
    }

    /// Ends the connection in order: queued messages, a close frame, a short wait for the peer's; then its events are over.
    package func close() {
        session?.close(waitMs: 100)
        session = nil
        lookup = nil
        early.removeAll()
        if failure == nil { failure = .closed(code: 1000, reason: "closed by us") }
    }

    private func enqueue(_ message: WebSocketSession.Outgoing) {
        guard failure == nil else { return }
        if let session { session.send(message) } else { early.append(message) }
    }

    /// One step: resolve, try the next address, or let the library work.
    private func advance(waitMs: Int64) throws(TransportError) {
        guard let session else {
            try startAttempt(waitMs: waitMs)
            return
        }
        session.service(waitMs: waitMs)
        // What came before the failure is told first.
        if let refused = session.failure, !session.hasEvents {
            retryAfterSeconds = session.retryAfterSeconds
            if case .connect = refused, !addresses.isEmpty {
                early = session.takeOutgoing()
                self.session = nil
                return
            }
            throw refused
        }
        guard session.phase.isBeforeOpen, SystemClock().monotonicMs() >= attemptDeadlineMs else { return }
        if session.phase == .connecting, !addresses.isEmpty, SystemClock().monotonicMs() < openDeadlineMs {
            early = session.takeOutgoing()
            self.session = nil
            return
        }
        throw .timeout(
            operation: session.phase == .connecting
                ? "connecting to \(url.authority)" : "the WebSocket handshake with \(url.authority)")
    }

    private func startAttempt(waitMs: Int64) throws(TransportError) {
        if addresses.isEmpty {
            guard let found = try resolve(waitMs: waitMs) else { return }
            addresses = found
        }
        let now = SystemClock().monotonicMs()
        // The time that is left is shared by the addresses that are left.
        attemptDeadlineMs = now + max(1, (openDeadlineMs - now) / Int64(addresses.count))
        let session = try WebSocketSession(
            to: addresses.removeFirst(), url: url, messageLimit: limits.messageBytes, authorities: authorities)
        for message in early { session.send(message) }
        early.removeAll()
        self.session = session
    }

    private func resolve(waitMs: Int64) throws(TransportError) -> [String]? {
        if AddressLookup.isNumeric(url.host) { return [url.host] }
        if self.lookup == nil { self.lookup = try AddressLookup(host: url.host) }
        guard let lookup else { return nil }
        if let found = try lookup.addresses(waitMs: waitMs) {
            self.lookup = nil
            return found
        }
        guard SystemClock().monotonicMs() < openDeadlineMs else { throw .timeout(operation: "resolving \(url.host)") }
        return nil
    }

    private func deliver(_ onEvent: (WebSocketEvent) -> Void) {
        guard let session, session.hasEvents else { return }
        // Taken out, since `onEvent` may close this client.
        let (events, bytes) = session.takeEvents()
        bytes.withUnsafeBytes { bytes in
            for event in events where failure == nil {
                switch event {
                case .opened: onEvent(.opened)
                case .text(let range): onEvent(.text(UnsafeRawBufferPointer(rebasing: bytes[range])))
                case .pong: onEvent(.pong)
                case .closed(let code, let reason):
                    failure = .closed(code: code, reason: reason)
                    onEvent(.closed(code: code, reason: reason))
                }
            }
        }
        session.recycle(bytes)
        if failure != nil { self.session = nil }
    }
}

@available(*, unavailable)
extension WebSocketClient: Sendable {}
