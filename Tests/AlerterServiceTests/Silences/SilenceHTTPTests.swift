import CryptoCore
import Foundation
import KafkaClient
import NetClient
import System
import TestSupport
import TestTraits
import Testing

@testable import AlerterService

/// Asks a service of a test over HTTP.
struct Asking {
    let port: UInt16

    func callAsFunction(
        _ method: HTTPRequest.Method, _ path: String, _ body: String = "",
        headers: HTTPHeaders = ["Content-Type": "application/json"]
    ) throws -> (status: Int, body: String) {
        let request = HTTPRequest(
            "http://127.0.0.1:\(port)\(path)", method: method, headers: headers, body: Array(body.utf8))
        let reply = try HTTPClient().send(request, until: { false })
        return (reply.status, String(decoding: reply.body, as: UTF8.self))
    }

    /// A member of each silence of `GET /silences`.
    func silences(_ member: String = "id") throws -> [String] {
        let object = try JSONSerialization.jsonObject(with: Data(self(.get, "/silences").body.utf8)) as? [String: Any]
        return (object?["silences"] as? [[String: Any]] ?? []).map { "\($0[member] ?? "")" }
    }

    /// Makes a silence; its id.
    func silence(_ json: String) throws -> String {
        let (status, body) = try self(.post, "/silences", json)
        #expect(status == 201, "\(body)")
        let silence = try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]
        return silence?["id"] as? String ?? ""
    }
}

@Suite("Silences and test messages over HTTP", .waiting)
struct SilenceHTTPTests {
    private static let matchers = #"{"matchers":"alertname=\"a\"","for":"2h","by":"anna"}"#

    @Test("a silence that was posted holds back what would be told; taken away, it lets it go")
    func lifeOfASilence() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook())
        try bench.start(NotifierSettings(targets: [.webhook(url: webhook.url)]))
        let ask = Asking(port: bench.port)
        #expect(try waitUntil(seconds: 60) { try ask(.get, "/silences").status == 200 })
        #expect(try ask(.get, "/silences").body == #"{"silences":[]}"#)
        let id = try ask.silence(Self.matchers)
        #expect(try ask.silences() == [id], "who was answered sees it")
        #expect(try ask.silences("state") == ["active"] && ask.silences("by") == ["anna"])
        try bench.send("a", .firing)
        try bench.send("b", .firing)
        #expect(waitUntil(seconds: 60) { webhook.told == ["b firing"] })
        #expect(waitUntil(seconds: 10) { bench.count("notifications_silenced_total") == 1 })
        #expect(try ask(.delete, "/silences/\(id)").status == 204)
        #expect(try ask.silences().isEmpty)
        #expect(waitUntil(seconds: 60) { webhook.told == ["b firing", "a firing"] })
        #expect(try ask(.delete, "/silences/\(id)").status == 404, "it is over")
        try bench.stop()
    }

    @Test("over a restart a silence lasts, and one that was ended while nobody read lets go what it had held back")
    func restarts() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook())
        let settings = NotifierSettings(targets: [.webhook(url: webhook.url)])
        try bench.start(settings)
        #expect(try waitUntil(seconds: 60) { try Asking(port: bench.port)(.get, "/silences").status == 200 })
        let id = try Asking(port: bench.port).silence(Self.matchers)
        try bench.send("a", .firing)
        #expect(waitUntil(seconds: 60) { bench.count("notifications_silenced_total") == 1 })
        #expect(waitUntil(seconds: 10) { bench.count("notifier_lag_records") == 0 })
        try bench.stop()

        try bench.start(settings)
        #expect(try waitUntil(seconds: 60) { try Asking(port: bench.port)(.get, "/silences").status == 200 })
        #expect(try Asking(port: bench.port).silences() == [id])
        try bench.send("b", .firing)
        #expect(waitUntil(seconds: 60) { webhook.told == ["b firing"] })
        try bench.stop()

        // As another tool would: its record is gone, not only over.
        try bench.send(.silences, key: id, nil)
        try bench.start(settings)
        #expect(waitUntil(seconds: 60) { webhook.told == ["b firing", "a firing"] })
        try bench.stop()
    }

    @Test("one that was ended before a restart lets go behind it what it had held back")
    func endedBeforeRestart() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook(503))
        let settings = NotifierSettings(targets: [.webhook(url: webhook.url)])
        try bench.start(settings)
        let ask = Asking(port: bench.port)
        #expect(try waitUntil(seconds: 60) { try ask(.get, "/silences").status == 200 })
        let id = try ask.silence(Self.matchers)
        try bench.send("a", .firing)
        #expect(waitUntil(seconds: 60) { bench.count("notifications_silenced_total") == 1 })
        #expect(waitUntil(seconds: 10) { bench.count("notifier_lag_records") == 0 })
        #expect(try ask(.delete, "/silences/\(id)").status == 204)
        #expect(waitUntil(seconds: 60) { !webhook.told.isEmpty }, "it was tried, and not taken")
        try bench.stop()
        webhook.answer(200)
        let before = webhook.told.count
        try bench.start(settings)
        #expect(waitUntil(seconds: 60) { webhook.told.count > before })
        try bench.stop()
    }

    @Test("what cannot be had is refused with the reason, and makes nothing")
    func refused() throws {
        let bench = try NotifierBench()
        try bench.start(NotifierSettings())
        let ask = Asking(port: bench.port)
        #expect(try waitUntil(seconds: 60) { try ask(.get, "/silences").status == 200 })
        let long = String(repeating: " ", count: SilenceWish.bodyLimit) + Self.matchers
        for (body, status, reason) in [
            ("", 400, "body: not JSON"), (#"{"matchers":"a"}"#, 400, "matchers: column 2"), (long, 413, "longer than"),
        ] {
            let answer = try ask(.post, "/silences", body)
            #expect(answer.status == status && answer.body.contains(reason), "\(answer)")
        }
        for headers: HTTPHeaders in [
            [:], ["Content-Type": "text/plain"], ["Content-Type": "application/x-www-form-urlencoded"],
        ] {
            #expect(try ask(.post, "/silences", Self.matchers, headers: headers).status == 415)
            #expect(try ask(.post, "/test", "{}", headers: headers).status == 415)
        }
        let foreign: HTTPHeaders = ["Content-Type": "application/json", "Origin": "https://evil.example"]
        #expect(try ask(.post, "/silences", Self.matchers, headers: foreign).status == 403)
        #expect(try ask(.delete, "/silences/x", headers: foreign).status == 403)
        #expect(try ask(.post, "/test", headers: foreign).status == 403)
        #expect(try ask(.put, "/silences", Self.matchers).status == 405)
        #expect(try ask(.delete, "/silences/0123456789abcdef").status == 404)
        let test = try ask(.post, "/test")
        #expect(test.status == 503 && test.body.contains("nobody is told of alerts"))
        #expect(try ask.silences().isEmpty)
        try bench.stop()
    }

    @Test("without Kafka a silence is not there, and is not made later behind the client's back")
    func kafkaAway() throws {
        let bench = try NotifierBench()
        try bench.start(NotifierSettings())
        let ask = Asking(port: bench.port)
        #expect(try waitUntil(seconds: 60) { try ask(.get, "/silences").status == 200 })
        try bench.broker.setReachable(false)
        let answer = try ask(.post, "/silences", Self.matchers)
        #expect(answer.status == 503 && answer.body.contains("Kafka does not answer"), "\(answer)")
        try bench.broker.setReachable(true)
        #expect(try ask(.get, "/health/live").status == 200)
        let id = try ask.silence(Self.matchers)
        #expect(try ask.silences().contains(id))
        try bench.stop()
    }

    @Test("silences to come are shown as pending, and made and ended side by side they are all there")
    func many() throws {
        let bench = try NotifierBench()
        try bench.start(NotifierSettings())
        let ask = Asking(port: bench.port)
        #expect(try waitUntil(seconds: 60) { try ask(.get, "/silences").status == 200 })
        let later = SystemClock().wallMs() + 3_600_000
        let ids = try (0..<5).map { try ask.silence(#"{"matchers":"a=b","from":\#(later + Int64($0)),"for":60}"#) }
        #expect(try ask.silences() == ids && Set(ask.silences("state")) == ["pending"])
        for id in ids.dropLast() { #expect(try ask(.delete, "/silences/\(id)").status == 204) }
        #expect(try ask.silences() == [ids[4]])
        try bench.stop()
    }

    @Test("a test message goes to each target, and says of each how it went, while others are answered")
    func test() throws {
        let (bench, good, bad) = (try NotifierBench(), try Webhook(), try Webhook(403))
        try bench.start(NotifierSettings(targets: [.webhook(url: good.url), .webhook(url: bad.url)]))
        let ask = Asking(port: bench.port)
        let answer = try ask(.post, "/test")
        #expect(answer.status == 200)
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        let results = object?["sent"] as? [[String: Any]] ?? []
        #expect(results.map { $0["ok"] as? Bool } == [true, false])
        #expect(results.last?["error"] as? String == "failed: HTTP status 403: no")
        #expect(good.told == ["TestAlert firing"] && bad.told == ["TestAlert firing"])
        bad.answer(200)
        #expect(try !ask(.post, "/test").body.contains(#""ok":false"#))
        try bench.stop()
    }

    @Test("the whole alerter goes by silences of HTTP, whether anybody is told or not")
    func service() throws {
        let webhook = try Webhook()
        let rule = #"{"alert":"High","expr":"window.close > 100"}"#
        let bench = try Bench(rule, ["--webhook", webhook.url])
        let ask = Asking(port: bench.port)
        #expect(try waitUntil(seconds: 60) { try ask(.get, "/silences").status == 200 })
        let id = try ask.silence(#"{"matchers":"symbol=\"BTC-USDT\""}"#)
        for symbol in ["BTC-USDT", "ETH-USDT"] { try bench.sendMinute(symbol, 0, close: 101) }
        #expect(try bench.alerts(atLeast: 2).count == 2, "alerts are alerts, whoever is told")
        #expect(waitUntil(seconds: 60) { webhook.told == ["High firing"] })
        #expect(webhook.server.requests.contains { String(decoding: $0.body, as: UTF8.self).contains("ETH-USDT") })
        #expect(try ask(.delete, "/silences/\(id)").status == 204)
        #expect(waitUntil(seconds: 60) { webhook.told.count == 2 })
        try bench.finish()
    }
}
