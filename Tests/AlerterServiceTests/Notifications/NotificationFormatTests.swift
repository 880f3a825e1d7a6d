import CryptoCore
import Foundation
import Testing

@testable import AlerterService

@Suite("What receivers are given")
struct NotificationFormatTests {
    private let firing = AlertMaker.change(
        "PriceMove", .firing, offset: 7, at: 1_763_726_400_250, since: 1_763_726_340_000)
    private let resolved = AlertMaker.change(
        "PriceMove", .resolved, offset: 8, at: 1_763_726_500_000, since: 1_763_726_340_000)

    private func object(_ bytes: [UInt8]) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    @Test("a webhook gets Alertmanager's payload: these members and no others")
    func webhook() throws {
        let labels: [String: String] = [
            "alertname": "PriceMove", "severity": "page", "source": "bybit", "symbol": "BTC-USDT", "team": "a<b>&c",
        ]
        let annotations = [
            "runbook": "https://example.com/PriceMove", "summary": "BTC-USDT fell by 2.5 %", "value": "-2.5",
        ]
        for (change, status, end) in [
            (firing, "firing", "0001-01-01T00:00:00Z"), (resolved, "resolved", "2025-11-21T11:59:30.000Z"),
        ] {
            let payload = try object(WebhookPayload.json(change, receiver: "webhook-1"))
            let alert: [String: Any] = [
                "status": status, "labels": labels, "annotations": annotations, "startsAt": "2025-11-21T11:59:00.000Z",
                "endsAt": end, "generatorURL": "", "fingerprint": change.fingerprint,
            ]
            let key =
                #"{}:{alertname="PriceMove", severity="page", source="bybit", symbol="BTC-USDT", team="a<b>&c"}"#
            let wanted: [String: Any] = [
                "version": "4", "groupKey": key, "truncatedAlerts": 0, "status": status, "receiver": "webhook-1",
                "groupLabels": labels, "commonLabels": labels, "commonAnnotations": annotations, "externalURL": "",
                "alerts": [alert],
            ]
            #expect(payload as NSDictionary == wanted as NSDictionary)
        }
        #expect(WebhookPayload.idempotencyKey(firing) == "\(firing.fingerprint)-firing-1763726340000")
        #expect(WebhookPayload.idempotencyKey(firing) != WebhookPayload.idempotencyKey(resolved))
    }

    @Test("Alertmanager is told when an alert began, and an end that is three posts ahead while it fires")
    func alertmanager() throws {
        let bytes = AlertmanagerPost.json([firing, resolved], at: 1_763_726_600_000, everyMs: 60_000)
        let all = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [[String: Any]])
        #expect(all.map { $0["startsAt"] as? String } == ["2025-11-21T11:59:00.000Z", "2025-11-21T11:59:00.000Z"])
        #expect(all.map { $0["endsAt"] as? String } == ["2025-11-21T12:06:20.000Z", "2025-11-21T12:01:40.000Z"])
        let ahead = AlertMaker.change("a", .resolved, offset: 0, at: 1_763_726_400_000, since: 1_763_726_430_000)
        let late = String(decoding: AlertmanagerPost.json([ahead], at: 0, everyMs: 1), as: UTF8.self)
        #expect(late.contains(#""endsAt":"2025-11-21T12:00:30.000Z""#), "not before its start: \(late)")
    }

    @Test("an Alertmanager's address may have a path, a slash at the end, and the interface's own path")
    func addresses() {
        for (server, url) in [
            ("http://am:9093", "http://am:9093/api/v2/alerts"), ("http://am:9093/", "http://am:9093/api/v2/alerts"),
            ("https://am/x/", "https://am/x/api/v2/alerts"), ("http://am/api/v2/alerts", "http://am/api/v2/alerts"),
        ] { #expect(AlertmanagerPost.url(of: server) == url) }
    }

    @Test("a Telegram message names a chat as text and has no mark that HTML mode reads but our own")
    func telegram() throws {
        let message = try object(TelegramMessage.json(firing, chat: "-1001234567890"))
        #expect(message["chat_id"] as? String == "-1001234567890")
        #expect(message["parse_mode"] as? String == "HTML")
        let text = try #require(message["text"] as? String)
        #expect(text.contains("team=a&lt;b&gt;&amp;c"))
        #expect(text.contains("<b>FIRING</b> <b>PriceMove</b>"))
        #expect(text.contains("since 2025-11-21T11:59:00Z"))
        var long = firing
        long.alert.rule = String(repeating: "<", count: 5_000)
        long.alert.summary = String(repeating: "&", count: 5_000)
        let html = TelegramMessage.html(long)
        let shown = html.replacingOccurrences(of: "&[a-z]+;", with: "x", options: .regularExpression)
        #expect(shown.count <= 4096)
    }

    /// As documented: core.telegram.org/bots/api, "Making requests" and "ResponseParameters".
    @Test(
        "what Telegram answers is read, and says how to mend what can be mended",
        arguments: [
            (
                #"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#, nil,
                "Bad Request: chat not found: write to the bot first, or add it to the group, and look at --telegram-chat"
            ),
            (
                #"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#,
                35, "Too Many Requests: retry after 35"
            ),
            (
                #"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890}}"#,
                nil,
                "Bad Request: group chat was upgraded to a supergroup chat: the chat is -1001234567890 now: --telegram-chat -1001234567890"
            ),
            (
                #"{"ok":false,"error_code":401,"description":"Unauthorized"}"#, nil,
                "Unauthorized: the token is not one of a bot: look at --telegram-token-file"
            ),
            ("<html>502 Bad Gateway", nil, "no words"), ("", nil, "no words"),
            (#"{"description":7,"parameters":[]}"#, nil, "no words"),
        ] as [(String, Int64?, String)])
    func telegramAnswers(body: String, retryAfter: Int64?, text: String) {
        let problem = TelegramMessage.Problem(Array(body.utf8))
        #expect(problem.retryAfter == retryAfter)
        #expect(problem.text == text)
    }

    @Test("a line for the console shows no control character of somebody else's")
    func console() {
        var change = resolved
        change.alert.summary = "a\u{1B}[2Jb\nc"
        #expect(
            ConsoleReceiver.line(change)
                == "2025-11-21T11:59:30Z resolved PriceMove bybit:BTC-USDT value=-2.5 severity=page team=a<b>&c: a [2Jb c"
        )
    }

    @Test("names and what is shown of targets hold no secret")
    func names() throws {
        let token = try #require(NotifierTarget.BotToken("123456:ABC-def_1234"))
        let targets: [NotifierTarget] = [
            .webhook(url: "https://hooks.example.com/services/T0/SECRET?token=SECRET"),
            .telegram(chat: "@room", token: token, api: "https://api.telegram.org"), .command("curl SECRET"),
            .console,
        ]
        for target in targets {
            for text in [target.name, target.shown] {
                #expect(!text.contains("SECRET") && !text.contains("ABC-def"))
            }
        }
        #expect("\(targets)\(String(reflecting: token))".contains("ABC-def") == false)
        var dumped = ""
        dump(targets, to: &dumped)
        #expect(!dumped.contains("ABC-def"))
        #expect(targets[0].shown == "https://hooks.example.com")
        #expect(Set(targets.map(\.name)).count == 4)
        for bad in ["", "123456", "abc:def", "123456:", "1:2:3", "123:a/b", "1 :a"] {
            #expect(NotifierTarget.BotToken(bad) == nil, "\(bad)")
        }
    }
}
