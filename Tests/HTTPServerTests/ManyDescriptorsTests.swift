import Glibc
import HTTPServer
import TestTraits
import Testing

@Suite("The web server in a process with more descriptors than select can name", .waiting)
struct ManyDescriptorsTests {
    @Test("a listener and clients above descriptor 1,023 are served as any other, and hear the same event")
    func answers() throws {
        let held = try Descriptors(1_500)
        defer { held.close() }
        let stream = EventStream()
        let server = try WebServer(
            host: "127.0.0.1", port: 0, routes: WebServerTests.routes + [.events("/events") { _ in stream }])
        let clients = try (0..<5).map { _ in try RawClient(port: server.port) }
        for client in clients {
            #expect(try client.get(WebServerTests.line("GET", "/health/live"), from: server).status == 200)
        }
        let listeners = try (0..<5).map { _ in try EventReader(server) }
        stream.publish("to all")
        for listener in listeners { try listener.read(from: server) { $0.events.map(\.data) == ["to all"] } }
    }

    @Test("a client above descriptor 1,023 of a listener below it, too")
    func client() throws {
        let server = try WebServerTests.server()
        let held = try Descriptors(1_500)
        defer { held.close() }
        let client = try RawClient(port: server.port)
        #expect(try client.get(WebServerTests.line("GET", "/health/live"), from: server).status == 200)
    }

    /// So many descriptors that are open and of no use.
    private struct Descriptors {
        private var all: [Int32] = []

        init(_ count: Int) throws {
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            limit.rlim_cur = min(max(limit.rlim_cur, 8_192), limit.rlim_max)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            all = (0..<count).map { _ in open("/dev/null", O_RDONLY | O_CLOEXEC) }
            try #require(all.allSatisfy { $0 >= 0 }, "descriptors: \(String(cString: strerror(errno)))")
        }

        func close() { for one in all { Glibc.close(one) } }
    }
}
