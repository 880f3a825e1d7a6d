import HTTPServer
import Synchronization
import System
import TestSupport
import TestTraits
import Testing

/// Publishes on a thread of its own.
final class Publisher {
    private let thread: System.Thread

    init(_ stream: EventStream, _ texts: [String]) {
        thread = System.Thread(name: "publisher") { for text in texts { stream.publish(text) } }
    }

    var isDone: Bool { if case .finished = thread.join(ms: 5_000) { true } else { false } }
}

@Suite("Answers of other threads, and the server's end", .waiting)
struct LaterTests {
    /// The questions that wait for an answer.
    final class Desk: Sendable {
        private let questions = Mutex<[PendingAnswer]>([])
        func put(_ answer: PendingAnswer) { questions.withLock { $0.append(answer) } }
        func takeAll() -> [PendingAnswer] {
            questions.withLock { questions in
                defer { questions = [] }
                return questions
            }
        }
    }

    private func serve(_ desk: Desk, patienceMs: Int64 = 60_000, stream: EventStream = EventStream()) throws
        -> WebServer
    {
        try WebServer(
            host: "127.0.0.1", port: 0,
            routes: WebServerTests.routes + [
                .later("/later", patienceMs: patienceMs, otherwise: { .text("too late\n", status: 503) }) {
                    request, _, answer
                        throws(HTTPError) in
                    if request.queryValue("bad") != nil { throw .badRequest("bad") }
                    if request.queryValue("now") != nil { return answer.send(.text("now")) }
                    desk.put(answer)
                },
                .events("/events") { _ in stream },
            ])
    }

    private func turn(_ server: WebServer, until condition: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try !condition() {
            try #require(ContinuousClock.now < deadline)
            try server.run(waitMs: 2)
        }
    }

    @Test("others are served while an answer is waited for, which then goes to whom it is for")
    func later() throws {
        let desk = Desk()
        let server = try serve(desk)
        let clients = try (0..<20).map { _ in try RawClient(port: server.port) }
        var answers: [PendingAnswer] = []
        for client in clients {
            try client.send(WebServerTests.line("GET", "/later"), to: server)
            try turn(server) {
                answers += desk.takeAll()
                return answers.count > 0 && client.received.isEmpty
            }
        }
        try turn(server) {
            answers += desk.takeAll()
            return answers.count == 20
        }
        let other = try RawClient(port: server.port)
        #expect(try other.get(WebServerTests.line("GET", "/health/live"), from: server).status == 200)
        for (number, answer) in answers.enumerated().reversed() {
            #expect(answer.isWanted)
            answer.send(.text("\(number)"))
            answer.send(.text("a second one"))
            #expect(!answer.isWanted)
        }
        #expect(Set(try clients.map { try $0.reply(from: server).body }) == Set((0..<20).map(String.init)))
        // Each connection goes on.
        for client in clients {
            #expect(try client.get(WebServerTests.line("GET", "/health/live"), from: server).status == 200)
        }
    }

    @Test("an answer given at once, and what the handler throws, are answers too")
    func atOnce() throws {
        let server = try serve(Desk())
        let client = try RawClient(port: server.port)
        #expect(try client.get(WebServerTests.line("GET", "/later?now"), from: server).body == "now")
        #expect(try client.get(WebServerTests.line("GET", "/later?bad"), from: server).status == 400)
    }

    @Test("who waits too long gets the other answer, and the late one goes nowhere")
    func tooLate() throws {
        let desk = Desk()
        let server = try serve(desk, patienceMs: 30)
        let client = try RawClient(port: server.port)
        let reply = try client.get(WebServerTests.line("GET", "/later"), from: server)
        #expect(reply.status == 503)
        #expect(reply.body == "too late\n")
        let answer = try #require(desk.takeAll().first)
        #expect(!answer.isWanted)
        answer.send(.text("late"))
        #expect(try client.get(WebServerTests.line("GET", "/later?now"), from: server).body == "now")
    }

    @Test("a client that ended its side still gets what it waits for; the answer to one that is away is dropped")
    func leaves() throws {
        let desk = Desk()
        let server = try serve(desk, patienceMs: 500)
        let half = try RawClient(port: server.port)
        var away: RawClient? = try RawClient(port: server.port)
        try half.send(WebServerTests.line("GET", "/later"), to: server)
        half.finishSending()
        try away?.send(WebServerTests.line("GET", "/later"), to: server)
        var answers: [PendingAnswer] = []
        try turn(server) {
            answers += desk.takeAll()
            return answers.count == 2
        }
        #expect(answers.allSatisfy { $0.isAwaited })
        away = nil
        try turn(server) { answers.contains { !$0.isAwaited } }
        #expect(answers.allSatisfy { $0.isWanted } && answers.count { $0.isAwaited } == 1)
        for answer in answers { answer.send(.text("here")) }
        #expect(try half.reply(from: server).body == "here")
        try turn(server) { server.connectionCount == 0 }
    }

    @Test("a server that goes with open streams, waiting clients and half a request lets go of all of them")
    func goes() throws {
        let desk = Desk()
        let stream = EventStream()
        var answer: PendingAnswer?
        var clients: [AnyObject] = []
        do {
            let server = try serve(desk, stream: stream)
            clients.append(try EventReader(server))
            let waiting = try RawClient(port: server.port), half = try RawClient(port: server.port)
            try waiting.send(WebServerTests.line("GET", "/later"), to: server)
            try half.send("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf", to: server)
            clients += [waiting, half]
            try turn(server) {
                answer = desk.takeAll().first
                return answer != nil
            }
        }
        #expect(answer?.isWanted == false)
        answer?.send(.text("to nobody"))
        stream.publish("to nobody")
        #expect(clients.compactMap { $0 as? RawClient }.allSatisfy { !$0.receive() })
    }

    @Test("stopping ends answers that are under way, tells listeners, closes who is idle and takes nobody new")
    func stops() throws {
        let desk = Desk()
        let running = Running(try serve(desk))
        let port = running.server.port
        let listener = try RawClient(port: port), waiting = try RawClient(port: port), idle = try RawClient(port: port)
        #expect(listener.sendOnly("GET /events HTTP/1.0\r\n\r\n"))
        #expect(waiting.sendOnly(WebServerTests.line("GET", "/later")))
        #expect(idle.sendOnly(WebServerTests.line("GET", "/health/live")))
        var answer: PendingAnswer?
        #expect(
            waitUntil(seconds: 20) {
                answer = answer ?? desk.takeAll().first
                return answer != nil && listener.receive() && idle.receive()
                    && !listener.received.isEmpty && !idle.received.isEmpty
            })
        running.requestStop()
        #expect(waitUntil(seconds: 20) { !idle.receive() }, "an idle connection is closed")
        #expect(waitUntil(seconds: 20) { !listener.receive() })
        #expect(String(decoding: listener.received, as: UTF8.self).hasSuffix("event: end\ndata: {}\n\n"))
        #expect(waitUntil(seconds: 20) { !RawClient.canConnect(port: port) }, "nobody new")
        answer?.send(.text("in time"))
        #expect(waitUntil(seconds: 20) { !waiting.receive() })
        let reply = try #require(Reply(waiting.received, isHead: false))
        #expect(reply.body == "in time")
        #expect(reply.headers["connection"]?.lowercased() == "close")
        #expect(running.stop())
    }

    @Test("stopping does not wait longer than it is told")
    func deadline() throws {
        let desk = Desk()
        let server = try serve(desk)
        let waiting = try RawClient(port: server.port)
        try waiting.send(WebServerTests.line("GET", "/later"), to: server)
        try turn(server) { !desk.takeAll().isEmpty }
        let began = ContinuousClock.now
        try server.stop(withinMs: 50)
        #expect(ContinuousClock.now - began < .seconds(5))
        #expect(server.connectionCount == 1)
    }
}
