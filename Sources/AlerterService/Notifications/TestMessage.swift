internal import CryptoCore
package import ServiceKit
internal import System

/// A made-up alert, sent once and without Kafka to everybody who is told of alerts.
package enum TestMessage {
    /// What came of it with one of them.
    struct Result: Sendable {
        let target: NotifierTarget
        let outcome: DeliveryOutcome

        /// `taken`, or why not.
        var words: String {
            switch outcome {
            case .taken: "taken"
            case .failed(let reason, _): "failed: \(reason)"
            case .refused(let reason): "refused: \(reason)"
            }
        }
    }

    /// How long all of it may take: longer than a command may run. *Units*: ms.
    static let limitMs: Int64 = 35_000
    /// Why there is nothing to send.
    static let nobody =
        "nobody is told of alerts: name --webhook, --alertmanager, --telegram-chat, --exec or --console"

    /// What `--send-test` does.
    /// - Throws: when nobody is told of alerts.
    package static func answer(_ settings: Settings) throws(UsageError) -> Answer {
        let notifiers = try NotifierSettings(settings)
        guard notifiers.hasTargets else { throw UsageError("--send-test: \(nobody)") }
        return { stop in
            let results = send(notifiers, until: stop)
            let text = results.map { "\($0.target.name) (\($0.target.shown)): \($0.words)" }.joined(separator: "\n")
            guard results.allSatisfy({ $0.outcome == .taken }) else { throw NotTaken(description: text) }
            return text + "\n"
        }
    }

    private struct NotTaken: Error, CustomStringConvertible {
        let description: String
    }

    /// Sends it to all of them side by side, and waits for what comes of it.
    static func send(_ settings: NotifierSettings, until stop: StopFlag) -> [Result] {
        let clock = SystemClock()
        let now = clock.wallMs()
        let change = AlertChange(alert: alert(at: now), partition: 0, offset: 0, appendMs: now)
        let receivers = settings.targets.map { $0.receiver(refreshMs: settings.refreshMs) }
        for receiver in receivers { receiver.begin([change], at: now) }
        var outcomes = [DeliveryOutcome?](repeating: nil, count: receivers.count)
        let deadlineMs = clock.monotonicMs() + limitMs
        while outcomes.contains(nil), !stop.isRequested, clock.monotonicMs() < deadlineMs {
            for (index, receiver) in receivers.enumerated() where outcomes[index] == nil {
                outcomes[index] = receiver.poll(waitMs: 20)
            }
        }
        for (index, receiver) in receivers.enumerated() where outcomes[index] == nil { receiver.cancel() }
        return zip(settings.targets, outcomes).map { target, outcome in
            let late = DeliveryOutcome.failed(reason: "stopped before there was an answer", retryAfterMs: nil)
            return Result(target: target, outcome: outcome ?? late)
        }
    }

    private static func alert(at now: Int64) -> Alert {
        var alert = Alert()
        alert.rule = "TestAlert"
        alert.series = Series(source: "test", symbol: "TEST-USD")
        (alert.asOf, alert.since) = (now, now)
        alert.labels = ["severity": "test"]
        alert.severity = "test"
        alert.summary = "This is a test: whoever reads it is told of alerts."
        var hash = FNV1a()
        hash.add("TestAlert".utf8)
        alert.fingerprint = Alert.text(fingerprint: hash.value)
        return alert
    }
}
