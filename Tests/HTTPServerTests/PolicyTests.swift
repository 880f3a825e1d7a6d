import HTTPServer
import TestTraits
import Testing

@Suite("Whom the server answers", .waiting)
struct PolicyTests {
    private func ask(
        _ line: String, _ headers: [String], _ policy: HTTPPolicy = HTTPPolicy(), at host: String = "127.0.0.1"
    ) throws -> Reply {
        let routes = [
            HTTPRoute.get("/open") { _ in .text("open") }.withoutToken(), .get("/page") { _ in .text("page") },
            .post("/page") { _, _ in .text("changed") }, .on(.delete, "/page") { _, _ in .text("gone") },
            .events("/events") { _ in EventStream() },
            .later("/later", patienceMs: 1_000, otherwise: { .text("late") }) { _, _, answer in
                answer.send(.text("later"))
            },
        ]
        let server = try WebServer(host: host, port: 0, routes: routes, policy: policy)
        let client = try RawClient(port: server.port)
        return try client.get(
            ([line] + headers).joined(separator: "\r\n") + "\r\nContent-Length: 0\r\n\r\n", from: server)
    }

    @Test(
        "on loopback the Host is a name of loopback: a page whose name leads here by DNS is refused",
        arguments: [
            ("localhost", 200), ("LocalHost:9101", 200), ("127.0.0.1", 200), ("127.0.0.1:1", 200), ("[::1]:80", 200),
            ("evil.example", 421), ("evil.example:9101", 421), ("localhost.evil.example", 421),
            ("127.0.0.1.nip.io", 421),
            ("10.0.0.1", 421), ("[::2]", 421), ("", 421),
        ])
    func host(host: String, status: Int) throws {
        #expect(try ask("GET /page HTTP/1.1", ["Host: \(host)"]).status == status)
        #expect(try ask("POST /page HTTP/1.1", ["Host: \(host)"]).status == status)
        #expect(try ask("GET /nothing HTTP/1.1", ["Host: \(host)"]).status == (status == 200 ? 404 : 421))
    }

    @Test(
        "where it listens for other machines, names that a stranger can have lead here are refused, whatever is asked",
        arguments: [
            ("10.0.0.1:8501", 200), ("127.0.0.1", 200), ("[fd00::1]:8501", 200), ("[::1]", 200),
            ("localhost:8501", 200),
            ("dashboard:8501", 200), ("my_host-2", 200), ("raspberrypi.local", 200),
            ("dashboard.crypto.svc.cluster.local:8501", 200), ("db.internal", 200), ("LOCALHOST", 200),
            ("a.LocalHost:1", 200),
            ("evil.example", 421), ("evil.example:8501", 421), ("127.0.0.1.nip.io", 421),
            ("localhost.evil.example", 421),
            ("dashboard.", 421), ("local.com", 421), ("notlocal.xlocal", 421), ("", 421), (":8501", 421), (".", 421),
        ])
    func otherHosts(host: String, status: Int) throws {
        for line in ["GET /page", "HEAD /page", "POST /page", "DELETE /page", "GET /later"] {
            #expect(try ask("\(line) HTTP/1.1", ["Host: \(host)"], at: "0.0.0.0").status == status, "\(line)")
        }
        guard status == 421 else { return }
        for line in ["GET /events", "GET /nothing", "PATCH /page", "OPTIONS /page"] {
            #expect(try ask("\(line) HTTP/1.1", ["Host: \(host)"], at: "0.0.0.0").status == 421, "\(line)")
        }
    }

    @Test(
        "names that the server was told are taken too, on loopback and elsewhere", arguments: ["127.0.0.1", "0.0.0.0"])
    func toldHosts(address: String) throws {
        var policy = HTTPPolicy()
        policy.names = ["Dash.Example", "other.example"]
        for (host, status) in [
            ("dash.example:80", 200), ("DASH.EXAMPLE", 200), ("other.example", 200), ("localhost", 200),
            ("x.dash.example", 421), ("dash.example.com", 421), ("evil.example", 421),
        ] {
            #expect(try ask("GET /page HTTP/1.1", ["Host: \(host)"], policy, at: address).status == status, "\(host)")
        }
    }

    @Test(
        "a handler that wants JSON takes nothing that a page of another origin could send unasked",
        arguments: [
            ("Content-Type: application/json", 200), ("content-type: Application/JSON; charset=utf-8", 200),
            ("Content-Type: text/plain", 415), ("Content-Type: application/x-www-form-urlencoded", 415),
            ("Content-Type: text/plain; application/json", 415), ("Content-Type: application/jsonx", 415),
            ("Content-Type:", 415), ("X: y", 415),
        ])
    func json(header: String, status: Int) throws {
        let route = HTTPRoute.post("/json") { (request, _) throws(HTTPError) in
            try request.requireJSON()
            return .text("taken")
        }
        let server = try WebServer(host: "127.0.0.1", port: 0, routes: [route])
        let client = try RawClient(port: server.port)
        let request = "POST /json HTTP/1.1\r\nHost: localhost\r\n\(header)\r\nContent-Length: 0\r\n\r\n"
        #expect(try client.get(request, from: server).status == status)
    }

    @Test("HTTP/1.1 without a Host is no request, HTTP/1.0 needs none")
    func noHost() throws {
        #expect(try ask("GET /page HTTP/1.1", ["X: y"]).status == 400)
        #expect(try ask("GET /page HTTP/1.0", ["X: y"]).status == 200)
    }

    @Test(
        "a token is wanted for everything but what is open to all",
        arguments: [
            ("Authorization: Bearer s3cret", 200), ("authorization: bearer s3cret", 200),
            ("Authorization: Bearer s3cre", 401), ("Authorization: Bearer s3crets", 401),
            ("Authorization: Bearer ", 401),
            ("Authorization: Bearer", 401), ("Authorization: s3cret", 401), ("Authorization: Basic s3cret", 401),
            ("Authorization: Bearer S3cret", 401), ("X: y", 401),
        ])
    func token(header: String, status: Int) throws {
        var policy = HTTPPolicy()
        policy.token = "s3cret"
        let reply = try ask("GET /page HTTP/1.1", ["Host: localhost", header], policy)
        #expect(reply.status == status)
        #expect((reply.headers["www-authenticate"] == "Bearer") == (status == 401))
        #expect(try ask("GET /open HTTP/1.1", ["Host: localhost", header], policy).status == 200)
        let nothing = try ask("GET /nothing HTTP/1.1", ["Host: localhost", header], policy)
        #expect(nothing.status == (status == 200 ? 404 : 401), "a stranger hears which paths there are")
    }

    @Test(
        "what changes something is for pages of this origin and for programs, which name none",
        arguments: [
            ("X: y", 200), ("Origin: http://localhost:8080", 200), ("Origin: https://localhost:8080", 200),
            ("Origin: http://localhost", 403), ("Origin: https://evil.example", 403), ("Origin: null", 403),
        ])
    func origin(header: String, status: Int) throws {
        for method in ["POST", "DELETE"] {
            #expect(try ask("\(method) /page HTTP/1.1", ["Host: localhost:8080", header]).status == status)
        }
        let read = try ask("GET /page HTTP/1.1", ["Host: localhost:8080", header])
        #expect(read.status == 200)
        #expect(!read.headers.keys.contains { $0.hasPrefix("access-control") }, "CORS is off")
        #expect(read.headers["x-content-type-options"] == "nosniff")
    }

    @Test(
        "what the server itself refuses is said as JSON, in one form",
        arguments: [
            ("GET /nothing HTTP/1.1", "Host: localhost", 404, "there is nothing at this path"),
            ("PUT /page HTTP/1.1", "Host: localhost", 405, "this path takes DELETE, GET, HEAD, POST"),
            (
                "GET /page HTTP/1.1", "Host: evil.example", 421,
                "the Host of the request is no name of this server: where it should be one, give it with --hosts"
            ),
            (
                "POST /page HTTP/1.1", "Host: localhost\r\nOrigin: null", 403,
                "pages of other origins may not ask for this"
            ),
        ])
    func errors(line: String, header: String, status: Int, words: String) throws {
        let reply = try ask(line, [header])
        #expect(reply.status == status && reply.headers["content-type"] == "application/json")
        #expect(reply.body == #"{"error":"\#(words)"}"#)
    }

    @Test("a page of another origin that asks first is told no")
    func preflight() throws {
        let headers = ["Host: localhost", "Origin: https://evil.example", "Access-Control-Request-Method: POST"]
        let reply = try ask("OPTIONS /page HTTP/1.1", headers)
        #expect(reply.status == 405)
        #expect(!reply.headers.keys.contains { $0.hasPrefix("access-control") })
    }

    @Test(
        "what is no HTTP is 400, or the end of the connection",
        arguments: [
            "GET /page HTTP/1.1\r\nHost localhost\r\n\r\n", "GET\r\n\r\n", "\0\0\0\r\n\r\n",
            "GET /page FTP/1.1\r\n\r\n",
            "POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
            "POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
            "POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "POST /page HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "POST /page HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n",
            "GET /" + String(repeating: "a", count: 40_000) + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "GET /page HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "a", count: 40_000) + "\r\n\r\n",
        ])
    func malformed(request: String) throws {
        let server = try WebServer(host: "127.0.0.1", port: 0, routes: WebServerTests.routes)
        let client = try RawClient(port: server.port)
        try client.send(request, to: server)
        client.finishSending()
        try client.read(from: server) { $0.isClosed }
        if let reply = Reply(client.received, isHead: false) {
            #expect([400, 404, 413, 414, 431].contains(reply.status))
        }
        let other = try RawClient(port: server.port)
        #expect(try other.get(WebServerTests.line("GET", "/busy"), from: server).status == 503)
    }
}
