import NetClient
import TestSupport
import TestTraits
import Testing

@Suite("HTTPClient: methods and bodies", .waiting)
struct HTTPMethodTests {
    private func bytes(_ count: Int) -> [UInt8] {
        var random = SplitMix64(seed: UInt64(count))
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    @Test(
        "a body arrives as it is, with every method, and is answered",
        arguments: HTTPRequest.Method.allCases.filter { $0 != .head }, [0, 1, 1 << 20])
    func bodies(method: HTTPRequest.Method, count: Int) throws {
        let server = try LoopbackServer { request, connection in
            try connection.reply(200, bytes: request.body.reversed(), headers: [("X-Method", request.method)])
        }
        let request = HTTPRequest(
            server.url("/hook"), method: method, headers: ["Content-Type": "application/octet-stream"],
            body: bytes(count))
        let reply = try HTTPClient().send(request, until: { false })
        #expect(reply.status == 200 && reply.body == bytes(count).reversed())
        #expect(reply.headers["x-method"] == method.rawValue)
        let asked = try #require(server.requests.first)
        #expect(server.requests.count == 1 && asked.method == method.rawValue && asked.target == "/hook")
        #expect(asked.headers["content-type"] == "application/octet-stream")
        // Nobody waits for a permission, and an empty body is told where a server may insist on it.
        #expect(asked.headers["expect"] == nil)
        let isTold = count > 0 || [.post, .put, .patch].contains(method)
        #expect(asked.headers["content-length"] == (isTold ? "\(count)" : nil))
    }

    @Test("a body has no type but the caller's")
    func noType() throws {
        let server = try LoopbackServer { _, connection in try connection.reply(204) }
        _ = try HTTPClient().send(HTTPRequest(server.url(), method: .post, body: [1]), until: { false })
        #expect(try #require(server.requests.first).headers["content-type"] == nil)
    }

    @Test("the answer to a HEAD has headers and no body, though it says how long that would be")
    func head() throws {
        let server = try LoopbackServer { request, connection in
            let isHead = request.method == "HEAD"
            try connection.send(
                raw: Array("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nETag: x\r\n\r\n\(isHead ? "" : "hello")".utf8))
        }
        let client = HTTPClient()
        for _ in 0..<2 {
            let reply = try client.send(HTTPRequest(server.url(), method: .head), until: { false })
            #expect(reply.status == 200 && reply.body.isEmpty && reply.headers["content-length"] == "5")
            #expect(reply.headers["etag"] == "x")
        }
        #expect(try client.send(HTTPRequest(server.url()), until: { false }).body == Array("hello".utf8))
        #expect(server.openConnections == 1)
    }

    @Test("only a GET or HEAD without headers or body goes where a redirect leads")
    func redirects() throws {
        let server = try LoopbackServer { request, connection in
            guard request.path == "/start" else { return try connection.reply(200, headers: [("X-Stage", "2")]) }
            try connection.reply(307, request.method == "HEAD" ? "" : "moved", headers: [("Location", "/end")])
        }
        let client = HTTPClient()
        for method in HTTPRequest.Method.allCases {
            let reply = try client.send(HTTPRequest(server.url("/start"), method: method), until: { false })
            #expect(reply.status == (method == .get || method == .head ? 200 : 307), "\(method)")
        }
        let count = server.requests.count
        let withKey = HTTPRequest(server.url("/start"), headers: ["X-Key": "k"])
        let withBody = HTTPRequest(server.url("/start"), method: .get, body: [1])
        for request in [withKey, withBody] {
            let reply = try client.send(request, until: { false })
            #expect(reply.status == 307 && reply.body == Array("moved".utf8))
        }
        #expect(server.requests.count == count + 2)
    }

    @Test("headers go out as they are, empty ones too")
    func headers() throws {
        let server = try LoopbackServer { _, connection in try connection.reply(200) }
        let headers: HTTPHeaders = ["X-Empty": "", "X-Key": "a: b", "Accept": "text/plain"]
        _ = try HTTPClient().send(HTTPRequest(server.url(), headers: headers), until: { false })
        let asked = try #require(server.requests.first).headers
        #expect(asked["x-empty"] == "" && asked["x-key"] == "a: b" && asked["accept"] == "text/plain")
    }

    @Test(
        "a header cannot smuggle in another, or a request",
        arguments: [
            ("A", "b\r\nC: d"), ("A", "b\nC: d"), ("A", "\u{0}"), ("A: b\r\nC", "d"), ("", "x"), ("A B", "x"),
            ("A:", "x"), ("Ä", "x"),
        ])
    func badHeaders(name: String, value: String) {
        var headers = HTTPHeaders()
        headers.append(name: name, value: value)
        #expect {
            try HTTPClient().start(HTTPRequest("http://127.0.0.1/", headers: headers))
        } throws: {
            if case .badHeader? = $0 as? TransportError { true } else { false }
        }
    }

    @Test("an answer may come before the body was read")
    func early() throws {
        let server = try LoopbackServer(
            greet: { connection in
                try connection.send(
                    raw: Array("HTTP/1.1 413 No\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig".utf8))
                connection.stall()
            }, { _, _ in })
        let reply = try HTTPClient().send(
            HTTPRequest(server.url(), method: .put, body: bytes(1 << 20)), until: { false })
        #expect(reply.status == 413 && reply.body == Array("big".utf8))
    }
}
