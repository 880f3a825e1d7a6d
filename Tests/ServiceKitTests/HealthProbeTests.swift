import Glibc
import ServiceKit
import System
import TestSupport
import TestTraits
import Testing

@Suite("--health", .waiting)
struct HealthProbeTests {
    /// What was wrong; nil when the service is well.
    private func answer(
        patienceMs: Int64 = 20_000, _ handler: @escaping LoopbackServer.Handler
    ) throws -> (problem: String?, requests: [LoopbackRequest]) {
        let server = try LoopbackServer(handler)
        defer { server.stop() }
        let probe = try #require(HealthProbe("http://127.0.0.1:\(server.port)/health/ready"))
        return (problem(probe, patienceMs), server.requests)
    }

    private func problem(_ probe: HealthProbe, _ patienceMs: Int64 = 20_000) -> String? {
        do throws(HealthProbe.Unwell) {
            try probe.ask(patienceMs: patienceMs)
            return nil
        } catch { return error.description }
    }

    @Test("an address is read as people write it; without a path it asks for readiness")
    func addresses() {
        for (text, host, port, path) in [
            ("http://127.0.0.1:9102/health/live", "127.0.0.1", 9102, "/health/live"),
            ("http://processor:9102", "processor", 9102, "/health/ready"), ("9102", "127.0.0.1", 9102, "/health/ready"),
            ("localhost:9102", "localhost", 9102, "/health/ready"), ("h:1/x?y=z", "h", 1, "/x?y=z"),
            ("http://[::1]:9102/", "::1", 9102, "/"), ("[::1]:9102", "::1", 9102, "/health/ready"),
            ("http://[::1]", "::1", 80, "/health/ready"), ("http://h/health/live", "h", 80, "/health/live"),
            ("http://h:1?a", "h", 1, "/?a"),
        ] {
            let probe = HealthProbe(text)
            #expect(probe?.host == host && probe?.port == UInt16(port) && probe?.path == path, "\(text)")
        }
        for text in [
            "", "http://", "https://h:1/", "HTTP://h:1", "ftp://h:1", "h", "h:", "h:0", "h:70000", "http://h:x/",
            "::1:1",
            "http://u:p@h:1/", "h:1/a b", "h:1/\r\nX: y", "http:///health", "/health/ready", "h:1/#a", "h:1/é",
        ] { #expect(HealthProbe(text) == nil, "\(text)") }
    }

    @Test("2xx is well, after one bare GET that names its host; the body need not end", arguments: [200, 204, 299])
    func well(status: Int) throws {
        let (problem, requests) = try answer { _, connection in
            try connection.send(raw: Array("HTTP/1.1 \(status) Fine\r\nContent-Length: 99\r\n\r\n{".utf8))
            connection.stall()
        }
        #expect(problem == nil)
        #expect(requests.map(\.method) == ["GET"] && requests[0].target == "/health/ready")
        #expect(requests[0].headers["host"]?.hasPrefix("127.0.0.1:") == true)
    }

    @Test("another status is not, and the body's first line says why, whatever is in it")
    func unwell() throws {
        let body = #"{"status":"waiting","conditions":{"kafka":"no broker answers"}}"# + "\n"
        #expect(try answer { try $1.reply(503, body) }.problem == "status 503: \(body.dropLast())")
        #expect(try answer { try $1.reply(404, "") }.problem == "status 404")
        #expect(try answer { try $1.reply(301, "there") }.problem == "status 301: there")
        let hostile = try answer { try $1.reply(500, "\u{1b}[31m\u{7}" + String(repeating: "x", count: 5_000)) }.problem
        #expect(hostile?.hasPrefix("status 500: \"") == true && (hostile?.count ?? 0) < 1_100)
        #expect(hostile?.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
    }

    @Test(
        "what is no answer of HTTP is not",
        arguments: [
            ("SSH-2.0-OpenSSH_9.2\r\n", "the answer is no HTTP"), ("HTTP/1.1 2000 OK\r\n\r\n", "the answer is no HTTP"),
            ("HTTP/1.1 200", "the answer is no HTTP"), ("\u{0}\u{1}\n\n", "the answer is no HTTP"),
            ("", "the connection was closed without an answer"),
        ])
    func garbage(bytes: String, words: String) throws {
        let found = try answer { _, connection in
            if !bytes.isEmpty { try connection.send(raw: Array(bytes.utf8)) }
            connection.finish()
        }
        #expect(found.problem == words)
    }

    @Test("random bytes are never well, and never more than a line", arguments: UInt64(0)..<20)
    func random(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<Int.random(in: 1...3_000, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
        }
        let found = try answer { _, connection in
            try connection.send(raw: bytes)
            connection.finish()
        }
        #expect(found.problem == "the answer is no HTTP")
    }

    @Test("a server that does not answer, or drips, is not, once the patience is over")
    func slow() throws {
        let started = SystemClock().monotonicMs()
        let silent = try answer(patienceMs: 300) { $1.stall() }
        #expect(silent.problem?.hasPrefix("no answer within ") == true)
        let dripping = try answer(patienceMs: 300) { _, connection in
            for _ in 0..<40 {
                try connection.send(raw: [UInt8(ascii: "H")])
                connection.pause(ms: 50)
            }
        }
        #expect(dripping.problem != nil)
        #expect(SystemClock().monotonicMs() - started < 10_000)
    }

    @Test("where nobody listens, or no such host is, it says so")
    func nobody() throws {
        let server = try LoopbackServer { _, _ in }
        server.stop()
        #expect(problem(try #require(HealthProbe("\(server.port)"))) == "connect: Connection refused")
        #expect(problem(try #require(HealthProbe("nowhere.invalid:1")), 30_000)?.hasPrefix("getaddrinfo: ") == true)
    }

    @Test("a service takes it with a value after a space or an equals sign, and reads nothing else")
    func flag() {
        let wrong = ["config/sampler.json": "{", "c": "{"]
        for arguments in [
            ["--health", "9102"], ["--health=http://h:1/health/live"], ["--console", "--health", "h:1"],
        ] {
            guard case .answer = Sample.parse(arguments, environment: ["CRYPTO_INTERVAL": "x"], files: wrong) else {
                Issue.record("\(arguments)")
                continue
            }
        }
        let form = "must be http://HOST:PORT/PATH or HOST:PORT, such as http://127.0.0.1:9102/health/ready"
        #expect(Sample.problems(["--health", "https://h:1"]) == ["sampler: --health https://h:1: \(form)"])
        #expect(Sample.problems(["--health"]) == ["sampler: --health needs a value: --health URL"])
        #expect(Sample.problems(["--health", "--console"]) == ["sampler: --health needs a value: --health URL"])
        #expect(Sample.problems(["--heath", "h:1"])[0].contains("did you mean --health?"))
        #expect(Sample.problems(["--health", "h:1", "--bogus"]).count == 1)
        let tool = CommandSpec(CommandUsage(name: "tool", summary: "no service", flags: []), configure: { $0 })
        guard case .usage = CommandLineParser.parse(tool, arguments: ["--health", "h:1"]) else {
            Issue.record("a program that serves nothing takes --health")
            return
        }
    }
}
