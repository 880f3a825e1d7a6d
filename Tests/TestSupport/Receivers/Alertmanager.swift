internal import Foundation

/// Debian's `prometheus-alertmanager`, which tells a webhook of what it is told.
public final class Alertmanager {
    /// Whether it is installed.
    public static var isPresent: Bool {
        (try? ChildProcess.run("prometheus-alertmanager", ["--version"])) != nil
    }

    public let webhook: Webhook
    private let folder: URL
    private var child: ChildProcess?
    public private(set) var port = 0

    public init() throws {
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

    /// Its address, as `--alertmanager` has it.
    public var url: String { "http://127.0.0.1:\(port)" }

    /// Starts it, with nothing that it remembers of alerts; again on the port that it had.
    public func start() throws {
        try? FileManager.default.removeItem(at: folder.appendingPathComponent("data"))
        let child = try ChildProcess(
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

    public func kill() throws {
        child?.signal(SIGKILL)
        _ = try child?.wait(seconds: 10)
    }

    /// Holds it still: connections stand, nothing answers.
    public func hold() { child?.signal(SIGSTOP) }
    public func resume() { child?.signal(SIGCONT) }

    /// `<rule> <startsAt>` of what it takes for firing.
    public var firing: [String] { alerts.map { "\($0.labels["alertname"] ?? "?") \($0.startsAt)" } }

    /// The markets of what it takes for firing.
    public var firingSymbols: [String] { alerts.map { $0.labels["symbol"] ?? "?" }.sorted() }

    private var alerts: [(labels: [String: String], startsAt: String)] {
        let body = LoopbackHTTP.request("GET", "/api/v2/alerts?active=true", port: UInt16(port)) ?? "[]"
        let all = (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [[String: Any]] ?? []
        return all.map { ($0["labels"] as? [String: String] ?? [:], $0["startsAt"] as? String ?? "?") }
    }
}
