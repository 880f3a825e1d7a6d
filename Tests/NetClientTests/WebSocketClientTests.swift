import Glibc
import NetClient
import TestSupport
import TestTraits
import Testing

@Suite("WebSocketClient: messages", .waiting)
struct WebSocketClientTests {
    @Test("frames arrive whole and in order")
    func order() throws {
        let expected = (0..<500).map { #"{"n":\#($0)}"# }
        let server = try webSocketServer { socket in
            try socket.send(texts: expected[..<250])
            for text in expected[250...] { try socket.send(text: text) }
            try socket.converse { _ in [] }
        }
        let probe = try WebSocketProbe(server.webSocketURL("/v5/public/spot?x=1"))
        try probe.poll { probe.texts.count == expected.count }
        #expect(probe.texts == expected)
        #expect(probe.opened == 1 && probe.client.isOpen)
        #expect(server.requests.first?.target == "/v5/public/spot?x=1")
        #expect(server.requests.first?.headers["sec-websocket-extensions"] == nil)
    }

    @Test("a fragmented message is one message, with pings between its parts")
    func fragments() throws {
        let server = try webSocketServer { socket in
            try socket.send(fragments: ["one", "", " mess", "age"])
            try socket.send(.text, Array("a".utf8), isFinal: false)
            try socket.send(.ping, [7])
            try socket.send(.continuation, Array("b".utf8), isFinal: true)
            try socket.send(text: "")
            try socket.send(text: "end")
            try socket.converse { _ in [] }
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        try probe.poll { probe.texts.count == 4 }
        #expect(probe.texts == ["one message", "ab", "", "end"])
    }

    @Test("a message of any size up to the limit arrives whole", arguments: [125, 126, 65535, 65536, 200_001, 3 << 20])
    func sizes(count: Int) throws {
        let text = String(repeating: "x", count: count)
        let server = try webSocketServer { socket in
            try socket.send(text: text)
            try socket.send(fragments: [text, text])
            try socket.converse { _ in [] }
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        try probe.poll { probe.sizes.count == 2 }
        #expect(probe.sizes == [count, 2 * count])
    }

    @Test("what we send arrives in order, masked, also what was queued before the connection stood")
    func sending() throws {
        let server = try webSocketServer { try $0.converse { ["answer to \($0)"] } }
        let probe = try WebSocketProbe(server.webSocketURL())
        probe.client.send(text: "first")
        probe.client.send(text: #"{"op":"subscribe","args":["publicTrade.BTCUSDT"]}"#)
        probe.client.send(text: String(repeating: "long", count: 50_000))
        try probe.poll { probe.sizes.count == 3 }
        probe.client.send(text: "last")
        try probe.poll { probe.sizes.count == 4 }
        #expect(probe.texts.first == "answer to first" && probe.texts.last == "answer to last")
        #expect(server.texts[1] == #"{"op":"subscribe","args":["publicTrade.BTCUSDT"]}"#)
        #expect(server.texts[2].utf8.count == 200_000)
        #expect(server.frames.allSatisfy { $0.isMasked && $0.isFinal })
    }

    @Test("a server's ping is answered with its payload, and ours is answered")
    func pings() throws {
        let payload = Array("1672916271846".utf8)
        let server = try webSocketServer { socket in
            for payload in [payload, [], Array(repeating: 0xff, count: 125)] {
                try socket.send(.ping, payload)
                while try socket.receive()?.opcode != .pong {}
            }
            try socket.converse { _ in [] }
        }
        let probe = try WebSocketProbe(server.webSocketURL())
        probe.client.sendPing()
        probe.client.sendPing()
        try probe.poll { probe.pongs == 2 && server.frames.filter { $0.opcode == .pong }.count == 3 }
        #expect(
            server.frames.filter { $0.opcode == .pong }.map(\.payload) == [
                payload, [], Array(repeating: 0xff, count: 125),
            ])
        #expect(server.frames.filter { $0.opcode == .ping }.count == 2)
        #expect(probe.texts.isEmpty)
    }

    @Test("the request has our name; Host names the port")
    func headers() throws {
        let server = try webSocketServer { try $0.converse { _ in [] } }
        let probe = try WebSocketProbe(server.webSocketURL())
        try probe.poll { probe.opened == 1 }
        let request = try #require(server.requests.first)
        #expect(request.headers["host"] == "127.0.0.1:\(server.port)")
        #expect(request.headers["user-agent"] == "CryptoStream")
    }

    @Test("localhost is resolved, whichever of its addresses answers")
    func resolving() throws {
        let server = try webSocketServer { try $0.converse { _ in ["yes"] } }
        let probe = try WebSocketProbe("ws://localhost:\(server.port)/")
        probe.client.send(text: "there?")
        try probe.poll { probe.texts == ["yes"] }
    }

    @Test("a silent server keeps poll no longer than its wait")
    func silence() throws {
        let server = try webSocketServer { $0.connection.stall() }
        let probe = try WebSocketProbe(server.webSocketURL())
        try probe.poll { probe.opened == 1 }
        for waitMs in [Int32(0), 1, 20, 150] {
            let start = ContinuousClock.now
            try probe.poll(waitMs: waitMs)
            let took = ContinuousClock.now - start
            #expect(took >= .milliseconds(Int(waitMs)) - .milliseconds(1))
            // Generous: other tests share the machine; unbounded it would be minutes.
            #expect(took < .milliseconds(Int(waitMs) + 2000))
        }
    }

    @Test("a connection that stands waits at rest, long after the time that it had to open")
    func rest() throws {
        let server = try webSocketServer { $0.connection.stall() }
        let openTimeoutMs: Int64 = 2_000
        let probe = try WebSocketProbe(server.webSocketURL(), limits: .init(openTimeoutMs: openTimeoutMs))
        let start = ContinuousClock.now
        try probe.poll { probe.opened == 1 }
        try probe.poll { ContinuousClock.now - start > .milliseconds(openTimeoutMs) }
        let before = threadCPU()
        for _ in 0..<4 { try probe.poll(waitMs: 100) }
        #expect(threadCPU() - before < .milliseconds(100), "it did not wait, it asked again and again")
    }

    /// What this thread has computed so far.
    private func threadCPU() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    @Test("a hundred thousand frames arrive without loss")
    func flood() throws {
        let frame =
            #"{"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1786310819681,"data":[{"T":1786310819680}]}"#
        let server = try webSocketServer { socket in
            for _ in 0..<100 { try socket.send(texts: repeatElement(frame, count: 1000)) }
            try socket.converse { _ in [] }
        }
        let client = try WebSocketClient(url: server.webSocketURL())
        var count = 0
        var wrong = 0
        let deadline = ContinuousClock.now + .seconds(60)
        while count < 100_000, ContinuousClock.now < deadline {
            try client.poll(waitMs: 100) { event in
                guard case .text(let bytes) = event else { return }
                count += 1
                if !bytes.elementsEqual(frame.utf8) { wrong += 1 }
            }
        }
        #expect(count == 100_000 && wrong == 0)
    }

    @Test("several clients on one thread do not disturb each other")
    func several() throws {
        let server = try LoopbackServer { request, connection in
            try connection.acceptWebSocket().converse { ["\(request.path) \($0)"] }
        }
        let probes = try (0..<5).map { try WebSocketProbe(server.webSocketURL("/\($0)")) }
        for probe in probes { probe.client.send(text: "hello") }
        for (index, probe) in probes.enumerated() {
            try probe.poll { probe.texts == ["/\(index) hello"] }
        }
    }
}
