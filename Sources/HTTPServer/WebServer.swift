internal import CMicroHTTPD
internal import Synchronization

/// An HTTP/1.1 server that does its work when somebody calls `run`, without threads of its own.
///
/// `@unchecked Sendable`: the daemon is used only inside `run`, which an atomic flag keeps to one thread at a time, and in
/// `deinit`, when nobody else has the server. libmicrohttpd ties a daemon without threads of its own to no thread.
package final class WebServer: @unchecked Sendable {
    /// How much a client may ask for.
    package struct Limits: Sendable {
        /// The longest body; a longer one is answered with 413.
        package var bodyBytes = 1 << 20
        /// Connections at the same time; further ones wait or are closed.
        package var connections: UInt32 = 64
        /// A connection on which nothing happens for so long is closed.
        package var idleSeconds: UInt32 = 30

        /// The usual ones.
        package init() {}
    }

    /// Where the server listens, also where port 0 was asked for.
    package let port: UInt16
    private let service: Service
    private var daemon: OpaquePointer?
    private let isRunning = Atomic<Bool>(false)

    /// Listens at once; requests are answered when `run` is called.
    /// - Throws: `.addressInUse`, `.unknownHost`, `.cannotListen`; `.failed` when the daemon does not start.
    package init(
        host: String, port: UInt16, routes: [HTTPRoute], limits: Limits = Limits()
    ) throws(HTTPServerError) {
        let socket = try ListeningSocket(host: host, port: port)
        self.port = socket.port
        service = Service(router: Router(routes), bodyLimit: limits.bodyBytes)
        // The daemon closes the socket, also when it does not start. `service` outlives the daemon: see `deinit`.
        daemon = mhd_start_on_socket(
            socket.relinquish(), handleRequest, completeRequest, noteConnection,
            Unmanaged.passUnretained(service).toOpaque(), limits.connections, limits.idleSeconds)
        guard daemon != nil else { throw .failed(operation: "MHD_start_daemon") }
    }

    deinit {
        if let daemon { MHD_stop_daemon(daemon) }
    }

    /// One turn: waits for clients at most so long and serves those that are there. *Units*: milliseconds.
    /// - Throws: `.failed` when the daemon cannot go on.
    package func run(waitMs: Int32) throws(HTTPServerError) {
        let wasRunning = isRunning.exchange(true, ordering: .acquiring)
        precondition(!wasRunning, "one thread runs the server")
        defer { isRunning.store(false, ordering: .releasing) }
        guard MHD_run_wait(daemon, waitMs) == .YES else { throw .failed(operation: "MHD_run_wait") }
        service.connections.hangUpOnEnded()
    }

    /// Connections that are open now. *Thread*: the one that runs the server.
    package var connectionCount: Int { Int(mhd_connection_count(daemon)) }
}

/// What the callbacks need.
private final class Service {
    let connections = OpenConnections()
    let router: Router
    let bodyLimit: Int

    init(router: Router, bodyLimit: Int) {
        self.router = router
        self.bodyLimit = bodyLimit
    }
}

/// One request while it is read. The connection holds it from the first callback to `completeRequest`.
private final class Exchange {
    let route: HTTPRoute
    var body: [UInt8] = []
    var isTooLong = false
    var surplus = 0

    init(route: HTTPRoute) { self.route = route }

    /// Keeps what fits; false when the client sends so much more that reading on is pointless.
    func take(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Bool {
        if !isTooLong, body.count + bytes.count <= limit {
            body.append(contentsOf: bytes)
            return true
        }
        isTooLong = true
        body = []
        surplus += bytes.count
        return surplus <= limit + (1 << 20)
    }
}

/// libmicrohttpd calls this once with the headers, then with each piece of the body, then once more at its end.
private func handleRequest(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
    _ uploadSize: UnsafeMutablePointer<Int>?, _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context, let connection, let url, let method, let uploadSize, let state else { return .NO }
    let service = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue()
    let methodText = String(cString: method)
    let path = String(cString: url)
    guard let held = state.pointee else {
        return begin(connection, service, method: methodText, path: path, state)
    }
    let exchange = Unmanaged<Exchange>.fromOpaque(held).takeUnretainedValue()
    if uploadSize.pointee > 0 {
        let piece = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
        uploadSize.pointee = 0
        return exchange.take(piece, limit: service.bodyLimit) ? .YES : .NO
    }
    if exchange.isTooLong { return send(tooLong(service.bodyLimit), on: connection, of: service) }
    let request = HTTPRequest(
        method: methodText, path: path, query: queryPairs(of: connection), body: exchange.body)
    return send(exchange.route.handler(request), on: connection, of: service)
}

/// Decides by the headers alone, before the client sends its body.
private func begin(
    _ connection: OpaquePointer, _ service: Service, method: String, path: String,
    _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>
) -> MHD_Result {
    switch service.router.find(method: method, path: path) {
    case .failure(let refusal): return send(refusal.response, on: connection, of: service)
    case .success(let route):
        let length = MHD_lookup_connection_value(connection, .HEADER_KIND, "Content-Length")
        if let length, let bytes = UInt64(String(cString: length)), bytes > UInt64(service.bodyLimit) {
            return send(tooLong(service.bodyLimit), on: connection, of: service)
        }
        state.pointee = Unmanaged.passRetained(Exchange(route: route)).toOpaque()
        return .YES
    }
}

/// The end of a request, however it ended.
private func completeRequest(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
    if let context, let connection {
        Unmanaged<Service>.fromOpaque(context).takeUnretainedValue().connections.isOwedAnswer(connection, false)
    }
    guard let held = state?.pointee else { return }
    Unmanaged<Exchange>.fromOpaque(held).release()
    state?.pointee = nil
}

/// A connection comes or goes.
private func noteConnection(
    _ context: UnsafeMutableRawPointer?, _ connection: OpaquePointer?,
    _ socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
    guard let context, let connection else { return }
    let connections = Unmanaged<Service>.fromOpaque(context).takeUnretainedValue().connections
    switch code {
    case .CONNECTION_NOTIFY_STARTED: connections.opened(connection, descriptor: mhd_connection_socket(connection))
    default: connections.closed(connection)
    }
}

private func tooLong(_ limit: Int) -> HTTPResponse {
    .text("the body is longer than \(limit) bytes\n", status: 413)
}

private func send(_ answer: HTTPResponse, on connection: OpaquePointer, of service: Service) -> MHD_Result {
    let made = answer.body.withUnsafeBytes { bytes in
        // MUST_COPY: it only reads from the pointer, which C declares without const.
        MHD_create_response_from_buffer(
            bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
    }
    guard let response = made else { return .NO }
    defer { MHD_destroy_response(response) }
    MHD_add_response_header(response, "Content-Type", answer.contentType)
    for (name, value) in answer.headers { MHD_add_response_header(response, name, value) }
    service.connections.isOwedAnswer(connection, true)
    return MHD_queue_response(connection, UInt32(clamping: answer.status), response)
}

private func queryPairs(of connection: OpaquePointer) -> [(String, String)] {
    var pairs: [(String, String)] = []
    withUnsafeMutablePointer(to: &pairs) { context in
        _ = MHD_get_connection_values_n(
            connection, .GET_ARGUMENT_KIND,
            { context, _, key, keySize, value, valueSize in
                guard let pairs = context?.assumingMemoryBound(to: [(String, String)].self) else { return .NO }
                pairs.pointee.append((text(key, keySize), text(value, valueSize)))
                return .YES
            }, context)
    }
    return pairs
}

/// Broken UTF-8 becomes U+FFFD, a missing value an empty text.
private func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
    String(decoding: UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count), as: UTF8.self)
}
