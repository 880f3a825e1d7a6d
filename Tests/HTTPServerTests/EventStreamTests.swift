import HTTPServer
import Synchronization
import TestSupport
import TestTraits
import Testing

@Suite("Server-sent events", .waiting)
struct EventStreamTests {
    private func serve(_ stream: EventStream, idleSeconds: UInt32 = 30) throws -> WebServer {
        var limits = WebServer.Limits()
        limits.idleSeconds = idleSeconds
        return try WebServer(
            host: "127.0.0.1", port: 0,
            routes: WebServerTests.routes + [
                .events("/events") { _ in stream },
                .events("/of/:name") { request throws(HTTPError) in
                    guard try request.parameter("name") == "all" else { throw .notFound }
                    return stream
                },
            ], limits: limits)
    }

    private func stream(kept: Int = 1 << 20, heartbeatMs: Int64 = 15_000) -> EventStream {
        var limits = EventStream.Limits()
        limits.keptBytes = kept
        limits.heartbeatMs = heartbeatMs
        return EventStream(limits: limits)
    }

    @Test("each client hears what is published from its coming on, in order and whole")
    func order() throws {
        let stream = stream()
        let server = try serve(stream)
        stream.publish("before")
        let first = try EventReader(server)
        #expect(first.head.contains("Content-Type: text/event-stream"))
        #expect(first.head.contains("Cache-Control: no-store"))
        #expect(first.retryMs == 2_000)
        for number in 0..<500 { stream.publish("\(number)", name: number % 2 == 0 ? "even" : nil) }
        try first.read(from: server) { $0.events.count == 500 }
        let second = try EventReader(server, path: "/of/all")
        for number in 500..<1_000 { stream.publish("\(number)") }
        for client in [first, second] { try client.read(from: server) { $0.events.last?.data == "999" } }
        #expect(first.events.map(\.data) == (0..<1_000).map(String.init))
        #expect(first.events.prefix(2).map(\.name) == ["even", "message"])
        #expect(second.events.map(\.data) == (500..<1_000).map(String.init))
        #expect(Set(first.events.map(\.id)).count == 1_000)
        #expect(server.statistics.eventClients == 2)
    }

    @Test(
        "what is published arrives line by line, whatever ends its lines",
        arguments: [("a", "a"), ("", ""), ("a\nb", "a\nb"), ("a\r\nb\rc\n", "a\nb\nc\n"), ("\u{e4}: x", "\u{e4}: x")])
    func lines(sent: String, heard: String) throws {
        let stream = stream()
        let server = try serve(stream)
        let client = try EventReader(server)
        stream.publish(sent)
        try client.read(from: server) { !$0.events.isEmpty }
        #expect(client.events.map(\.data) == [heard])
    }

    @Test("a client that comes back loses nothing of what is kept", arguments: UInt64(0)..<10)
    func resume(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let stream = stream(kept: 64 << 10)
        let server = try serve(stream)
        var sent: [String] = [], heard: [String] = []
        var id: String?
        for _ in 0..<8 {
            let client = try EventReader(server, after: id)
            let count = Int.random(in: 1...40, using: &random)
            for _ in 0..<count {
                sent.append("\(sent.count) " + String(repeating: "x", count: Int.random(in: 0...500, using: &random)))
                stream.publish(sent[sent.count - 1])
            }
            let stop = Int.random(in: (id == nil ? 1 : 0)...count, using: &random)  // who heard nothing has no id
            let missed = sent.count - count - heard.count
            try client.read(from: server) { $0.events.count >= stop + missed }
            client.take()
            heard += client.events.map(\.data)
            id = client.lastID ?? id
        }
        let last = try EventReader(server, after: id)
        stream.publish("last")
        try last.read(from: server) { $0.events.last?.data == "last" }
        #expect(heard + last.events.map(\.data) == sent + ["last"])
        #expect(last.events.allSatisfy { $0.name == "message" }, "no gap")
    }

    @Test("a stream goes when nobody listens to it any more and its owner lets go of it", arguments: [false, true])
    func letGo(isFinished: Bool) throws {
        let owner = Mutex<EventStream?>(stream())
        let server = try WebServer(
            host: "127.0.0.1", port: 0,
            routes: [
                .events("/events") { _ throws(HTTPError) in
                    guard let stream = owner.withLock({ $0 }) else { throw .notFound }
                    return stream
                }
            ])
        weak let weakStream = owner.withLock { $0 }
        var clients = [try EventReader(server), try EventReader(server)]
        owner.withLock { _ = $0?.publish("heard") }
        for client in clients { try client.read(from: server) { !$0.events.isEmpty } }
        if isFinished {
            owner.withLock { $0?.finish() }
            for client in clients { try client.read(from: server) { $0.events.last?.name == "end" } }
        }
        clients.removeAll()
        owner.withLock { $0 = nil }
        #expect(
            try waitUntil(seconds: 60) {
                try server.run(waitMs: 20)
                return weakStream == nil
            })
        #expect(server.statistics.eventClients == 0)
    }

    @Test("who comes back too late, or from another run, hears of a gap and then all that is kept")
    func gap() throws {
        let stream = stream(kept: 4_096)
        let server = try serve(stream)
        let client = try EventReader(server)
        stream.publish("first")
        try client.read(from: server) { !$0.events.isEmpty }
        for number in 0..<400 { stream.publish("number \(number)") }
        for id in [client.lastID ?? "", "0-17", "rubbish", "18446744073709551616", "ffffffff-1", "-"] {
            let late = try EventReader(server, after: id)
            try late.read(from: server) { $0.events.last?.data == "number 399" }
            #expect(late.events.first?.name == "gap")
            let kept = late.events.dropFirst().map(\.data)
            #expect(kept.count > 50)
            #expect(Array(kept) == (400 - kept.count..<400).map { "number \($0)" })
        }
    }

    @Test("a number that was never given out is a gap too")
    func future() throws {
        let stream = stream()
        let server = try serve(stream)
        let client = try EventReader(server)
        stream.publish("1")
        try client.read(from: server) { !$0.events.isEmpty }
        let run = client.lastID?.split(separator: "-").first ?? ""
        let other = try EventReader(server, after: "\(run)-2")
        try other.read(from: server) { $0.events.last?.data == "1" }
        #expect(other.events.map(\.name) == ["gap", "message"])
        let begin = try EventReader(server, after: "\(run)-0")
        try begin.read(from: server) { $0.events.last?.data == "1" }
        #expect(begin.events.map(\.name) == ["message"])
    }

    @Test("a client that hears nothing else hears a heartbeat")
    func heartbeat() throws {
        let stream = stream(heartbeatMs: 100)
        let server = try serve(stream, idleSeconds: 1)
        let client = try EventReader(server)
        try client.read(from: server) { $0.comments >= 3 }
        stream.publish("still here")
        try client.read(from: server) { $0.events.last?.data == "still here" }
    }

    @Test("a client that does not read is cut off within bounds and counted; another hears everything")
    func slow() throws {
        let kept = 256 << 10
        let stream = stream(kept: kept)
        let server = try serve(stream)
        let slow = try EventReader(server, receiveBytes: 4_096)
        let other = try EventReader(server)
        let text = String(repeating: "x", count: 1_000)
        for number in 0..<4_000 {
            stream.publish("\(number) \(text)")
            if number % 20 == 19 { try other.read(from: server) { $0.events.count == number + 1 } }
        }
        #expect(server.statistics.cutEventClients == 1)
        #expect(server.statistics.eventClients == 1)
        #expect(other.events.map(\.data) == (0..<4_000).map { "\($0) \(text)" })
        slow.take()
        while slow.client.receive() { try server.run(waitMs: 1) }
        slow.take()
        let heard = slow.events.map(\.data)
        #expect(heard == (0..<heard.count).map { "\($0) \(text)" }, "what it got is in order")
        #expect(heard.count < 1_000, "what the kernel and we kept for it: \(heard.count) of 4,000 events")
        #expect(!slow.isComplete)
    }

    @Test("a client that leaves is gone at once, without an event or a heartbeat", arguments: [false, true])
    func leaves(isHalf: Bool) throws {
        let stream = stream()
        let server = try serve(stream)
        var client: EventReader? = try EventReader(server)
        let other = try EventReader(server)
        if isHalf { client?.client.finishSending() } else { client = nil }
        let deadline = ContinuousClock.now + .seconds(20)
        while server.connectionCount > 1, ContinuousClock.now < deadline { try server.run(waitMs: 5) }
        #expect(server.connectionCount == 1)
        #expect(server.statistics.eventClients == 1)
        #expect(server.statistics.cutEventClients == 0)
        stream.publish("to the other")
        try other.read(from: server) { $0.events.last?.data == "to the other" }
    }

    @Test("what is too long for the stream is not published, and its listeners are told so")
    func tooLong() throws {
        let stream = stream(kept: 1_000)
        let server = try serve(stream)
        let client = try EventReader(server)
        #expect(!stream.publish(String(repeating: "x", count: 250)))
        #expect(stream.publish(String(repeating: "y", count: 200)))
        try client.read(from: server) { $0.events.count == 2 }
        #expect(client.events.map(\.name) == ["gap", "message"])
        #expect(client.events.last?.data.count == 200)
    }

    @Test("a stream that ends tells its clients, and so it does to who comes later")
    func finishes() throws {
        let stream = stream()
        let server = try serve(stream)
        let client = try EventReader(server)
        stream.publish("last words")
        stream.finish()
        try client.read(from: server) { $0.isComplete }
        #expect(client.events.map(\.name) == ["message", "end"])
        let late = try EventReader(server)
        try late.read(from: server) { $0.isComplete }
        #expect(late.events.map(\.name) == ["end"])
    }

    @Test("HEAD gives the head alone, a stream that is not there 404, and the connection goes on")
    func head() throws {
        let server = try serve(stream())
        let client = try RawClient(port: server.port)
        let head = try client.get(WebServerTests.line("HEAD", "/events"), from: server)
        #expect(head.status == 200)
        #expect(head.headers["content-type"] == "text/event-stream")
        #expect(try client.get(WebServerTests.line("GET", "/of/none"), from: server).status == 404)
        #expect(server.statistics.eventClients == 0)
    }

    @Test("events are published from other threads while clients come and go")
    func threads() throws {
        let stream = stream()
        let server = try serve(stream)
        let client = try EventReader(server)
        let publishers = (0..<4).map { thread in
            Publisher(stream, (0..<500).map { "\(thread) \($0)" })
        }
        var guests: [EventReader] = []
        while client.events.count < 2_000 {
            if guests.count < 50 { guests.append(try EventReader(server)) } else { guests.removeFirst(10) }
            let before = client.events.count
            try client.read(from: server) { $0.events.count > before || before == 2_000 }
        }
        for publisher in publishers { #expect(publisher.isDone) }
        for thread in 0..<4 {
            let heard = client.events.map(\.data).filter { $0.hasPrefix("\(thread) ") }
            #expect(heard == (0..<500).map { "\(thread) \($0)" })
        }
    }
}
