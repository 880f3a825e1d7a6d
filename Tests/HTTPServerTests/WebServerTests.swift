import Foundation
import HTTPServer
import TestSupport
import TestTraits
import Testing

@Suite("The web server", .waiting)
struct WebServerTests {
    static let routes: [HTTPRoute] = [
        .get("/health/live") { _ in .json(#"{"status":"live"}"#) },
        .get("/busy") { _ in .text("not yet\n", status: 503, headers: [("Retry-After", "5")]) },
        .get("/query") { request in .text(request.query.map { "<\($0.name)=\($0.value)>" }.joined()) },
        .get("/header") { request in .text(request.header("x-asked") ?? "none") },
        .post("/echo") { _, body in
            HTTPResponse(contentType: "application/octet-stream", body: body.withUnsafeBytes { Array($0) })
        },
    ]

    static func server(bodyBytes: Int = 1 << 20, idleSeconds: UInt32 = 30) throws -> WebServer {
        var limits = WebServer.Limits()
        limits.bodyBytes = bodyBytes
        limits.idleSeconds = idleSeconds
        return try WebServer(host: "127.0.0.1", port: 0, routes: routes, limits: limits)
    }

    static func line(_ method: String, _ path: String) -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n"
    }

    @Test("a route answers with its status, type, headers and body")
    func good() throws {
        let server = try Self.server()
        #expect(server.port != 0)
        let client = try RawClient(port: server.port)
        let live = try client.get(Self.line("GET", "/health/live"), from: server)
        #expect(live.status == 200)
        #expect(live.headers["content-type"] == "application/json")
        #expect(live.body == #"{"status":"live"}"#)
        let busy = try client.get(Self.line("GET", "/busy"), from: server)
        #expect(busy.status == 503)
        #expect(busy.headers["retry-after"] == "5")
        #expect(busy.body == "not yet\n")
    }

    @Test(
        "a path that nobody answers is 404, whatever the method",
        arguments: ["GET", "POST", "HEAD", "DELETE", "BREW"], ["/", "/health", "/health/live/", "/Health/live", "/%00"])
    func notFound(method: String, path: String) throws {
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        #expect(try client.get(Self.line(method, path), from: server).status == 404)
    }

    @Test("another method than the path takes is 405 and says which it takes")
    func wrongMethod() throws {
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        let deleted = try client.get(Self.line("DELETE", "/health/live"), from: server)
        #expect(deleted.status == 405)
        #expect(deleted.headers["allow"] == "GET, HEAD")
        let other = try RawClient(port: server.port)
        let fetched = try other.get(Self.line("GET", "/echo"), from: server)
        #expect(fetched.status == 405)
        #expect(fetched.headers["allow"] == "POST")
    }

    @Test("HEAD gives the headers of GET without the body, and the connection goes on")
    func head() throws {
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        let got = try client.get(Self.line("GET", "/health/live"), from: server)
        let headed = try client.get(Self.line("HEAD", "/health/live"), from: server)
        #expect(headed.status == 200)
        #expect(headed.headers["content-length"] == got.headers["content-length"])
        #expect(client.received.isEmpty)
        #expect(try client.get(Self.line("GET", "/health/live"), from: server).body == got.body)
    }

    @Test("the query arrives decoded and in order")
    func query() throws {
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        let reply = try client.get(Self.line("GET", "/query?b=1&a=x%20y+z&b=%26&empty=&bare&bad=%ff"), from: server)
        #expect(reply.body == "<b=1><a=x y z><b=&><empty=><bare=><bad=\u{fffd}>")
    }

    @Test("a body comes back as it went, in whatever pieces it is sent", arguments: UInt64(0)..<20)
    func body(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        let sent = (0..<Int.random(in: 0...40_000, using: &random)).map { _ in
            UInt8.random(in: 32...126, using: &random)
        }
        var rest = Array("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(sent.count)\r\n\r\n".utf8) + sent
        while !rest.isEmpty {
            let count = Int.random(in: 1...max(1, rest.count / 3), using: &random)
            try client.send(Array(rest.prefix(count)), to: server)
            rest.removeFirst(count)
        }
        let reply = try client.reply(from: server)
        #expect(reply.status == 200)
        #expect(Array(reply.body.utf8) == sent)
    }

    @Test("a body as long as the limit is taken, one byte more is 413", arguments: [false, true])
    func bodyLimit(isChunked: Bool) throws {
        for (count, status) in [(1000, 200), (1001, 413)] {
            let server = try Self.server(bodyBytes: 1000)
            let client = try RawClient(port: server.port)
            let text = String(repeating: "x", count: count)
            let head = "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
            let request =
                isChunked
                ? head + "Transfer-Encoding: chunked\r\n\r\n\(String(count, radix: 16))\r\n\(text)\r\n0\r\n\r\n"
                : head + "Content-Length: \(count)\r\n\r\n\(text)"
            #expect(try client.get(request, from: server).status == status)
        }
    }

    @Test("a body that is announced too long is refused before it is sent")
    func announcedTooLong() throws {
        let server = try Self.server(bodyBytes: 1000)
        let client = try RawClient(port: server.port)
        let head =
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000\r\nExpect: 100-continue\r\n\r\n"
        #expect(try client.get(head, from: server).status == 413)
    }

    @Test("a body without end is refused at its limit, and cut off")
    func endlessBody() throws {
        let server = try Self.server(bodyBytes: 1000)
        let client = try RawClient(port: server.port)
        try client.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", to: server)
        let chunk = "10000\r\n" + String(repeating: "x", count: 1 << 16) + "\r\n"
        // What a client that is refused sends on is read to 64 MiB.
        for _ in 0..<1_200 { try client.send(chunk, to: server) }
        client.receive()
        #expect(Reply(client.received, isHead: false)?.status == 413)
        #expect(client.isClosed && !client.sendOnly(chunk))
    }

    @Test("a header is read however its name is capitalised")
    func header() throws {
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        let asked = "GET /header HTTP/1.1\r\nHost: localhost\r\nX-ASKED: a b\r\n\r\n"
        #expect(try client.get(asked, from: server).body == "a b")
        #expect(try client.get(Self.line("GET", "/header"), from: server).body == "none")
    }

    @Test("a body that comes byte by byte comes back whole, and its connection goes on")
    func byteByByte() throws {
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        let request = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n0123456789"
        for _ in 0..<2 {
            for byte in request.utf8 { try client.send([byte], to: server) }
            #expect(try client.reply(from: server).body == "0123456789")
        }
    }

    @Test("bodies that are sent at once with their heads are each answered by their own", arguments: [1, 7, 300])
    func pipelinedBodies(count: Int) throws {
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        let bodies = (0..<count).map { String(repeating: "\($0),", count: $0 % 40) }
        let head = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
        try client.send(bodies.map { "\(head)\($0.utf8.count)\r\n\r\n\($0)" }.joined(), to: server)
        client.finishSending()
        for body in bodies { #expect(try client.reply(from: server).body == body) }
        try client.read(from: server) { $0.isClosed }
    }

    @Test("requests that are sent at once are answered in order", arguments: [50, 2_000])
    func pipelined(count: Int) throws {
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        try client.send((0..<count).map { Self.line("GET", "/query?n=\($0)") }.joined(), to: server)
        for number in 0..<count { #expect(try client.reply(from: server).body == "<n=\(number)>") }
    }

    @Test(
        "a client that has ended its side gets every answer that it asked for, then the end", arguments: [1, 50, 2_000])
    func halfClosed(count: Int) throws {
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        try client.send((0..<count).map { Self.line("GET", "/query?n=\($0)") }.joined(), to: server)
        client.finishSending()
        for number in 0..<count { #expect(try client.reply(from: server).body == "<n=\(number)>") }
        try client.read(from: server) { $0.isClosed }
    }

    @Test("a client that ended its side and reads slowly gets a long answer whole")
    func slowReader() throws {
        let server = try Self.server(bodyBytes: 8 << 20)
        let client = try RawClient(port: server.port)
        let sent = String(repeating: "x", count: 8 << 20)
        try client.send(
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(sent.utf8.count)\r\n\r\n\(sent)", to: server)
        client.finishSending()
        for _ in 0..<20 { try server.run(waitMs: 1) }
        #expect(try client.reply(from: server).body == sent)
    }

    @Test("rubbish is refused or ignored, and others are served", arguments: UInt64(0)..<40)
    func rubbish(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let server = try Self.server()
        let client = try RawClient(port: server.port)
        var bytes = (0..<Int.random(in: 1...3000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
        }
        if seed % 2 == 0 {  // a good request with some bytes changed
            bytes = Array(Self.line("GET", "/query?a=b").utf8)
            for _ in 0..<3 {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
        }
        try client.send(bytes, to: server)
        client.finishSending()
        try client.read(from: server) { $0.isClosed }
        let other = try RawClient(port: server.port)
        #expect(try other.get(Self.line("GET", "/health/live"), from: server).status == 200)
    }

    @Test("half a request keeps nobody waiting and is dropped when nothing follows")
    func half() throws {
        let server = try Self.server(idleSeconds: 1)
        let request = Self.line("GET", "/health/live")
        let halves = try (0..<5).map { _ in try RawClient(port: server.port) }
        for (index, client) in halves.enumerated() {
            try client.send(String(request.prefix(request.count * (index + 1) / 6)), to: server)
        }
        let other = try RawClient(port: server.port)
        #expect(try other.get(request, from: server).status == 200)
        for client in halves { try client.read(from: server) { $0.isClosed } }
    }

    @Test("a client that leaves early leaves nothing behind")
    func leavers() throws {
        let server = try Self.server()
        for count in 0..<60 {
            let client = try RawClient(port: server.port)
            let request = "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n1234567890"
            try client.send(String(request.prefix(count)), to: server)
        }
        let deadline = ContinuousClock.now + .seconds(20)
        while server.connectionCount > 0, ContinuousClock.now < deadline { try server.run(waitMs: 5) }
        #expect(server.connectionCount == 0)
    }

    @Test("an address that is taken is named, with what to do")
    func addressInUse() throws {
        let server = try Self.server()
        let address = "127.0.0.1:\(server.port)"
        #expect(throws: HTTPServerError.addressInUse(address: address)) {
            _ = try WebServer(host: "127.0.0.1", port: server.port, routes: [])
        }
        let text = HTTPServerError.addressInUse(address: address).description
        #expect(text.hasPrefix("\(address) is in use: stop the program"))
    }

    @Test("a host that this machine does not have is named", arguments: ["203.0.113.1", "no such host"])
    func wrongHost(host: String) {
        let error = #expect(throws: HTTPServerError.self) { _ = try WebServer(host: host, port: 0, routes: []) }
        #expect(error.map { "\($0)" }?.contains(host) == true)
    }

    @Test("the port is free again when the server is gone")
    func portIsFreed() throws {
        let port = try Self.server().port
        let again = try WebServer(host: "127.0.0.1", port: port, routes: Self.routes)
        let client = try RawClient(port: port)
        #expect(try client.get(Self.line("GET", "/health/live"), from: again).status == 200)
    }
}
