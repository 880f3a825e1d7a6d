import HTTPServer
import TestSupport
import TestTraits
import Testing

@Suite("Answers as gzip", .waiting)
struct CompressionTests {
    private static let long = "[" + String(repeating: #"{"price":65000.25,"side":"buy"},"#, count: 400) + "0]"

    /// The answer to the client is compressed on a thread of its own for `/later`, on the server's for the others.
    private func serve() throws -> WebServer {
        let routes: [HTTPRoute] = [
            .get("/long") { _ in .json(CompressionTests.long) },
            .get("/short") { _ in .json("{}") },
            .get("/picture") { _ in HTTPResponse(contentType: "image/png", body: Array(CompressionTests.long.utf8)) },
            .get("/packed") { request in
                let response = HTTPResponse.json(CompressionTests.long)
                return request.takesGzip ? response.compressed() : response
            },
            .get("/missing") { _ throws(HTTPError) in throw .notFound },
            .later("/later", patienceMs: 60_000, otherwise: { .text("late", status: 503) }) { _, _, answer in
                answer.send(.json(CompressionTests.long))
            },
        ]
        return try WebServer(
            host: "127.0.0.1", port: 0,
            routes: routes.map { $0.compressed() } + [.get("/plain") { _ in .json(CompressionTests.long) }])
    }

    private func ask(_ path: String, _ headers: String, method: String = "GET", from server: WebServer) throws -> Reply
    {
        let client = try RawClient(port: server.port)
        return try client.get("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n", from: server)
    }

    @Test(
        "a long text or JSON goes as gzip to whom takes it, where the route says so",
        arguments: [
            ("/long", true), ("/later", true), ("/packed", true), ("/short", false), ("/picture", false),
            ("/plain", false),
        ])
    func compressed(path: String, isCompressed: Bool) throws {
        let server = try serve()
        let plain = try ask(path, "", from: server)
        #expect(plain.headers["content-encoding"] == nil)
        for header in ["br", "gzip;q=0"] {
            #expect(try ask(path, "Accept-Encoding: \(header)\r\n", from: server).headers["content-encoding"] == nil)
        }
        let packed = try ask(path, "Accept-Encoding: gzip, br\r\n", from: server)
        #expect(packed.headers["content-encoding"] == (isCompressed ? "gzip" : nil))
        #expect(packed.headers["vary"] == (isCompressed ? "Accept-Encoding" : nil))
        let length = try #require(packed.headers["content-length"].flatMap { Int($0) })
        let whole = try #require(plain.headers["content-length"].flatMap { Int($0) })
        #expect(isCompressed ? length * 10 < whole : length == whole)
    }

    @Test("HEAD says what GET would, and an error is told as it is")
    func heads() throws {
        let server = try serve()
        let accepted = "Accept-Encoding: gzip\r\n"
        let get = try ask("/long", accepted, from: server)
        let head = try ask("/long", accepted, method: "HEAD", from: server)
        #expect(head.headers["content-encoding"] == "gzip")
        #expect(head.headers["content-length"] == get.headers["content-length"])
        let missing = try ask("/missing", accepted, from: server)
        #expect(missing.status == 404)
        #expect(missing.headers["content-encoding"] == nil)
    }

    @Test("curl gets the bytes back", arguments: ["/long", "/later", "/packed"])
    func unpacked(path: String) throws {
        let running = Running(try serve())
        defer { running.stop() }
        let address = "http://127.0.0.1:\(running.server.port)\(path)"
        let curl = try ChildProcess("curl", ["-s", "--compressed", address]).wait(seconds: 10)
        #expect(curl.output == CompressionTests.long)
    }
}
