import CryptoCore
import Foundation
import System
import TestSupport
import TestTraits
import Testing

@testable import AlerterService

@Suite(
    "Alertmanager itself", .waiting,
    .enabled(if: Alertmanager.isPresent, "there is no prometheus-alertmanager: apt-get it"))
struct AlertmanagerTests {
    private let since = SystemClock().wallMs() / 1000 * 1000 - 5_000

    @Test("it hears at once what fires and what is resolved, keeps the start, and tells its own receivers")
    func lifeOfAnAlert() throws {
        let (bench, server) = (try NotifierBench(), try Alertmanager())
        var settings = NotifierSettings(targets: [.alertmanager(url: "http://127.0.0.1:\(server.port)")])
        settings.refreshMs = 1_000
        try bench.start(settings)
        try bench.send("a", .firing, since: since)
        #expect(waitUntil(seconds: 60) { server.webhook.told == ["a firing"] })
        #expect(server.firing == ["a \(UTCTime.text(ms: since))"])
        #expect(waitUntil(seconds: 30) { bench.count("notifications_sent_total") >= 5 }, "it is posted anew")
        try bench.send("a", .resolved, since: since)
        #expect(waitUntil(seconds: 60) { server.webhook.told == ["a firing", "a resolved"] })
        #expect(server.firing == [])
        let starts = server.webhook.texts.compactMap {
            $0.split(separator: " ").last.flatMap { UTCTime.ms(String($0)) }
        }
        #expect(starts == [since, since])
        try bench.stop()
    }

    @Test("after a restart of either side it has what fires, and an alerter that is gone lets it end")
    func restarts() throws {
        let (bench, server) = (try NotifierBench(), try Alertmanager())
        var settings = NotifierSettings(targets: [.alertmanager(url: "http://127.0.0.1:\(server.port)")])
        settings.refreshMs = 1_000
        try bench.start(settings)
        try bench.send("a", .firing, since: since)
        #expect(waitUntil(seconds: 60) { !server.firing.isEmpty })
        let firing = server.firing

        try server.kill()
        try server.start()
        #expect(waitUntil(seconds: 30) { server.firing == firing }, "its next post has it")

        try bench.stop()
        #expect(waitUntil(seconds: 30) { server.firing == [] }, "three posts ahead was its end")
        try bench.start(settings)
        #expect(waitUntil(seconds: 60) { server.firing == firing })
        try bench.stop()
    }
}
