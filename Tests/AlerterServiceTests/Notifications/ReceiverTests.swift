import CryptoCore
import Foundation
import NetClient
import Synchronization
import System
import TestSupport
import TestTraits
import Testing

@testable import AlerterService

@Suite("Receivers", .waiting)
struct ReceiverTests {
    private let change = AlertMaker.change("PriceMove", .firing, offset: 0, at: AlertMaker.noon)

    /// The outcome of one attempt.
    private func outcome(_ receiver: any Receiver) -> DeliveryOutcome? {
        receiver.begin([change], at: AlertMaker.noon)
        var outcome: DeliveryOutcome?
        _ = waitUntil(seconds: 30) {
            outcome = receiver.poll(waitMs: 50)
            return outcome != nil
        }
        return outcome
    }

    private static func token() throws -> NotifierTarget.BotToken {
        try #require(NotifierTarget.BotToken("123456:ABC-def_1234"))
    }

    // MARK: HTTP

    @Test(
        "statuses say whether another attempt may succeed",
        arguments: [
            (200, [], DeliveryOutcome.taken), (204, [], .taken),
            (400, [], .refused(reason: "HTTP status 400: no")), (413, [], .refused(reason: "HTTP status 413: no")),
            (422, [], .refused(reason: "HTTP status 422: no")),
            (401, [], .failed(reason: "HTTP status 401: no", retryAfterMs: nil)),
            (403, [], .failed(reason: "HTTP status 403: no", retryAfterMs: nil)),
            (404, [], .failed(reason: "HTTP status 404: no", retryAfterMs: nil)),
            (302, [("Location", "/other")], .failed(reason: "HTTP status 302: no", retryAfterMs: nil)),
            (408, [], .failed(reason: "HTTP status 408: no", retryAfterMs: nil)),
            (500, [], .failed(reason: "HTTP status 500: no", retryAfterMs: nil)),
            (503, [("Retry-After", "7")], .failed(reason: "HTTP status 503: no", retryAfterMs: 7_000)),
            (429, [("Retry-After", "999999999")], .failed(reason: "HTTP status 429: no", retryAfterMs: 86_400_000)),
        ] as [(Int, [(String, String)], DeliveryOutcome)])
    func statuses(status: Int, headers: [(String, String)], wanted: DeliveryOutcome) throws {
        let server = try LoopbackServer { _, connection in
            try connection.reply(status, status == 204 ? "" : "no", headers: headers)
        }
        let target = NotifierTarget.webhook(url: server.url("/hook"))
        let receiver = HTTPReceiver(target, refreshMs: 60_000)
        #expect(outcome(receiver) == wanted)
        #expect(server.requests.count == 1, "a redirect is not followed")
        let request = try #require(server.requests.first)
        #expect(request.method == "POST" && request.path == "/hook")
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["idempotency-key"] == WebhookPayload.idempotencyKey(change))
        #expect(request.body == WebhookPayload.json(change, receiver: target.name))
    }

    @Test("nobody there is tried again, and a long answer is a short reason")
    func away() throws {
        let server = try LoopbackServer { _, connection in
            try connection.reply(400, String(repeating: "x", count: 200_000))
        }
        let address = server.url()
        let receiver = HTTPReceiver(.webhook(url: address), refreshMs: 60_000)
        #expect(outcome(receiver) == .refused(reason: "HTTP status 400: " + String(repeating: "x", count: 300)))
        server.stop()
        guard case .failed(let reason, nil)? = outcome(HTTPReceiver(.webhook(url: address), refreshMs: 60_000)) else {
            Issue.record("nobody was there")
            return
        }
        #expect(reason.contains("127.0.0.1"))
    }

    /// core.telegram.org/bots/api: "Making requests", "sendMessage", "ResponseParameters".
    @Test("Telegram's documented answers: its wait is obeyed, its words are told, and no answer shows the token")
    func telegram() throws {
        let answers = Mutex([
            (
                429,
                #"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 3","#
                    + #""parameters":{"retry_after":3}}"#
            ),
            (400, #"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#),
            (200, #"{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":-100,"type":"group"},"text":"x"}}"#),
        ])
        let server = try LoopbackServer { _, connection in
            let (status, body) = answers.withLock { $0.removeFirst() }
            try connection.reply(status, body)
        }
        let target = NotifierTarget.telegram(chat: "-1001234567890", token: try Self.token(), api: server.url())
        let receiver = HTTPReceiver(target, refreshMs: 60_000)
        #expect(
            outcome(receiver)
                == .failed(reason: "HTTP status 429: Too Many Requests: retry after 3", retryAfterMs: 3_000))
        guard case .failed(let reason, nil)? = outcome(receiver) else {
            Issue.record("a chat that is not found is tried again: somebody has to mend it")
            return
        }
        #expect(reason.contains("chat not found") && reason.contains("--telegram-chat"))
        #expect(outcome(receiver) == .taken)
        #expect(server.requests.map(\.path) == Array(repeating: "/bot123456:ABC-def_1234/sendMessage", count: 3))
        #expect(server.requests[0].body == TelegramMessage.json(change, chat: "-1001234567890"))
        server.stop()
        #expect("\(String(describing: outcome(receiver)))".contains("ABC-def") == false)
    }

    // MARK: Command

    @Test("a command has the payload on its standard input, and its exit status says whether it took it")
    func command() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        #expect(outcome(CommandReceiver("cat > '\(file.path)'", name: "command-1")) == .taken)
        #expect(try [UInt8](Data(contentsOf: file)) == WebhookPayload.json(change, receiver: "command-1"))
        #expect(outcome(CommandReceiver("true", name: "c")) == .taken, "it need not read")
        #expect(outcome(CommandReceiver("exit 65", name: "c")) == .refused(reason: "exit status 65"))
        #expect(outcome(CommandReceiver("exit 3", name: "c")) == .failed(reason: "exit status 3", retryAfterMs: nil))
        #expect(
            outcome(CommandReceiver("kill -9 $$", name: "c"))
                == .failed(reason: "ended by signal 9", retryAfterMs: nil))
    }

    @Test("a command that reads nothing of a long payload, and runs too long, is ended with all that it started")
    func longCommand() throws {
        var long = change
        long.alert.summary = String(repeating: "x", count: 1 << 20)
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("command-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        let receiver = CommandReceiver(
            "(echo $$; exec sleep 1000) > '\(file.path)' | sleep 1000", name: "c", timeoutMs: 500)
        receiver.begin([long], at: 0)
        var outcome: DeliveryOutcome?
        _ = waitUntil(seconds: 20) {
            outcome = receiver.poll(waitMs: 20)
            return outcome != nil
        }
        #expect(outcome == .failed(reason: "still ran at its time limit", retryAfterMs: nil))
        let text = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(waitForEnd(ofProcess: try #require(Int32(text)), seconds: 10))
    }

    @Test("a command has the whole of a payload that no pipe holds")
    func longPayload() {
        var long = change
        long.alert.summary = String(repeating: "x", count: 1 << 20)
        let receiver = CommandReceiver("sleep 0.2; test $(wc -c) -gt 1048576", name: "c")
        receiver.begin([long], at: 0)
        var outcome: DeliveryOutcome?
        _ = waitUntil(seconds: 20) {
            outcome = receiver.poll(waitMs: 20)
            return outcome != nil
        }
        #expect(outcome == .taken)
    }

    // MARK: Test message

    @Test("a test message goes to everybody, and one that does not take it is told")
    func test() throws {
        let good = try LoopbackServer { _, connection in try connection.reply(200) }
        let bad = try LoopbackServer { _, connection in try connection.reply(404, "no such hook") }
        var settings = NotifierSettings(targets: [.webhook(url: good.url()), .command("cat > /dev/null")])
        #expect(TestMessage.send(settings, until: StopFlag()).allSatisfy { $0.outcome == .taken })
        settings.targets.append(.webhook(url: bad.url("/SECRET")))
        let results = TestMessage.send(settings, until: StopFlag())
        #expect(results.map(\.words) == ["taken", "taken", "failed: HTTP status 404: no such hook"])
        #expect(results.map(\.target) == settings.targets)
        #expect(good.requests.count == 2)
    }

    @Test("a receiver that never answers holds up the test of no other one")
    func slowTest() throws {
        let stop = StopFlag()
        let good = try LoopbackServer { _, connection in try connection.reply(200) }
        let slow = try LoopbackServer { _, _ in stop.wait() }
        let settings = NotifierSettings(targets: [.webhook(url: slow.url()), .webhook(url: good.url())])
        let ended = System.Thread(name: "ender") {
            _ = waitUntil(seconds: 30) { !good.requests.isEmpty }
            stop.request()
        }
        let results = TestMessage.send(settings, until: stop)
        #expect(results[1].outcome == .taken || !good.requests.isEmpty)
        #expect(results[0].outcome != .taken)
        _ = ended.join(ms: 10_000)
    }

    // MARK: Secrets

    @Test("no answer of a receiver shows what is secret of its address, however it is written there")
    func secretsInAnswers() throws {
        let echo = try LoopbackServer { request, connection in
            try connection.reply(
                404, "Cannot POST \(request.target), T0/B0 p%40ssw0rd p@ssw0rd hunter2 https://me:hunter2@example.com")
        }
        let target = NotifierTarget.webhook(url: echo.url("/services/T0/p%40ssw0rd?token=abcdef012345&x=1"))
        guard case .failed(let reason, nil)? = outcome(HTTPReceiver(target, refreshMs: 60_000)) else {
            Issue.record("404 is tried again")
            return
        }
        for secret in ["ssw0rd", "abcdef012345", "me:hunter2"] { #expect(!reason.contains(secret), "\(reason)") }
        #expect(reason.hasPrefix("HTTP status 404: Cannot POST ***"), "\(reason)")

        let bot = try LoopbackServer { request, connection in
            try connection.reply(404, #"{"ok":false,"description":"no method at \#(request.target)"}"#)
        }
        let chat = NotifierTarget.telegram(chat: "1", token: try Self.token(), api: bot.url())
        guard case .failed(let reason, nil)? = outcome(HTTPReceiver(chat, refreshMs: 60_000)) else {
            Issue.record("404 is tried again")
            return
        }
        #expect(reason.contains("no method at") && !reason.contains("ABC-def_1234"), "\(reason)")
    }
}
