import CryptoCore
import Foundation
import KafkaClient
import ServiceKit
import ServiceRuntime
import Synchronization
import System
import TestSupport
import TestTraits
import Testing

@testable import AlerterService

@Suite("A notifier on the embedded broker", .waiting)
struct NotifierTests {
    private func waitFor(_ webhook: Webhook, _ told: [String], _ place: SourceLocation = #_sourceLocation) {
        let isThere = waitUntil(seconds: 60) { webhook.told.count >= told.count }
        #expect(isThere && webhook.told == told, sourceLocation: place)
    }

    private func settings(_ webhooks: Webhook...) -> NotifierSettings {
        NotifierSettings(targets: webhooks.map { .webhook(url: $0.url) })
    }

    @Test("what comes is told once and in order, over restarts too, and a restart remembers what fires")
    func restarts() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook())
        try bench.send("a", .firing)
        try bench.start(settings(webhook))
        waitFor(webhook, ["a firing"])
        try bench.send("b", .firing)
        try bench.send("b", .resolved)
        waitFor(webhook, ["a firing", "b firing", "b resolved"])
        #expect(waitUntil(seconds: 10) { bench.count("notifications_sent_total") == 3 })
        #expect(waitUntil(seconds: 10) { bench.count("notifier_lag_records") == 0 })
        #expect(bench.context?.health.isReady == true, "\(bench.context?.health.reasons ?? [:])")
        try bench.stop()

        try bench.send("a", .resolved)
        try bench.start(settings(webhook))
        waitFor(webhook, ["a firing", "b firing", "b resolved", "a resolved"])
        try bench.stop()
        let starts = Set(webhook.texts.map { $0.split(separator: " ")[2] })
        #expect(starts == ["2025-11-21T12:00:00.000Z"])
    }

    @Test("a receiver that is away loses nothing; another notifier does not wait, and the service stays ready")
    func receiverAway() throws {
        let bench = try NotifierBench()
        let (away, present) = (try Webhook(503), try Webhook())
        try bench.start(settings(away, present))
        for name in ["a", "b"] {
            try bench.send(name, .firing)
            try bench.send(name, .resolved)
        }
        let all = ["a firing", "a resolved", "b firing", "b resolved"]
        waitFor(present, all)
        #expect(waitUntil(seconds: 30) { bench.count("notification_failures_total") >= 2 })
        #expect(Set(away.told) == ["a firing"])
        let health = try #require(bench.context?.health)
        #expect(waitUntil(seconds: 10) { health.isReady }, "\(health.reasons)")
        #expect(health.readiness().body.contains("ready; down since"))
        let failed = away.told.count
        away.answer(200)
        #expect(waitUntil(seconds: 60) { away.told.count >= 4 && away.told.last == "b resolved" })
        #expect(away.told.drop { $0 == "a firing" } == ["a resolved", "b firing", "b resolved"])
        #expect(away.told.count >= failed + 3)
        #expect(present.told == all)
        try bench.stop()
    }

    @Test("what was not told before a stop is told after it")
    func stopped() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook(500))
        try bench.start(settings(webhook))
        try bench.send("a", .firing)
        try bench.send("a", .resolved)
        #expect(waitUntil(seconds: 60) { !webhook.told.isEmpty })
        try bench.stop()
        let before = webhook.told.count
        webhook.answer(200)
        try bench.start(settings(webhook))
        #expect(waitUntil(seconds: 60) { webhook.told.count >= before + 2 })
        #expect(webhook.told.suffix(2) == ["a firing", "a resolved"])
        try bench.stop()
    }

    @Test("what was told and not committed is told again: at least once")
    func uncommitted() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook())
        // OffsetCommit (8) answers COORDINATOR_LOAD_IN_PROGRESS.
        bench.broker.failNext(apiKey: 8, with: Array(repeating: 14, count: 10_000))
        try bench.start(settings(webhook))
        try bench.send("a", .firing)
        waitFor(webhook, ["a firing"])
        try bench.stop()
        bench.broker.clearFailures(apiKey: 8)
        try bench.start(settings(webhook))
        waitFor(webhook, ["a firing", "a firing"])
        try bench.send("a", .resolved)
        waitFor(webhook, ["a firing", "a firing", "a resolved"])
        try bench.stop()
    }

    @Test("Kafka away and back: what comes behind it is told, and what was told is not told again")
    func kafkaAway() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook())
        try bench.start(settings(webhook))
        try bench.send("a", .firing)
        waitFor(webhook, ["a firing"])
        #expect(waitUntil(seconds: 10) { bench.count("notifier_lag_records") == 0 })
        try bench.broker.setReachable(false)
        #expect(waitUntil(seconds: 30) { bench.context?.health.isReady == false })
        try bench.broker.setReachable(true)
        try bench.send("a", .resolved)
        waitFor(webhook, ["a firing", "a resolved"])
        #expect(waitUntil(seconds: 30) { bench.context?.health.isReady == true })
        try bench.stop()
    }

    @Test("what a receiver refuses is dropped and counted, and the next goes on")
    func refused() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook(400))
        try bench.start(settings(webhook))
        try bench.send("a", .firing)
        #expect(waitUntil(seconds: 60) { bench.count("notifications_dropped_total", #"reason="refused""#) == 1 })
        webhook.answer(200)
        try bench.send("a", .resolved)
        try bench.send("b", .firing)
        waitFor(webhook, ["a firing", "b firing"])
        #expect(bench.count("notifications_dropped_total", #"reason="untold""#) == 1)
        #expect(bench.lines.withLock { lines in lines.contains { $0.contains("HTTP status 400: no") } })
        try bench.stop()
    }

    @Test("a silence holds back what it matches until it is taken away, and records that are neither are counted")
    func silence() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook())
        try bench.silence(#"alertname="a""#)
        try bench.send(.silences, key: "x", Array("{}".utf8))
        try bench.send(.alerts, key: "x", Array("{}".utf8))
        try bench.start(settings(webhook))
        try bench.send("a", .firing)
        try bench.send("b", .firing)
        waitFor(webhook, ["b firing"])
        #expect(waitUntil(seconds: 10) { bench.count("notifications_silenced_total") == 1 })
        #expect(bench.count("notifications_dropped_total", #"reason="malformed""#) == 1)
        #expect(bench.running?.silences.list?.map(\.id) == ["s"])
        try bench.send(.silences, key: "s", nil)
        waitFor(webhook, ["b firing", "a firing"])
        try bench.stop()
    }

    @Test("what fires is told again in its time, with the same start")
    func repeats() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook())
        var settings = settings(webhook)
        settings.repeatMs = 500
        try bench.start(settings)
        try bench.send("a", .firing)
        #expect(waitUntil(seconds: 60) { webhook.told.count >= 4 })
        try bench.send("a", .resolved)
        #expect(waitUntil(seconds: 30) { webhook.told.last == "a resolved" })
        #expect(Set(webhook.texts.dropLast()) == ["a firing 2025-11-21T12:00:00.000Z"])
        #expect(Set(webhook.server.requests.dropLast().map { $0.headers["idempotency-key"] }).count == 1)
        try bench.stop()
    }

    @Test(
        "what waits for its receiver does not become too old, over restarts too; what came while nobody was there does")
    func stale() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook())
        func pass(ms: Int64) {
            let end = SystemClock().monotonicMs() + ms
            _ = waitUntil(seconds: 10) { SystemClock().monotonicMs() >= end }
        }
        try bench.start(settings(webhook))
        try bench.send("a", .firing)
        waitFor(webhook, ["a firing"])
        webhook.answer(503)
        try bench.send("b", .firing)
        try bench.send("b", .resolved)
        try bench.send("a", .resolved)
        #expect(waitUntil(seconds: 30) { webhook.told.count >= 3 })
        pass(ms: 2_000)
        try bench.stop()
        let tries = webhook.told.count

        try bench.send("c", .firing)
        pass(ms: 2_000)
        webhook.answer(200)
        var settings = settings(webhook)
        settings.staleMs = 1_000
        try bench.start(settings)
        #expect(waitUntil(seconds: 60) { webhook.told.last == "a resolved" })
        try bench.send("d", .firing)
        #expect(waitUntil(seconds: 60) { webhook.told.last == "d firing" })
        #expect(webhook.told.dropFirst(tries) == ["b firing", "b resolved", "a resolved", "d firing"])
        #expect(bench.count("notifications_dropped_total", #"reason="stale""#) == 1)
        try bench.stop()
    }

    @Test("Alertmanager is not told that something fires of which waits that it ended long ago")
    func over() throws {
        let (bench, server) = (try NotifierBench(), try Webhook())
        var settings = NotifierSettings(targets: [.alertmanager(url: server.server.url(""))])
        (settings.resolvedMs, settings.refreshMs) = (1_000, 3_600_000)
        // The names in each post.
        func posts() -> [[String]] {
            server.requests.map { request in
                let all = (try? JSONSerialization.jsonObject(with: Data(request.body))) as? [[String: Any]] ?? []
                return all.map { ($0["labels"] as? [String: String])?["alertname"] ?? "?" }
            }
        }
        try bench.start(settings)
        try bench.send("z", .firing)
        #expect(waitUntil(seconds: 60) { bench.count("notifications_sent_total") == 1 })
        server.answer(503)
        try bench.send("a", .firing)
        #expect(waitUntil(seconds: 60) { posts().contains(["a"]) })
        try bench.send("a", .resolved)
        try bench.send("b", .firing)
        try bench.send("b", .resolved)
        let end = SystemClock().monotonicMs() + 2_500
        _ = waitUntil(seconds: 10) { SystemClock().monotonicMs() >= end }
        try bench.send("c", .firing)
        #expect(waitUntil(seconds: 60) { posts().last == ["c"] }, "\(posts())")
        server.answer(200)
        #expect(waitUntil(seconds: 60) { bench.count("notifications_sent_total") == 2 })
        #expect(!posts().joined().contains("b"), "\(posts())")
        #expect(bench.count("notifications_dropped_total", #"reason="stale""#) == 4)
        try bench.stop()
    }

    @Test("memory is bounded while a receiver is away, and then everything is told in order")
    func many() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook(503))
        for number in 0..<1_000 { try bench.send("r\(number / 2)", number % 2 == 0 ? .firing : .resolved) }
        try bench.start(settings(webhook))
        #expect(waitUntil(seconds: 60) { !webhook.told.isEmpty })
        webhook.answer(200)
        #expect(waitUntil(seconds: 120) { bench.count("notifications_sent_total") >= 1_000 })
        let told = webhook.told.drop { $0 == "r0 firing" }
        #expect(["r0 firing"] + told == (0..<1_000).map { "r\($0 / 2) \($0 % 2 == 0 ? "firing" : "resolved")" })
        try bench.stop()
    }

    @Test("without a group it takes all partitions from their beginning and commits nothing")
    func alone() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook())
        try bench.send("a", .firing)
        for round in 1...2 {
            try bench.start(settings(webhook), membership: .alone)
            waitFor(webhook, Array(repeating: "a firing", count: round))
            try bench.stop()
        }
    }
}
