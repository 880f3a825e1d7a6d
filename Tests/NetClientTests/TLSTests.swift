import NetClient
import TestSupport
import TestTraits
import Testing

@Suite("TLS", .waiting)
struct TLSTests {
    private func server() throws -> LoopbackServer {
        try LoopbackServer { request, connection in
            guard request.isWebSocketUpgrade else { return try connection.reply(200, "over TLS") }
            let socket = try connection.acceptWebSocket()
            for n in 0..<200 {
                try socket.send(texts: (0..<100).map { "\(n * 100 + $0) " + String(repeating: "x", count: 40) })
            }
            try socket.converse { [$0] }
        }
    }

    @Test("a trusted server is spoken with, in order and both ways, though it prefers HTTP/2")
    func trusted() throws {
        let server = try server()
        guard let relay = try TLSRelay.start(before: server, name: "localhost", offers: "h2 http/1.1") else { return }
        let probe = try WebSocketProbe("wss://localhost:\(relay.port)/", authorities: relay.certificate)
        try probe.poll(seconds: 60) { probe.texts.count == 20_000 }
        #expect(probe.texts.enumerated().allSatisfy { $1.hasPrefix("\($0) ") })
        probe.client.send(text: "back")
        try probe.poll { probe.texts.last == "back" }
    }

    @Test("handshakes at the same time do not disturb each other")
    func interleaved() throws {
        let server = try server()
        guard let relay = try TLSRelay.start(before: server, name: "localhost") else { return }
        let probes = try (0..<6).map { _ in
            try WebSocketProbe("wss://localhost:\(relay.port)/", authorities: relay.certificate)
        }
        // Each begins while those before it are at another step of theirs.
        for last in probes.indices {
            for probe in probes[...last] { try probe.poll(waitMs: 1) }
        }
        for probe in probes { try probe.poll { probe.opened == 1 } }
    }

    @Test("HTTP over TLS gives the answer of a trusted server")
    func https() throws {
        let server = try server()
        guard let relay = try TLSRelay.start(before: server, name: "localhost") else { return }
        let reply = try HTTPClient(authorities: relay.certificate)
            .send(HTTPRequest("https://localhost:\(relay.port)/"), until: { false })
        #expect(reply.body == Array("over TLS".utf8))
    }

    @Test(
        "an unknown authority, or another server's certificate, is a TLS failure",
        arguments: ["localhost", "example.org"])
    func untrusted(name: String) throws {
        let server = try server()
        guard let relay = try TLSRelay.start(before: server, name: name) else { return }
        let authorities = name == "localhost" ? nil : relay.certificate
        func isTLS(_ error: TransportError) -> Bool {
            if case .tls(let host, let reason) = error {
                host == "localhost:\(relay.port)" && !reason.isEmpty
            } else {
                false
            }
        }
        let error = try WebSocketProbe("wss://localhost:\(relay.port)/", authorities: authorities).failure()
        #expect(isTLS(error), "\(error)")
        do throws(TransportError) {
            _ = try HTTPClient(authorities: authorities).send(
                HTTPRequest("https://localhost:\(relay.port)/"), until: { false })
            Issue.record("it was trusted")
        } catch {
            #expect(isTLS(error), "\(error)")
        }
        #expect(server.requests.isEmpty)
    }
}
