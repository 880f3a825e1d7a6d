internal import CWebSockets
internal import Glibc
internal import System

/// One attempt at a connection to one address: the owner of a `lws_context`, which calls back into it.
///
/// Callbacks only copy into its buffers; whoever polls reads them after `service` returned.
final class WebSocketSession {
    var phase = Phase.connecting
    /// Why there is no connection; a connection that was open ends in a `.closed` event instead.
    var failure: TransportError?
    var retryAfterSeconds: Int?

    let url: TransportURL
    private let messageLimit: Int
    private let protocols: UnsafeMutablePointer<lws_protocols>
    private let timer: UnsafeMutablePointer<lws_sorted_usec_list_t>
    private var context: OpaquePointer?
    private var vhost: OpaquePointer?
    private var connection: OpaquePointer?
    var sawCertificate = false
    private var isClosing = false
    private var closeCode = 1006
    private var closeReason = ""

    private var events: [Event] = []
    private var texts: [UInt8] = []
    /// A message whose end did not come yet.
    private var partial: [UInt8] = []
    private var outgoing: [Outgoing] = []

    /// Starts to connect to `address`, which is numeric.
    /// - Throws: `.connect` when it fails at once.
    init(
        to address: String, url: TransportURL, messageLimit: Int, authorities: String?
    ) throws(TransportError) {
        self.url = url
        self.messageLimit = messageLimit
        protocols = .allocate(capacity: 2)
        protocols.initialize(repeating: lws_protocols(), count: 2)
        timer = .allocate(capacity: 1)
        timer.initialize(to: lws_sorted_usec_list_t())
        WebSocketLibrary.prepare()
        guard createContext(authorities: authorities) else {
            throw .connect(host: url.authority, reason: "lws_create_context failed")
        }
        connect(to: address)
    }

    deinit {
        // Its callbacks need no more than what still stands here; they must not reach a half-dead object.
        phase = .ended
        if let context {
            lws_sul_cancel(timer)
            lws_context_destroy(context)
        }
        timer.deallocate()
        protocols.deallocate()
    }

    var hasEvents: Bool { !events.isEmpty }

    /// What happened since the last call, and the bytes of its texts.
    func takeEvents() -> ([Event], [UInt8]) {
        defer {
            events.removeAll()
            texts = []
        }
        return (events, texts)
    }

    /// Takes a buffer back, so that the next messages need no new one.
    func recycle(_ buffer: consuming [UInt8]) {
        guard texts.isEmpty, buffer.capacity > texts.capacity, buffer.capacity <= 1 << 20 else { return }
        buffer.removeAll(keepingCapacity: true)
        texts = buffer
    }

    /// What was queued and not sent, for the next attempt.
    func takeOutgoing() -> [Outgoing] {
        defer { outgoing.removeAll() }
        return outgoing
    }

    func send(_ message: Outgoing) {
        outgoing.append(message)
        if phase == .open, let connection { lws_callback_on_writable(connection) }
    }

    /// Lets the library work, for at most `waitMs` if nothing happens.
    func service(waitMs: Int64) {
        guard let context, phase != .ended else { return }
        // The library waits until something is due; its own timeout argument does nothing but, if negative, not wait.
        if waitMs > 0 { lws_sul_schedule(context, 0, timer, { _ in }, waitMs * 1000) }
        lws_service(context, waitMs > 0 ? 0 : -1)
        lws_sul_cancel(timer)
    }

    /// Sends what is queued and a close frame, and waits for the peer's.
    func close(waitMs: Int64) {
        guard phase == .open, let connection else { return }
        isClosing = true
        lws_callback_on_writable(connection)
        let end = SystemClock().monotonicMs() + waitMs
        while phase == .open, SystemClock().monotonicMs() < end {
            service(waitMs: max(1, end - SystemClock().monotonicMs()))
        }
    }

    private func createContext(authorities: String?) -> Bool {
        protocols[0].name = WebSocketLibrary.protocolName
        protocols[0].callback = receiveCallback
        protocols[0].rx_buffer_size = WebSocketLibrary.bufferBytes
        var settings = WebSocketLibrary.contextSettings()
        settings.protocols = UnsafePointer(protocols)
        settings.user = Unmanaged.passUnretained(self).toOpaque()
        context = lws_create_context(&settings)
        guard context != nil else { return false }
        if url.scheme.isTLS {
            guard let trust = WebSocketLibrary.trust(authorities: authorities) else { return false }
            settings.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT)
            settings.provided_client_ssl_ctx = trust.raw
        }
        // Empty: none. Without it the library takes `http_proxy` from the environment, for loopback addresses too.
        "".withCString {
            settings.http_proxy_address = $0
            vhost = lws_create_vhost(context, &settings)
        }
        return vhost != nil
    }

    private func connect(to address: String) {
        var request = lws_client_connect_info()
        request.context = context
        request.vhost = vhost
        request.port = CInt(url.port)
        var flags = LCCSCF_HTTP_NO_FOLLOW_REDIRECT.rawValue
        if url.scheme.isTLS { flags |= LCCSCF_USE_SSL.rawValue }
        request.ssl_connection = CInt(flags)
        request.local_protocol_name = WebSocketLibrary.protocolName
        address.withCString { address in
            url.requestTarget.withCString { path in
                url.authority.withCString { host in
                    // The default offers HTTP/2 too, over which this library speaks no WebSocket.
                    "http/1.1".withCString { alpn in
                        request.address = address
                        request.path = path
                        request.host = host
                        request.alpn = alpn
                        connection = lws_client_connect_via_info(&request)
                    }
                }
            }
        }
        if connection == nil, failure == nil {
            fail(.connect(host: url.authority, reason: "lws_client_connect_via_info failed"))
        }
    }

    func fail(_ error: TransportError) {
        failure = failure ?? error
        phase = .ended
    }
}

// What the library calls. Each returns 0 to go on, -1 to end the connection.
extension WebSocketSession {
    fileprivate func handle(
        _ reason: lws_callback_reasons, _ connection: OpaquePointer?, _ data: UnsafeMutableRawPointer?, _ count: Int
    ) -> CInt {
        switch reason {
        case LWS_CALLBACK_OPENSSL_PERFORM_SERVER_CERT_VERIFICATION:
            sawCertificate = true
            return count == 1 ? 0 : 1  // what OpenSSL thinks of it
        case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: return appendHeaders(connection, data, count)
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR: refused(connection, text(data, count))
        case LWS_CALLBACK_CLIENT_ESTABLISHED:
            phase = .open
            events.append(.opened)
            if !outgoing.isEmpty { lws_callback_on_writable(connection) }
        case LWS_CALLBACK_CLIENT_RECEIVE: return received(connection, data, count)
        case LWS_CALLBACK_CLIENT_RECEIVE_PONG: events.append(.pong)
        case LWS_CALLBACK_CLIENT_WRITEABLE: return write(to: connection)
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: notePeerClose(data, count)
        case LWS_CALLBACK_CLIENT_CLOSED: ended()
        case LWS_CALLBACK_WSI_DESTROY: self.connection = nil
        default: break
        }
        return 0
    }

    private func received(_ connection: OpaquePointer?, _ data: UnsafeMutableRawPointer?, _ count: Int) -> CInt {
        guard phase == .open else { return -1 }
        guard lws_frame_is_binary(connection) == 0 else { return end(connection, 1003, "binary message") }
        guard partial.count + count <= messageLimit else {
            fail(.tooLarge(limit: messageLimit))
            return end(connection, 1009, "message too large")
        }
        let bytes = UnsafeRawBufferPointer(start: data, count: count)
        let isLast = lws_is_final_fragment(connection) != 0 && lws_remaining_packet_payload(connection) == 0
        guard isLast else {
            partial.append(contentsOf: bytes)
            return 0
        }
        let start = texts.count
        if !partial.isEmpty {
            texts.append(contentsOf: partial)
            partial.removeAll(keepingCapacity: partial.capacity <= 1 << 20)
        }
        texts.append(contentsOf: bytes)
        events.append(.text(start..<texts.count))
        return 0
    }

    private func write(to connection: OpaquePointer?) -> CInt {
        guard !outgoing.isEmpty else {
            return isClosing ? end(connection, 1000, "") : 0
        }
        var message = outgoing.removeFirst()
        let kind = message.kind == .ping ? LWS_WRITE_PING : LWS_WRITE_TEXT
        let count = message.bytes.count - Outgoing.room
        let written = message.bytes.withUnsafeMutableBufferPointer {
            // The library keeps what the socket does not take at once. Not nil: there is always the room.
            lws_write(connection, $0.baseAddress! + Outgoing.room, count, kind)  // not nil: see above
        }
        guard written >= 0 else { return -1 }
        if !outgoing.isEmpty || isClosing { lws_callback_on_writable(connection) }
        return 0
    }

    /// Ends the connection with this code in our close frame.
    private func end(_ connection: OpaquePointer?, _ code: UInt32, _ reason: StaticString) -> CInt {
        closeCode = Int(code)
        closeReason = "\(reason)"
        lws_close_reason(
            connection, lws_close_status(code), UnsafeMutablePointer(mutating: reason.utf8Start),
            reason.utf8CodeUnitCount)
        return -1
    }

    private func notePeerClose(_ data: UnsafeMutableRawPointer?, _ count: Int) {
        let bytes = UnsafeRawBufferPointer(start: data, count: count)
        // A close frame without a code means 1005: none was given.
        closeCode = bytes.count >= 2 ? Int(bytes[0]) << 8 | Int(bytes[1]) : 1005
        closeReason = String(decoding: bytes.dropFirst(2), as: UTF8.self)
    }

    func ended() {
        guard phase == .open else { return }
        phase = .ended
        events.append(.closed(code: closeCode, reason: closeReason))
    }

    private func text(_ data: UnsafeMutableRawPointer?, _ count: Int) -> String {
        guard let data, count > 0 else { return "no connection" }
        return String(decoding: UnsafeRawBufferPointer(start: data, count: count), as: UTF8.self)
    }
}

private func receiveCallback(
    _ connection: OpaquePointer?, _ reason: lws_callback_reasons, _ user: UnsafeMutableRawPointer?,
    _ data: UnsafeMutableRawPointer?, _ count: Int
) -> CInt {
    guard let connection, let context = lws_get_context(connection), let session = lws_context_user(context) else {
        return 0
    }
    return Unmanaged<WebSocketSession>.fromOpaque(session).takeUnretainedValue()
        .handle(reason, connection, data, count)
}
