import CryptoCore
import Foundation
import System
import TestSupport
import TestTraits
import Testing

@testable import AlerterService

/// Debian's `prometheus-alertmanager`, which tells a webhook of what it is told.
private final class Alertmanager {
    static var isPresent: Bool { (try? ChildProcess.run("prometheus-alertmanager", ["--version"])) != nil }

    let webhook: Webhook
    private let folder: URL
    private var child: TestSupport.ChildProcess?
    private(set) var port = 0

    init() throws {
        webhook = try Webhook()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("alertmanager-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let route = "route: {receiver: w, group_by: ['...'], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}"
        let text = "\(route)\nreceivers: [{name: w, webhook_configs: [{url: '\(webhook.url)'}]}]\n"
        try text.write(to: folder.appendingPathComponent("alertmanager.yml"), atomically: true, encoding: .utf8)
        try start()
    }

    deinit {
        child?.signal(SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    /// Starts it, with nothing that it remembers of alerts; again on the port that it had.
    func start() throws {
        try? FileManager.default.removeItem(at: folder.appendingPathComponent("data"))
        let child = try TestSupport.ChildProcess(
            "prometheus-alertmanager",
            [
                "--config.file=\(folder.path)/alertmanager.yml", "--storage.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--cluster.listen-address=",
            ])
        self.child = child
        guard waitUntil(seconds: 30, { child.errorsSoFar.contains("Listening on") }),
            let found = child.errorsSoFar.firstMatch(of: /address=127\.0\.0\.1:(\d+)/)
        else { throw Failure("Alertmanager does not listen: \(child.errorsSoFar.suffix(500))") }
        port = Int(found.1) ?? 0
    }

    func kill() throws {
        child?.signal(SIGKILL)
        _ = try child?.wait(seconds: 10)
    }

    /// `<rule> <startsAt>` of what it takes for firing.
    var firing: [String] {
        let body = LoopbackHTTP.request("GET", "/api/v2/alerts?active=true", port: UInt16(port)) ?? "[]"
        let all = (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [[String: Any]] ?? []
        return all.map { "\(($0["labels"] as? [String: String])?["alertname"] ?? "?") \($0["startsAt"] ?? "?")" }
    }
}

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
