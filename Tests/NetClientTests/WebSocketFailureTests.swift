import NetClient
import TestSupport
import TestTraits
import Testing

@Suite("WebSocketClient: failures", .waiting)
struct WebSocketFailureTests {
    @Test("a close frame gives its code and reason, then every poll says so")
    func closed() throws {
        let server = try webSocketServer { socket in
            try socket.send(text: "last words")
            try socket.close(code: 1001, reason: "going away")
            _ = try socket.receive()
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        try probe.poll { probe.end != nil }
        #expect(probe.texts == ["last words"])
        #expect(probe.end?.code == 1001 && probe.end?.reason == "going away")
        #expect(!probe.client.isOpen)
        #expect(try probe.failure() == .closed(code: 1001, reason: "going away"))
    }

    @Test(
        "a connection that ends without a close frame gives 1006",
        arguments: ["drop", "cut", "half frame", "half message"])
    func dropped(how: String) throws {
        let server = try webSocketServer { socket in
            for n in 0..<3 { try socket.send(text: "\(n)") }
            let frame = LoopbackWebSocket.frame(.text, Array(repeating: 0x78, count: 100))
            switch how {
            case "half frame": try socket.connection.send(raw: Array(frame.prefix(50)))
            case "half message": try socket.send(.text, Array("never finished".utf8), isFinal: false)
            case "cut":
                // A reset may overtake what was sent: the client says first that it has it.
                _ = try socket.receive()
                return socket.connection.cut()
            default: break
            }
            socket.connection.finish()
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        try probe.poll { probe.texts.count == 3 }
        probe.client.send(text: "got it")
        try probe.poll { probe.end != nil }
        #expect(probe.texts == ["0", "1", "2"])
        #expect(probe.end?.code == 1006)
    }

    @Test(
        "rubbish instead of frames ends the connection",
        arguments: [
            [UInt8](repeating: 0xff, count: 200), [0x83, 0x00], [0xc1, 0x01, 0x78], [0x80, 0x01, 0x78],
            Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8),
            // A continuation that continues nothing; a control frame in two parts; a length with its top bit set.
            [0x00, 0x01, 0x78], [0x09, 0x00], [0x81, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 1],
        ])
    func rubbish(bytes: [UInt8]) throws {
        let server = try webSocketServer { socket in
            try socket.send(text: "good")
            try socket.connection.send(raw: bytes)
            // What the client cannot take for an error yet is one at the end.
            _ = try? socket.receive()
            socket.connection.finish()
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        try probe.poll { probe.texts.first == "good" }
        probe.client.send(text: "next")
        try probe.poll { probe.end != nil }
        #expect(probe.texts.first == "good")
        #expect(probe.end != nil)
    }

    @Test("random bytes never trap", arguments: UInt64(0)..<40)
    func fuzz(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let bytes = (0..<Int.random(in: 1...400, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        let server = try webSocketServer { socket in
            try socket.connection.send(raw: bytes)
            socket.connection.finish()
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        try probe.poll { probe.end != nil }
    }

    @Test("a binary message is refused with 1003")
    func binary() throws {
        let server = try webSocketServer { socket in
            try socket.send(.binary, [1, 2, 3])
            while try socket.receive() != nil {}
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        try probe.poll { probe.end != nil }
        #expect(probe.end?.code == 1003 && probe.texts.isEmpty)
    }

    @Test("a message above the limit ends the connection", arguments: [1, 7])
    func tooLarge(parts: Int) throws {
        let server = try webSocketServer { socket in
            try socket.send(text: "small enough")
            try socket.send(fragments: Array(repeating: String(repeating: "x", count: 70_000 / parts), count: parts))
            while try socket.receive() != nil {}
        }
        let probe = try WebSocketProbe(server.webSocketURL(), limits: .init(messageBytes: 65_000))
        #expect(try probe.failure() == .tooLarge(limit: 65_000))
        #expect(probe.texts == ["small enough"] && probe.sizes.count == 1)
        #expect(try probe.failure() == .tooLarge(limit: 65_000))
    }

    @Test("an answer that is no upgrade gives its status", arguments: [200, 301, 401, 403, 404, 429, 502, 503])
    func wrongStatus(status: Int) throws {
        let server = try refusingServer { connection in
            try connection.reply(
                status, "<html>no</html>", headers: [("Retry-After", "34"), ("Location", "ws://127.0.0.1:1/")])
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        guard case .handshake(let code, let reason) = try probe.failure() else {
            Issue.record("another error: \(try probe.failure())")
            return
        }
        #expect(code == status && !reason.isEmpty)
        #expect(probe.client.retryAfterSeconds == 34)
        #expect(probe.opened == 0)
    }

    @Test(
        "an answer that is not HTTP is a failed handshake",
        arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}\u{2}", ""])
    func notHTTP(answer: String) throws {
        let server = try refusingServer { connection in
            try connection.send(raw: Array(answer.utf8))
            connection.finish()
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        guard case .handshake = try probe.failure() else {
            Issue.record("another error: \(try probe.failure())")
            return
        }
    }

    @Test("a wrong accept key is a failed handshake")
    func wrongKey() throws {
        let server = try refusingServer { connection in
            try connection.send(
                raw: Array(
                    ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n").utf8))
            connection.stall()
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        guard case .handshake = try probe.failure() else {
            Issue.record("another error: \(try probe.failure())")
            return
        }
    }

    @Test("nobody at the port is a failed connection")
    func refused() throws {
        let server = try LoopbackServer { _, _ in }
        server.stop()
        #expect(waitUntil(seconds: 60) { (try? WebSocketProbe(server.webSocketURL()).failure())?.isConnect == true })
        #expect(try WebSocketProbe("ws://localhost:\(server.port)/").failure().isConnect)
    }

    @Test("a server that does not shake hands is given up at the deadline")
    func handshakeDeadline() throws {
        let server = try refusingServer { $0.stall() }
        let probe = try WebSocketProbe(server.webSocketURL(), limits: .init(openTimeoutMs: 200))
        #expect(try probe.failure() == .timeout(operation: "the WebSocket handshake with 127.0.0.1:\(server.port)"))
    }

    @Test("a server without TLS, asked for it, is a TLS failure")
    func noTLS() throws {
        let server = try LoopbackServer(
            greet: { connection in
                try connection.reply(400)
                connection.stall()
            },
            { _, _ in })
        let probe = try WebSocketProbe("wss://127.0.0.1:\(server.port)/", limits: .init(openTimeoutMs: 5000))
        guard case .tls(let host, _) = try probe.failure() else {
            Issue.record("another error: \(try probe.failure())")
            return
        }
        #expect(host == "127.0.0.1:\(server.port)")
    }

    @Test(
        "addresses that cannot be used are refused",
        arguments: ["http://127.0.0.1/", "ws://stream.bybit.com/", "ws://", "x"])
    func badURL(url: String) {
        #expect { try WebSocketClient(url: url) } throws: { ($0 as? TransportError)?.isBadURL == true }
    }
}

extension TransportError {
    fileprivate var isConnect: Bool { if case .connect = self { true } else { false } }
    fileprivate var isBadURL: Bool { if case .badURL = self { true } else { false } }
}
