import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

/// What goes wrong while alerts begin and end.
enum NotificationFault: CaseIterable {
    /// The alerter is ended by SIGKILL, and started again.
    case alerterKilled
    /// Nobody listens at the webhook, and Alertmanager answers nothing, for a minute.
    case receiversAway
    /// Nobody listens at Kafka, for a minute.
    case kafkaAway
}

@Suite(
    "Notifications of the alerter, on real servers", .waiting,
    .enabled(if: Servers.hasOwnKafka && Alertmanager.isPresent))
struct NotificationTests {
    private static let minute = 60.0

    @Test(
        "each change is told over a fault, in its order, with one fingerprint and one start; what fires is told again",
        arguments: NotificationFault.allCases)
    func faults(_ fault: NotificationFault) throws {
        let stage = try NotificationStage()
        defer { stage.end() }
        try stage.set("A-USD", firing: true)
        try stage.awaitTold(["A-USD firing"])
        #expect(waitUntil(seconds: 60) { stage.alertmanager.firingSymbols == ["A-USD"] })

        try stage.begin(fault)
        try stage.set("A-USD", firing: false)
        try stage.set("B-USD", firing: true)
        try stage.set("B-USD", firing: false)
        try stage.set("C-USD", firing: true)
        if fault != .alerterKilled { _ = waitUntil(seconds: Self.minute) { false } }
        let told = stage.webhook.notifications.count
        #expect(stage.webhook.notifications.compactMap { $0 }.allSatisfy { $0.symbol == "A-USD" })
        try stage.mend(fault)
        try stage.awaitTold(["A-USD resolved", "B-USD firing", "B-USD resolved", "C-USD firing"])
        // A post that it was sent before may come to it behind a newer one; the next minute's mends that.
        #expect(waitUntil(seconds: 90) { stage.alertmanager.firingSymbols == ["C-USD"] })
        #expect(stage.webhook.notifications.count > told)

        let repeats = { stage.webhook.notifications.count { $0?.symbol == "C-USD" && $0?.status == "firing" } }
        let before = repeats()
        #expect(waitUntil(seconds: 60) { repeats() > before }, "what fires is told again")
        try stage.set("C-USD", firing: false)
        try stage.awaitTold(["C-USD resolved"])
        let wanted: Set = ["A-USD firing", "A-USD resolved", "C-USD firing", "C-USD resolved"]
        // It tells its own receiver a second later.
        #expect(waitUntil(seconds: 90) { wanted.isSubset(of: heard(stage.alertmanager.webhook)) })
        #expect(stage.alertmanager.firingSymbols == [])
        try stage.stop()
        expectLaws(stage.webhook.notifications, of: "the webhook")
        expectLaws(stage.alertmanager.webhook.notifications, of: "Alertmanager's webhook")
    }

    /// `<symbol> <status>` of all that a webhook was told.
    private func heard(_ webhook: Webhook) -> Set<String> {
        Set(webhook.notifications.compactMap { $0.map { "\($0.symbol) \($0.status)" } })
    }

    /// Each alert has one fingerprint and one start, a key for each of its changes, and ends once it has begun.
    private func expectLaws(_ all: [Webhook.Notification?], of name: Comment) {
        #expect(all.allSatisfy { $0 != nil }, name)
        for (symbol, told) in Dictionary(grouping: all.compactMap { $0 }, by: \.symbol) {
            let comment: Comment = "\(name): \(symbol) \(told)"
            #expect(Set(told.map(\.fingerprint)).count == 1 && Set(told.map(\.startsAt)).count == 1, comment)
            #expect(Set(told.map { "\($0.status) \($0.key)" }).count == Set(told.map(\.status)).count, comment)
            let order = told.drop { $0.status == "firing" }
            #expect(told.first?.status == "firing" && order.allSatisfy { $0.status == "resolved" }, comment)
        }
    }
}

/// A Kafka behind a proxy, an alerter that sees one price, and its two receivers.
private final class NotificationStage {
    private static let rules = """
        {"groups": [{"name": "test", "rules": [{"alert": "High", "expr": "tick.price > 100",
         "labels": {"severity": "page"}, "annotations": {"summary": "{{ $labels.symbol }} at {{ $value }}"}}]}]}
        """

    let webhook: Webhook
    let alertmanager: Alertmanager
    private let folder: URL
    private let kafka: OwnKafka
    /// Through the proxy.
    private let line: Line
    /// Past it.
    private let market: Line
    private var alerter: ChildProcess
    private var number: Int64 = 0
    private let start = Int64(Date().timeIntervalSince1970 * 1000)

    init() throws {
        webhook = try Webhook()
        alertmanager = try Alertmanager()
        folder = try Servers.freshFolder()
        kafka = OwnKafka(in: folder)
        try kafka.start()
        line = try Line(kafka.proxied)
        market = Line(line, by: kafka.bootstrap)
        try Data(NotificationStage.rules.utf8).write(to: line.folder.appendingPathComponent("rules.json"))
        alerter = try NotificationStage.launch(line, webhook, alertmanager)
    }

    private static func launch(_ line: Line, _ webhook: Webhook, _ alertmanager: Alertmanager) throws -> ChildProcess {
        try line.start(
            "alerter",
            [
                "--rules", "rules.json", "--from", "beginning", "--instance", "one", "--repeat", "10s",
                "--webhook", webhook.url, "--alertmanager", alertmanager.url,
            ])
    }

    /// Lets a market trade above the line, or below it.
    func set(_ symbol: String, firing: Bool) throws {
        number += 1
        let time = start + number
        try market.send([
            Tick(
                series: Series(source: "test", symbol: symbol),
                kind: .trade(Tick.Trade(tradeID: "\(number)", price: firing ? 101 : 99, quantity: 1, side: .buy)),
                eventTime: time, ingestTime: time)
        ])
    }

    /// Waits until the webhook was told of all these, whatever else it was told.
    func awaitTold(_ wanted: Set<String>) throws {
        let isTold = waitUntil(seconds: 120) {
            wanted.isSubset(of: webhook.notifications.compactMap { $0.map { "\($0.symbol) \($0.status)" } })
        }
        try #require(isTold, "\(webhook.notifications)\n\(alerter.errorsSoFar.suffix(3000))")
    }

    func begin(_ fault: NotificationFault) throws {
        switch fault {
        case .alerterKilled:
            alerter.signal(SIGKILL)
            #expect(try alerter.wait(seconds: 10).status == SIGKILL)
        case .receiversAway:
            webhook.leave()
            alertmanager.hold()
        case .kafkaAway: try kafka.damage(.refuse)
        }
    }

    func mend(_ fault: NotificationFault) throws {
        switch fault {
        case .alerterKilled: alerter = try NotificationStage.launch(line, webhook, alertmanager)
        case .receiversAway:
            try webhook.comeBack()
            alertmanager.resume()
        case .kafkaAway: try kafka.heal()
        }
    }

    /// Ends the alerter in order.
    func stop() throws {
        alerter.signal(SIGTERM)
        let end = try alerter.wait(seconds: 15)
        #expect(end.status == 0, "\(end.errors.suffix(2000))")
    }

    func end() {
        alerter.signal(SIGKILL)
        kafka.end()
        line.remove()
        Servers.remove(folder)
    }
}
