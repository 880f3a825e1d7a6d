internal import CMicroHTTPD
internal import Glibc
internal import Synchronization
internal import System

/// An HTTP/1.1 server that does its work when somebody calls `run`, without threads of its own.
///
/// `@unchecked Sendable`: the daemon and what its callbacks work on are used only by the one thread that calls `run` and `stop` (an
/// atomic flag traps where two do), and in `deinit`, when nobody else has the server. libmicrohttpd ties a daemon without threads
/// of its own to no thread.
package final class WebServer: @unchecked Sendable {
    /// How much clients may ask for.
    package struct Limits: Sendable {
        /// The longest body; a longer one is answered with 413.
        package var bodyBytes = 1 << 20
        /// Connections at the same time; further ones wait or are closed.
        package var connections: UInt32 = 1_000
        /// A connection on which nothing happens for so long is closed.
        package var idleSeconds: UInt32 = 30
        /// A request that has not come whole after so long is answered with 408, and a long answer that is not taken by then is cut off.
        package var requestSeconds: UInt32 = 60
        /// What bodies that are not whole yet and long answers that are not sent yet may take together, bodies three quarters
        /// of it; beyond it clients get 503. *Units*: bytes.
        package var heldBytes = 64 << 20
        /// What a connection has for the head of a request, at most; a longer one is answered with 413, 414 or 431.
        package var headBytes = 8 << 10

        /// The usual ones.
        package init() {}
    }

    /// Some milliseconds, after which others than requests have their turn.
    private static let roundsPerTurn = 32

    /// Where the server listens, also where port 0 was asked for.
    package let port: UInt16
    private let core: ServerCore
    private let daemon: OpaquePointer
    private let clock = SystemClock()
    private let isRunning = Atomic<Bool>(false)

    /// Listens at once; requests are answered when `run` is called.
    /// - Throws: `.addressInUse`, `.unknownHost`, `.cannotListen`; `.failed` when the daemon does not start.
    package init(
        host: String, port: UInt16, routes: [HTTPRoute], policy: HTTPPolicy = HTTPPolicy(), limits: Limits = Limits()
    ) throws(HTTPServerError) {
        let socket = try ListeningSocket(host: host, port: port)
        self.port = socket.port
        let gate = Gate(policy, host: host, isLoopback: socket.isLoopback)
        core = try ServerCore(Router(routes), gate, limits, waker: Waker())
        // The daemon closes the socket, also when it does not start. `core` outlives the daemon: see `deinit`.
        let started = mhd_start_on_socket(
            socket.relinquish(), handleRequest, completeRequest, noteConnection,
            Unmanaged.passUnretained(core).toOpaque(), limits.connections, limits.idleSeconds, limits.headBytes)
        guard let started else { throw .failed(operation: "MHD_start_daemon") }
        daemon = started
        // A throw from here on runs `deinit`, which stops the daemon.
        guard core.descriptors.addDaemon(mhd_epoll_descriptor(daemon)) else { throw .failed(operation: "epoll_ctl") }
    }

    deinit {
        core.resumeAll()
        MHD_run(daemon)  // what is resumed goes back to libmicrohttpd's lists, which it wants before it stops
        MHD_stop_daemon(daemon)
    }

    /// One turn: waits for something to do at most so long and does what there is. *Units*: milliseconds.
    /// - Throws: `.failed` when the daemon cannot go on.
    package func run(waitMs: Int32) throws(HTTPServerError) {
        let wasRunning = isRunning.exchange(true, ordering: .acquiring)
        precondition(!wasRunning, "one thread runs the server")
        defer { isRunning.store(false, ordering: .releasing) }
        core.hub.nowMs = clock.monotonicMs()
        let found = core.descriptors.wait(ms: patienceMs(waitMs))
        core.hub.nowMs = clock.monotonicMs()
        if found.isWoken {
            core.waker.reset()
            core.deliverAnswers()
            core.hub.lookAtAll()
        }
        for connection in found.ended { core.noteEnded(connection) }
        core.giveUpOnLate()
        core.giveUpOnSlow()
        core.parting.turn(nowMs: core.hub.nowMs)
        core.hub.turn()
        try serve()
        core.hangUpOnEnded()
        if core.isStopping { core.hangUpOnIdle() }
    }

    /// Lets libmicrohttpd work, again while there are requests: under load that saves every other system call of a turn.
    private func serve() throws(HTTPServerError) {
        for _ in 0..<WebServer.roundsPerTurn {
            let before = core.answered
            guard MHD_run(daemon) == .YES else { throw .failed(operation: "MHD_run") }
            if core.answered == before || core.waker.isSet { return }
        }
    }

    /// Takes no new connections, ends answers that are under way and event streams, then closes what is left at the deadline.
    /// *Units*: milliseconds. - Throws: as `run`.
    package func stop(withinMs: Int64) throws(HTTPServerError) {
        precondition(!isRunning.load(ordering: .acquiring), "the thread that runs the server stops it")
        if !core.isStopping {
            core.isStopping = true
            let listening = MHD_quiesce_daemon(daemon)
            if listening >= 0 { close(listening) }
        }
        let endMs = clock.monotonicMs() + withinMs
        while connectionCount > 0, clock.monotonicMs() < endMs { try run(waitMs: 10) }
    }

    /// Connections that are open now. *Thread*: the one that runs the server.
    package var connectionCount: Int { Int(mhd_connection_count(daemon)) }

    /// What was done so far. *Thread*: the one that runs the server.
    package var statistics: HTTPStatistics {
        var statistics = core.statistics
        statistics.eventClients = core.hub.clients.count
        statistics.cutEventClients = core.hub.cut
        statistics.connections = core.connections.count
        return statistics
    }

    /// How long the next turn may wait.
    private func patienceMs(_ waitMs: Int32) -> Int32 {
        var limitMs: UInt64 = 0
        let daemonMs = MHD_get_timeout(daemon, &limitMs) == .YES ? Int64(clamping: limitMs) : .max
        return Int32(clamping: min(Int64(waitMs), daemonMs, core.patienceMs, core.hub.patienceMs))
    }
}

/// The headers of a request, a piece of its body, or its end. `state` is the connection once the headers were seen.
private func handleRequest(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ path: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
    _ uploadSize: UnsafeMutablePointer<Int>?, _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let context, let handle, let path, let method, let uploadSize, let state else { return .NO }
    let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
    guard let held = state.pointee else {
        guard let own = mhd_connection_context(handle) else { return .NO }
        state.pointee = own
        return core.begin(Unmanaged<ClientConnection>.fromOpaque(own).takeUnretainedValue(), method, path)
    }
    let connection = Unmanaged<ClientConnection>.fromOpaque(held).takeUnretainedValue()
    guard uploadSize.pointee > 0 else { return core.goOn(connection, path) }
    let piece = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
    uploadSize.pointee = 0
    return core.take(piece, connection, path)
}

/// The end of a request, however it ended.
private func completeRequest(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?,
    _ state: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ reason: MHD_RequestTerminationCode
) {
    guard let context, let held = state?.pointee else { return }
    state?.pointee = nil
    Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue().complete(
        Unmanaged<ClientConnection>.fromOpaque(held).takeUnretainedValue(),
        isTimeout: reason == .REQUEST_TERMINATED_TIMEOUT_REACHED)
}

/// A connection comes or goes; libmicrohttpd keeps ours meanwhile.
private func noteConnection(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?,
    _ own: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
    guard let context, let handle, let own else { return }
    let core = Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
    switch code {
    case .CONNECTION_NOTIFY_STARTED: own.pointee = Unmanaged.passRetained(core.opened(handle)).toOpaque()
    default:
        guard let held = own.pointee else { return }
        own.pointee = nil
        core.closed(Unmanaged<ClientConnection>.fromOpaque(held).takeRetainedValue())
    }
}
