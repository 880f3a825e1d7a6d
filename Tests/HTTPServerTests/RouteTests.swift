import HTTPServer
import TestSupport
import TestTraits
import Testing

@Suite("Routes", .waiting)
struct RouteTests {
    static let routes: [HTTPRoute] = [
        .get("/:any") { request throws(HTTPError) in .text("any \(try request.parameter("any"))") },
        .get("/windows/:series") { request throws(HTTPError) in .text("series \(try request.parameter("series"))") },
        .get("/windows/all") { _ in .text("all") },
        .get("/:a/:b/:c") { request throws(HTTPError) in
            .text("\(try request.parameter("c"))|\(try request.parameter("b"))|\(try request.parameter("a"))")
        },
        .on(.delete, "/windows/:series") { _, _ in .text("deleted") },
        .get("/rest/*") { request throws(HTTPError) in .text("rest \(try request.parameter("*"))") },
        .post("/rest/in") { _, _ in .text("in") },
        .get("/throws") { _ throws(HTTPError) in throw .unavailable("not now") },
    ]

    private func ask(_ method: String, _ path: String) throws -> Reply {
        // The order in which routes are given says nothing, but for those of one form.
        var rng = SplitMix64(seed: path.utf8.reduce(17) { $0 &* 31 &+ UInt64($1) })
        let server = try WebServer(host: "127.0.0.1", port: 0, routes: Self.routes.shuffled(using: &rng))
        let client = try RawClient(port: server.port)
        return try client.get(WebServerTests.line(method, path), from: server)
    }

    @Test(
        "a parameter is what stands in its place, decoded; what is said plainly goes before it",
        arguments: [
            ("/windows/bybit:BTC-USDT", "series bybit:BTC-USDT"), ("/windows/a%2Fb", "series a/b"),
            ("/windows/%C3%A4+%20", "series \u{e4}+ "), ("/windows/all", "all"), ("/windows/%61ll", "all"),
            ("/%77indows/x?series=y", "series x"), ("/other", "any other"), ("/1/2/3", "3|2|1"),
            ("/rest/a/b%20/", "rest a/b /"), ("/rest/", "rest "),
        ])
    func parameters(path: String, body: String) throws {
        let reply = try ask("GET", path)
        #expect(reply.status == 200)
        #expect(reply.body == body)
    }

    @Test(
        "what has no such form is not found", arguments: ["/", "/windows/", "/windows/a/", "//", "/1/2/3/4", "/a//c"])
    func notFound(path: String) throws { #expect(try ask("GET", path).status == 404) }

    @Test(
        "a parameter that is no percent-encoded UTF-8 is the client's fault",
        arguments: ["/windows/%", "/windows/%2", "/windows/%zz", "/windows/%ff", "/windows/a%00b", "/rest/%c3"])
    func broken(path: String) throws { #expect(try ask("GET", path).status == 400) }

    @Test(
        "405 names every method that the path takes",
        arguments: [
            ("PUT", "/windows/x", "DELETE, GET, HEAD"), ("GET", "/rest/in", "POST"), ("POST", "/rest/a", "GET, HEAD"),
            ("HEADER", "/throws", "GET, HEAD"), ("GETX", "/throws", "GET, HEAD"), ("P", "/throws", "GET, HEAD"),
        ])
    func methods(method: String, path: String, allow: String) throws {
        let reply = try ask(method, path)
        #expect(reply.status == 405)
        #expect(reply.headers["allow"] == allow)
    }

    @Test("what a handler throws is what the client gets")
    func thrown() throws {
        let reply = try ask("GET", "/throws")
        #expect(reply.status == 503)
        #expect(reply.body == #"{"error":"not now"}"#)
    }

    @Test("answers are counted by route and class, what no route answers as none")
    func statistics() throws {
        let server = try WebServer(host: "127.0.0.1", port: 0, routes: Self.routes)
        let client = try RawClient(port: server.port)
        for path in ["/windows/a", "/windows/b", "/windows/%", "/throws", "/a/b/c/d", "/"] {
            _ = try client.get(WebServerTests.line("GET", path), from: server)
        }
        let now = server.statistics
        var counted: [String: UInt64] = [:]
        for (index, count) in now.answers.enumerated() where count > 0 {
            counted["\(now.routes[index / 4]) \(HTTPStatistics.classes[index % 4])"] = count
        }
        let wanted: [String: UInt64] = [
            "/windows/:series 2xx": 2, "/windows/:series 4xx": 1, "/throws 5xx": 1, "none 4xx": 2,
        ]
        #expect(counted == wanted)
        #expect(now.connections == 1)
    }
}
