import NetClient
import System
import TestSupport
import TestTraits
import Testing

@Suite("Transports: lifetime", .waiting)
struct LifetimeTests {
    @Test("closing sends what is queued and a close frame", arguments: [true, false])
    func close(isExplicit: Bool) throws {
        let server = try webSocketServer { socket in while try socket.receive() != nil {} }
        do {
            let probe = try WebSocketProbe(server.webSocketURL())
            try probe.poll { probe.opened == 1 }
            probe.client.send(text: "bye")
            if isExplicit {
                probe.client.close()
                #expect(try probe.failure() == .closed(code: 1000, reason: "closed by us"))
            }
        }
        #expect(waitUntil(seconds: 20) { server.openConnections == 0 })
        #expect(server.frames.map(\.opcode) == [.text, .close])
        #expect(server.frames.last?.payload == [0x03, 0xe8])
    }

    @Test("closing does not wait for a peer that does not answer")
    func closeStalled() throws {
        let server = try webSocketServer { $0.connection.stall() }
        let probe = try WebSocketProbe(server.webSocketURL())
        try probe.poll { probe.opened == 1 }
        let start = ContinuousClock.now
        probe.client.close()
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(waitUntil(seconds: 20) { server.openConnections == 0 })
    }

    @Test("a client may be closed from its own event")
    func closeInside() throws {
        let server = try webSocketServer { socket in
            try socket.send(texts: ["1", "2", "3"])
            while try socket.receive() != nil {}
        }
        let client = try WebSocketClient(url: server.webSocketURL())
        var texts: [String] = []
        let isClosed = waitUntil(seconds: 20) {
            do {
                try client.poll(waitMs: 50) { event in
                    guard case .text(let bytes) = event else { return }
                    texts.append(String(decoding: bytes, as: UTF8.self))
                    client.close()
                }
                return false
            } catch { return true }
        }
        #expect(isClosed && texts == ["1"])
        #expect(waitUntil(seconds: 20) { server.openConnections == 0 })
    }

    @Test("whatever the end, no handle stays", arguments: 0..<3)
    func noLeak(round: Int) throws {
        do {
            let server = try LoopbackServer { request, connection in
                if request.path == "/cut" { return connection.cut() }
                if request.path == "/stall" { return connection.stall() }
                let socket = try connection.acceptWebSocket()
                try socket.send(text: "x")
                if request.path == "/half" { return try socket.connection.send(raw: [0x81, 0x7e, 0x01]) }
                while try socket.receive() != nil {}
            }
            for path in ["/cut", "/stall", "/half", "/"] {
                // Abandoned at every stage: before it was polled, on its way, with and without its events read.
                for polls in [0, 1, 5] {
                    let client = try WebSocketClient(url: "ws://localhost:\(server.port)\(path)")
                    client.send(text: "queued")
                    for _ in 0..<polls { try? client.poll(waitMs: 10) { _ in } }
                }
            }
            let client = HTTPClient()
            for path in ["/cut", "/stall", "/"] { _ = try client.start(HTTPRequest(server.url(path))) }
            _ = client.poll(waitMs: 10)
        }
        // Other suites' clients come and go meanwhile.
        #expect(waitUntil(seconds: 60) { liveTransports.count == 0 })
    }

    @Test("a name without an address is an error; a lookup may be abandoned")
    func unresolved() throws {
        for _ in 0..<20 {
            let client = try WebSocketClient(url: "wss://does-not-exist.invalid/")
            try? client.poll(waitMs: 0) { _ in }
        }
        let probe = try WebSocketProbe("wss://does-not-exist.invalid/")
        switch try probe.failure() {
        case .resolve(let host, let reason): #expect(host == "does-not-exist.invalid" && !reason.isEmpty)
        // Where name servers do not answer at all.
        case .timeout(let operation): #expect(operation == "resolving does-not-exist.invalid")
        case let other: Issue.record("another error: \(other)")
        }
    }
}
