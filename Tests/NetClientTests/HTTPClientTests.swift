import NetClient
import TestSupport
import TestTraits
import Testing

@Suite("HTTPClient", .waiting)
struct HTTPClientTests {
    private let price = #"{"bitcoin":{"usd":30.98,"last_updated_at":1626316083}}"#

    @Test("an answer comes with status, headers and body; the request as it was asked")
    func ok() throws {
        let price = price
        let server = try LoopbackServer { _, connection in
            try connection.reply(200, price, headers: [("Cache-Control", "public, max-age=30"), ("AGE", "  7\t")])
        }
        let client = HTTPClient(userAgent: "test/1")
        let reply = try client.send(
            HTTPRequest(
                server.url("/api/v3/simple/price?ids=bitcoin,ethereum"), headers: ["x-cg-demo-api-key": "k"]),
            until: { false })
        #expect(reply.status == 200 && String(decoding: reply.body, as: UTF8.self) == price)
        #expect(reply.headers["cache-control"] == "public, max-age=30" && reply.headers["Age"] == "7")
        #expect(reply.headers["etag"] == nil && reply.retryAfterSeconds == nil)
        let request = try #require(server.requests.first)
        #expect(request.method == "GET" && request.target == "/api/v3/simple/price?ids=bitcoin,ethereum")
        #expect(request.headers["user-agent"] == "test/1" && request.headers["x-cg-demo-api-key"] == "k")
        #expect(request.headers["accept-encoding"]?.contains("gzip") == true)
    }

    @Test("an address without TLS is refused but for loopback ones, unless the client is told otherwise")
    func withoutTLS() throws {
        let request = HTTPRequest("http://192.0.2.1:1/", limits: .init(connectTimeoutMs: 1, totalTimeoutMs: 1))
        #expect(
            throws: TransportError.badURL(
                "http://192.0.2.1:1 is without TLS, which is for loopback addresses only: use https://")
        ) { try HTTPClient().send(request, until: { false }) }
        do {
            _ = try HTTPClient(requiresTLS: false).send(request, until: { false })
            Issue.record("nobody answers there")
        } catch {
            if case .badURL = error { Issue.record("\(error)") }
        }
    }

    @Test("what is wrong with an address is said beforehand")
    func addresses() {
        #expect(HTTPClient.problem(inAddress: "http://alertmanager:9093/x") == nil)
        #expect(HTTPClient.problem(inAddress: "https://[::1]:9093") == nil)
        for wrong in ["", "alertmanager:9093", "wss://a", "ftp://a", "http://a b", "http://u:p@a", "http://a:0"] {
            #expect(HTTPClient.problem(inAddress: wrong)?.isEmpty == false, "\(wrong)")
        }
    }

    @Test(
        "what is said of a wrong address shows no user, path or query: they may be secrets",
        arguments: [
            "http://me:SECRET@host/x", "https://me:SE/SECRET@host", "https://host:0/SECRET?a=SECRET",
            "ftp://host/SECRET",
            "https://host/a SECRET", "https://ho st/SECRET", "me:SECRET@host", "SECRET", "https://SECRET@host:1#SECRET",
            "wss://host/SECRET", "me:SECRET@http://host", "https://me:SECRET@",
        ])
    func secrets(url: String) {
        let said = HTTPClient.problem(inAddress: url) ?? "nothing"
        #expect(!said.contains("SECRET") && said != "nothing", "\(said)")
        #expect {
            _ = try WebSocketClient(url: url.hasPrefix("wss") ? "https://host/SECRET" : url)
        } throws: { !"\($0)".contains("SECRET") }
    }

    @Test("any status is an answer, with its body", arguments: [204, 400, 403, 404, 418, 422, 429, 500, 503])
    func statuses(status: Int) throws {
        let server = try LoopbackServer { _, connection in
            try connection.reply(status, status == 204 ? "" : "<html>rubbish", headers: [("Content-Type", "text/html")])
        }
        let reply = try HTTPClient().send(HTTPRequest(server.url()), until: { false })
        #expect(reply.status == status && reply.body.count == (status == 204 ? 0 : 13))
    }

    @Test(
        "Retry-After is seconds or a date, counted from the server's own",
        arguments: [
            ("34", nil, 34), ("119", nil, 119), ("0", nil, 0),
            ("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:58:59 GMT", 60),
            ("Fri, 31 Dec 1999 23:59:59 GMT", "Sat, 01 Jan 2000 00:00:00 GMT", 0),
            ("soon", nil, nil), ("", nil, nil), ("-5", nil, nil), ("1.5", nil, nil),
        ] as [(String, String?, Int?)])
    func retryAfter(value: String, date: String?, expected: Int?) throws {
        let server = try LoopbackServer { _, connection in
            try connection.reply(
                429, #"{"status":{"error_code":429}}"#,
                headers: [("retry-after", value)] + (date.map { [("date", $0)] } ?? []))
        }
        let reply = try HTTPClient().send(HTTPRequest(server.url()), until: { false })
        #expect(reply.status == 429 && reply.retryAfterSeconds == expected)
    }

    @Test(
        "all three forms of an HTTP date are read",
        arguments: [
            "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
        ])
    func dates(text: String) { #expect(HTTPDate.seconds(text) == 784_111_777) }

    @Test("what is no date is none", arguments: ["", "never", "1994", "20", "Sun, 99 Nov 1994 08:49:37 GMT"])
    func noDates(text: String) { #expect(HTTPDate.seconds(text) == nil) }

    @Test("a redirect is followed; the last answer counts")
    func redirect() throws {
        let server = try LoopbackServer { request, connection in
            if request.path == "/end" {
                try connection.reply(200, "here", headers: [("X-Stage", "2")])
            } else {
                try connection.reply(302, "elsewhere", headers: [("Location", "/end"), ("Retry-After", "9")])
            }
        }
        let reply = try HTTPClient().send(HTTPRequest(server.url("/start")), until: { false })
        #expect(reply.status == 200 && reply.body == Array("here".utf8) && reply.headers["x-stage"] == "2")
        #expect(reply.retryAfterSeconds == nil)
    }

    @Test("redirects without end, or to another protocol, are an error", arguments: ["/again", "file:///etc/passwd"])
    func badRedirect(location: String) throws {
        let server = try LoopbackServer { _, connection in
            try connection.reply(302, headers: [("Location", location)])
        }
        #expect(throws: TransportError.self) { try HTTPClient().send(HTTPRequest(server.url()), until: { false }) }
        #expect(server.requests.count <= 4)
    }

    @Test("gzip is undone")
    func gzip() throws {
        let packed: [UInt8] = [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 171, 86, 74, 202, 44, 73, 206, 207, 204, 83, 178, 170, 86, 42, 45, 78, 81,
            178, 50, 54, 208, 179, 180, 168, 173, 5, 0, 211, 57, 67, 59, 25, 0, 0, 0,
        ]
        let server = try LoopbackServer { _, connection in
            try connection.reply(200, bytes: packed, headers: [("Content-Encoding", "gzip")])
        }
        let reply = try HTTPClient().send(HTTPRequest(server.url()), until: { false })
        #expect(String(decoding: reply.body, as: UTF8.self) == #"{"bitcoin":{"usd":30.98}}"#)
    }

    @Test("a server that says nothing is given up after the total timeout")
    func timeout() throws {
        let server = try LoopbackServer { _, connection in connection.stall() }
        let client = HTTPClient(limits: .init(totalTimeoutMs: 150))
        #expect(throws: TransportError.timeout(operation: "HTTP request to 127.0.0.1:\(server.port)")) {
            try client.send(HTTPRequest(server.url()), until: { false })
        }
        #expect(client.pending == 0)
    }

    @Test("the request's own limits and the caller's wish to stop end the waiting")
    func deadline() throws {
        let server = try LoopbackServer { _, connection in connection.stall() }
        let client = HTTPClient()
        #expect(throws: TransportError.timeout(operation: "HTTP request to 127.0.0.1:\(server.port)")) {
            let request = HTTPRequest(server.url(), limits: .init(totalTimeoutMs: 50))
            return try client.send(request, until: { false })
        }
        var asked = 0
        #expect(throws: TransportError.stopped) {
            try client.send(HTTPRequest(server.url())) {
                asked += 1
                return asked == 2
            }
        }
        #expect(client.pending == 0)
    }

    @Test("a body above the limit ends the transfer", arguments: [true, false])
    func tooLarge(isDeclared: Bool) throws {
        let server = try LoopbackServer { _, connection in
            let body = [UInt8](repeating: 0x78, count: 100_001)
            if isDeclared { return try connection.reply(200, bytes: body) }
            try connection.send(raw: Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8) + body)
            connection.finish()
        }
        let client = HTTPClient(limits: .init(bodyBytes: 100_000))
        #expect(throws: TransportError.tooLarge(limit: 100_000)) {
            try client.send(HTTPRequest(server.url()), until: { false })
        }
    }

    @Test(
        "an answer that breaks off or is none is an interruption",
        arguments: [
            "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", "HTTP/1.1 200 OK\r\nContent-Le", "",
            "SSH-2.0-OpenSSH_9.2\r\n", "\u{0}\u{1}\u{2}",
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        ])
    func broken(answer: String) throws {
        let server = try LoopbackServer { _, connection in
            try connection.send(raw: Array(answer.utf8))
            connection.finish()
        }
        #expect {
            try HTTPClient().send(HTTPRequest(server.url()), until: { false })
        } throws: {
            if case .interrupted(let reason)? = $0 as? TransportError { !reason.isEmpty } else { false }
        }
    }

    @Test("nobody at the port is a failed connection")
    func refused() throws {
        let server = try LoopbackServer { _, _ in }
        server.stop()
        // The port may stay open for a moment after `stop`.
        let isRefused = waitUntil(seconds: 60) {
            do throws(TransportError) {
                _ = try HTTPClient().send(HTTPRequest(server.url()), until: { false })
            } catch .connect(let host, _) {
                return host == "127.0.0.1:\(server.port)"
            } catch {}
            return false
        }
        #expect(isRefused)
    }

    @Test("a server without TLS, asked for it, is a TLS failure")
    func noTLS() throws {
        let server = try LoopbackServer(
            greet: { connection in
                try connection.reply(400)
                connection.stall()
            },
            { _, _ in })
        #expect {
            try HTTPClient().send(HTTPRequest("https://127.0.0.1:\(server.port)/"), until: { false })
        } throws: {
            if case .tls? = $0 as? TransportError { true } else { false }
        }
    }

    @Test("requests run side by side; each answer finds its request")
    func parallel() throws {
        // The first is answered when the last one was asked.
        let server = try LoopbackServer { request, connection in
            connection.pause(ms: request.path == "/0" ? 100 : 0)
            try connection.reply(200, request.path)
        }
        let client = HTTPClient()
        var ids: [HTTPClient.RequestID: String] = [:]
        for n in 0..<8 { ids[try client.start(HTTPRequest(server.url("/\(n)")))] = "/\(n)" }
        let isDone = waitUntil(seconds: 20) {
            for (id, result) in client.poll(waitMs: 100) {
                let reply = try? result.get()
                #expect(reply?.body == ids.removeValue(forKey: id).map { Array($0.utf8) })
            }
            return ids.isEmpty
        }
        #expect(isDone && client.pending == 0)
    }

    @Test("one connection serves requests after each other")
    func reuse() throws {
        let server = try LoopbackServer { _, connection in try connection.reply(200, "x") }
        let client = HTTPClient()
        for _ in 0..<5 { _ = try client.send(HTTPRequest(server.url()), until: { false }) }
        #expect(server.requests.count == 5 && server.openConnections == 1)
    }

    @Test("a cancelled request gives no answer")
    func cancel() throws {
        let server = try LoopbackServer { _, connection in try connection.reply(200, "x") }
        let client = HTTPClient()
        let id = try client.start(HTTPRequest(server.url()))
        client.cancel(id)
        #expect(client.pending == 0 && client.poll(waitMs: 20).isEmpty)
    }

    @Test(
        "addresses that cannot be used are refused",
        arguments: ["ws://127.0.0.1/", "http://api.coingecko.com/", "file:///etc/passwd", "", "http://127.0.0.1/a b"])
    func badURL(url: String) {
        #expect {
            try HTTPClient().start(HTTPRequest(url))
        } throws: {
            if case .badURL? = $0 as? TransportError { true } else { false }
        }
    }
}
