import Foundation
import HTTPServer
import TestSupport
import TestTraits
import Testing

@Suite("What one client may take from the others", .waiting)
struct BoundsTests {
    private func server(
        bodyBytes: Int = 1 << 20, heldBytes: Int = 64 << 20, requestSeconds: UInt32 = 60, idleSeconds: UInt32 = 30
    ) throws -> WebServer {
        var limits = WebServer.Limits()
        limits.bodyBytes = bodyBytes
        limits.heldBytes = heldBytes
        limits.requestSeconds = requestSeconds
        limits.idleSeconds = idleSeconds
        let long = HTTPRoute.get("/long") { _ in .text(String(repeating: "x", count: 50_000)) }
        return try WebServer(host: "127.0.0.1", port: 0, routes: WebServerTests.routes + [long], limits: limits)
    }

    private static func head(_ count: Int) -> String {
        "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(count)\r\n\r\n"
    }

    private func turn(_ server: WebServer, until condition: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try !condition() {
            try #require(ContinuousClock.now < deadline)
            try server.run(waitMs: 5)
        }
    }

    // MARK: Refused while it sends

    @Test("a client that sends all of a body that is too long before it reads hears 413", arguments: [false, true])
    func tooLongSentFirst(isChunked: Bool) throws {
        let server = try server(bodyBytes: 1_000)
        let client = try RawClient(port: server.port)
        let count = 20 << 20
        let text = String(repeating: "x", count: count)
        let request =
            isChunked
            ? "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "\(String(count, radix: 16))\r\n\(text)\r\n0\r\n\r\n" : Self.head(count) + text
        #expect(try client.send(request, to: server), "whose sending fails never reads")
        let reply = try client.reply(from: server)
        #expect(reply.status == 413 && reply.body == #"{"error":"the body is longer than 1000 bytes"}"#)
        #expect(reply.headers["connection"]?.lowercased() == "close")
        try client.read(from: server) { $0.isClosed }
        let other = try RawClient(port: server.port)
        #expect(try other.get(Self.head(5) + "hello", from: server).body == "hello")
    }

    @Test("many clients that are refused at once and never leave hold up nobody")
    func manyRefused() throws {
        let server = try server(bodyBytes: 1_000)
        let clients = try (0..<200).map { _ in try RawClient(port: server.port) }
        for client in clients { try client.send(Self.head(5_000_000) + "x", to: server) }
        for client in clients { #expect(try client.reply(from: server).status == 413) }
        #expect(server.connectionCount == 0)
        let other = try RawClient(port: server.port)
        #expect(try other.get(Self.head(5) + "hello", from: server).body == "hello")
    }

    // MARK: Memory

    @Test("clients that hold back the ends of their bodies fill no more than the server's budget, and others hear so")
    func heldBodies() throws {
        let size = 100_000
        // Bodies have three quarters of it.
        let server = try server(bodyBytes: size, heldBytes: 40 * size / 3)
        let text = String(repeating: "x", count: size - 1)
        var clients = try (0..<40).map { _ in try RawClient(port: server.port) }
        for client in clients { try client.send(Self.head(size) + text, to: server) }
        // Some are refused half-way, so that fewer than ten may get all that they need.
        try turn(server) { clients.count { !$0.receive() } >= 30 }
        for _ in 0..<100 { try server.run(waitMs: 0) }
        var waiting = clients.filter { $0.receive() }
        #expect((5...10).contains(waiting.count))
        let answers = clients.compactMap { Reply($0.received, isHead: false) }
        let reply = try #require(answers.first)
        #expect(reply.status == 503 && reply.headers["retry-after"] == "1")
        #expect(reply.body.contains(#"{"error":"other requests fill"#))
        // What comes in one piece is held nowhere.
        let small = try RawClient(port: server.port)
        #expect(try small.get(Self.head(5) + "hello", from: server).body == "hello")
        #expect(try small.get(WebServerTests.line("GET", "/long"), from: server).status == 200, "metrics are such")
        // Those that were let in are taken to their end, and give back what they held; so do those that leave.
        for client in waiting.prefix(5) {
            #expect(try client.get("y", from: server).body == text + "y")
        }
        (clients, waiting) = ([], [])
        try turn(server) { server.connectionCount == 1 }
        for client in try (0..<5).map({ _ in try RawClient(port: server.port) }) {
            #expect(try client.get(Self.head(size) + text + "y", from: server).status == 200)
        }
    }

    @Test("answers that clients do not read count, too")
    func heldAnswers() throws {
        let size = 16 << 20
        let server = try server(bodyBytes: size, heldBytes: 4 * size - 4)
        let text = String(repeating: "x", count: size)
        var clients: [RawClient] = []
        for _ in 0..<2 {
            let client = try RawClient(port: server.port)
            try client.send(Self.head(size) + text, to: server)
            clients.append(client)
        }
        let third = try RawClient(port: server.port)
        #expect(try third.get(Self.head(size) + text, from: server).status == 503)
        try clients[0].read(from: server) { $0.received.count > size }
        let fourth = try RawClient(port: server.port)
        try fourth.send(Self.head(size) + text, to: server)
        try fourth.read(from: server) { $0.received.count > size }
    }

    // MARK: Time

    /// Sends a byte now and then until the server answers or closes; what it said.
    private func drip(_ client: RawClient, _ byte: String, to server: WebServer) throws {
        try turn(server) {
            try client.send(byte, to: server)
            try server.run(waitMs: 20)
            return !client.receive() || !client.received.isEmpty
        }
    }

    @Test("a request that does not come whole in time is answered by 408, though something comes all the time")
    func slow() throws {
        let server = try server(requestSeconds: 1, idleSeconds: 1)
        for start in [Self.head(1_000_000), "GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Long: "] {
            let client = try RawClient(port: server.port)
            try client.send(start, to: server)
            try drip(client, "x", to: server)
            let reply = try #require(Reply(client.received, isHead: false))
            #expect(reply.status == 408, "\(start)")
            #expect(reply.body == #"{"error":"the request did not come whole within 1 s"}"#)
            try turn(server) { !client.receive() }
        }
        try turn(server) { server.connectionCount == 0 }
    }

    @Test("a client that is quiet between requests is not late with the next one")
    func quiet() throws {
        let server = try server(requestSeconds: 1)
        let client = try RawClient(port: server.port)
        #expect(try client.get(Self.head(5) + "hello", from: server).body == "hello")
        let later = ContinuousClock.now + .seconds(3)
        try turn(server) { ContinuousClock.now > later }
        #expect(try client.get(Self.head(5) + "hello", from: server).body == "hello")
    }

    @Test("a client that takes a long answer bit by bit is cut off in time")
    func slowReader() throws {
        let size = 16 << 20
        let server = try server(bodyBytes: size, requestSeconds: 2)
        let client = try RawClient(port: server.port, receiveBytes: 4_096)
        try client.send(Self.head(size) + String(repeating: "x", count: size), to: server)
        try turn(server) {
            client.receive(atMost: 100)
            return server.connectionCount == 0
        }
        #expect(client.received.count < size)
    }
}
