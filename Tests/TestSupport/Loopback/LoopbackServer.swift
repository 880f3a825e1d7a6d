internal import Foundation
internal import Glibc
internal import Synchronization
internal import System

/// A server on 127.0.0.1 and a free port that plays an exchange: HTTP/1.1 and WebSockets on the same port.
///
/// The handler runs on a thread of its own for every connection and does what it likes: answers, upgrades, stalls, cuts.
///
///     let server = try LoopbackServer { request, connection in
///         switch request.path {
///         case "/api/v3/simple/price": try connection.reply(200, #"{"bitcoin":{"usd":1}}"#)
///         case "/v5/public/spot":
///             let socket = try connection.acceptWebSocket()
///             for frame in recorded { try socket.send(text: frame) }
///             try socket.converse { text in text.contains("ping") ? [pong] : [] }
///         default: try connection.reply(404)
///         }
///     }
public final class LoopbackServer: Sendable {
    public typealias Handler = @Sendable (LoopbackRequest, LoopbackConnection) throws -> Void

    private struct State {
        var requests: [LoopbackRequest] = []
        var frames: [LoopbackFrame] = []
        var sockets: Set<Int32> = []
        var isStopped = false
    }

    public let port: Int
    private let listener: Int32
    private let greet: @Sendable (LoopbackConnection) throws -> Void
    private let handler: Handler
    private let state = Mutex(State())

    /// - Parameters:
    ///   - wanted: the port; 0: a free one.
    ///   - greet: runs before a request is read: for a server that speaks first, or another protocol.
    public init(
        port wanted: Int = 0, greet: @escaping @Sendable (LoopbackConnection) throws -> Void = { _ in },
        _ handler: @escaping Handler
    ) throws {
        self.greet = greet
        self.handler = handler
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(wanted).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var one: Int32 = 1
        // Who comes back to its port need not wait for the connections of before.
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard bound else {
            close(listener)
            throw LoopbackError.system("bind", errno)
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        _ = System.Thread(name: "loopback") { [weak self] in LoopbackServer.accept(on: listener) { self } }
    }

    deinit { stop() }

    /// `http://127.0.0.1:<port>` and `path`.
    public func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// `ws://127.0.0.1:<port>` and `path`.
    public func webSocketURL(_ path: String = "/") -> String { "ws://127.0.0.1:\(port)\(path)" }

    /// Every request that came, upgrades too, in order.
    public var requests: [LoopbackRequest] { state.withLock { $0.requests } }

    /// Every frame that clients sent and the handler received, in order.
    public var frames: [LoopbackFrame] { state.withLock { $0.frames } }

    /// The texts among `frames`.
    public var texts: [String] { frames.filter { $0.opcode == .text }.map(\.text) }

    /// Connections that stand.
    public var openConnections: Int { state.withLock { $0.sockets.count } }

    /// Ends all connections and takes no new ones; the handlers' next call throws.
    public func stop() {
        let isFirst = state.withLock { state in
            for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
            defer { state.isStopped = true }
            return !state.isStopped
        }
        // Wakes the accepting thread, which closes it.
        if isFirst { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    func record(_ frame: LoopbackFrame) { state.withLock { $0.frames.append(frame) } }

    private static func accept(on listener: Int32, _ server: @escaping () -> LoopbackServer?) {
        while true {
            let socket: Int32
            do throws(SystemError) {
                socket = try SystemError.check("accept") { Glibc.accept(listener, nil, nil) }
            } catch {
                if error.code == ECONNABORTED { continue }
                break
            }
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
            guard let server = server(), server.add(socket) else {
                close(socket)
                break
            }
            _ = System.Thread(name: "loopback") { [weak server] in
                server?.serve(socket)
                // Closed under the lock, so that `stop` never meets another file with this number.
                if server?.remove(socket) == nil { close(socket) }
            }
        }
        close(listener)
    }

    private func add(_ socket: Int32) -> Bool {
        state.withLock {
            if !$0.isStopped { $0.sockets.insert(socket) }
            return !$0.isStopped
        }
    }

    private func remove(_ socket: Int32) {
        state.withLock {
            $0.sockets.remove(socket)
            close(socket)
        }
    }

    private func serve(_ socket: Int32) {
        var one: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        let connection = LoopbackConnection(socket: socket, server: self)
        // A handler's error is the end of its connection: the client left, or the server was stopped.
        guard (try? greet(connection)) != nil else { return }
        while !connection.isOver, let request = try? connection.readRequest() {
            state.withLock { $0.requests.append(request) }
            guard (try? handler(request, connection)) != nil else { return }
        }
    }
}

/// Why the simulator could not go on with a connection.
public enum LoopbackError: Error, Equatable {
    case system(String, Int32)
    /// The client closed the connection.
    case ended
    /// The client broke the protocol.
    case malformed(String)
}

/// One HTTP request as it came.
public struct LoopbackRequest: Sendable, Equatable {
    public let method: String
    /// Path and query.
    public let target: String
    /// Names in lower case.
    public let headers: [String: String]
    public let body: [UInt8]

    public init(method: String, target: String, headers: [String: String], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    public var path: String { String(target.prefix { $0 != "?" }) }
    public var query: String { String(target.drop { $0 != "?" }.dropFirst()) }
    public var isWebSocketUpgrade: Bool { headers["upgrade"]?.lowercased() == "websocket" }
}
