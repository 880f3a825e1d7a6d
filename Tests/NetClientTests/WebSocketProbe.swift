import NetClient
import TestSupport
import Testing

/// A client under test and what it told.
final class WebSocketProbe {
    let client: WebSocketClient
    private(set) var opened = 0
    private(set) var texts: [String] = []
    private(set) var sizes: [Int] = []
    private(set) var pongs = 0
    private(set) var end: (code: Int, reason: String)?

    init(
        _ url: String, limits: WebSocketClient.Limits = .init(), authorities: String? = nil
    ) throws {
        client = try WebSocketClient(url: url, limits: limits, authorities: authorities)
    }

    func poll(waitMs: Int32 = 100) throws(TransportError) {
        try client.poll(waitMs: waitMs) { event in
            switch event {
            case .opened: opened += 1
            case .text(let bytes):
                sizes.append(bytes.count)
                if bytes.count < 1000 { texts.append(String(decoding: bytes, as: UTF8.self)) }
            case .pong: pongs += 1
            case .closed(let code, let reason): end = (code, reason)
            }
        }
    }

    /// Polls until the condition holds.
    func poll(
        seconds: Double = 20, until condition: () -> Bool, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let deadline = ContinuousClock.now + .milliseconds(Int(seconds * 1000))
        while !condition() {
            try #require(ContinuousClock.now < deadline, "nothing came in \(seconds) s", sourceLocation: sourceLocation)
            try poll()
        }
    }

    /// Polls until it throws.
    func failure(sourceLocation: SourceLocation = #_sourceLocation) throws -> TransportError {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            do { try poll() } catch { return error }
        }
        try #require(Bool(false), "it did not fail", sourceLocation: sourceLocation)
        return .stopped
    }
}

/// A server whose WebSockets do what the closure says.
func webSocketServer(_ play: @escaping @Sendable (LoopbackWebSocket) throws -> Void) throws -> LoopbackServer {
    try LoopbackServer { _, connection in try play(connection.acceptWebSocket()) }
}

/// A server that does what the closure says with the connection that asked for a WebSocket.
func refusingServer(_ play: @escaping @Sendable (LoopbackConnection) throws -> Void) throws -> LoopbackServer {
    try LoopbackServer { _, connection in try play(connection) }
}
