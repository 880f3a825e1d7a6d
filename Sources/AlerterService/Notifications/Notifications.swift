package import CryptoCore
internal import KafkaClient
package import ServiceKit
package import ServiceRuntime
package import System

/// All notifiers of an alerter, each on a thread of its own, and the reader of silences.
///
/// *Thread*: one calls `start` and `close`; `silences` may be read from any.
package final class Notifications {
    /// The topics that it reads, which must be there before `start`.
    package static let inputs: [Topic] = [.alerts, .silences]
    /// The time in which `close` ends. *Units*: ms.
    private static let closeMs: Int64 = 8_000
    /// How long a test message may take. *Units*: ms.
    private static let testMs: Int64 = 40_000

    private let context: ServiceContext
    private let settings: NotifierSettings
    private let report: ServiceReport
    private let membership: Membership
    private var threads: [Thread] = []
    /// What `crypto.silences` says.
    package let silences = SilenceBoard()

    /// - Parameters:
    ///   - report: is told, in a part for each notifier, of the positions that are done with.
    ///   - membership: whether the partitions are dealt out, or all its own; then nothing is committed, and nothing rebuilt.
    package init(
        _ context: ServiceContext, _ settings: NotifierSettings, report: ServiceReport = ServiceReport(),
        membership: Membership = .group
    ) {
        self.context = context
        self.settings = settings
        self.report = report
        self.membership = membership
    }

    /// Starts all threads. When one cannot go on, stop is requested and `close` throws why.
    package func start() {
        let (context, settings, silences, membership) = (context, settings, silences, membership)
        threads.append(
            Thread(name: "silences", stopping: context.stop) { try SilenceReader(context, silences).run() })
        for (number, target) in settings.targets.enumerated() {
            let part = report.part(named: target.name)
            threads.append(
                Thread(name: "notifier-\(number)", stopping: context.stop) {
                    try Notifier(target, context, settings, silences, (part, membership)).run()
                })
        }
    }

    /// Ends all threads; stop must be requested. What was not delivered is by the next start.
    /// - Throws: why one of them could not go on.
    package func close() throws {
        let late = Thread.joinAll(threads, ms: Notifications.closeMs)
        if !late.isEmpty {
            context.log.warning("notifiers did not end in time", ["threads": late.joined(separator: ",")])
        }
        for thread in threads {
            if case .failed(let error) = thread.join(ms: 0) { throw error }
        }
    }

    // MARK: Test

    /// What `--send-test` does.
    /// - Throws: when nobody is told of alerts.
    package static func testAnswer(_ settings: Settings) throws(UsageError) -> Answer {
        let notifiers = try NotifierSettings(settings)
        guard notifiers.hasTargets else {
            throw UsageError([
                "--send-test: nobody is told of alerts: name --webhook, --alertmanager, --telegram-chat, --exec or --console"
            ])
        }
        return { stop in
            let (lines, isTaken) = sendTest(notifiers, until: stop)
            if !isTaken { throw TestNotTaken(description: lines.joined(separator: "\n")) }
            return lines.joined(separator: "\n") + "\n"
        }
    }

    private struct TestNotTaken: Error, CustomStringConvertible {
        let description: String
    }

    /// Sends a made-up alert, once and without Kafka, to everybody who is told of alerts.
    /// - Returns: a line for each, and whether all of them took it.
    package static func sendTest(_ settings: NotifierSettings, until stop: StopFlag) -> (lines: [String], isTaken: Bool)
    {
        let results = settings.targets.map { target in (target, sendTest(to: target, settings, stop)) }
        let lines = results.map { target, outcome in
            let words =
                switch outcome {
                case .taken: "taken"
                case .failed(let reason, _): "failed: \(reason)"
                case .refused(let reason): "refused: \(reason)"
                }
            return "\(target.name) (\(target.shown)): \(words)"
        }
        return (lines, results.allSatisfy { $0.1 == .taken })
    }

    private static func sendTest(
        to target: NotifierTarget, _ settings: NotifierSettings, _ stop: StopFlag
    ) -> DeliveryOutcome {
        let clock = SystemClock()
        let now = clock.wallMs()
        let receiver = target.receiver(refreshMs: settings.refreshMs)
        receiver.begin([AlertChange(alert: testAlert(at: now), partition: 0, offset: 0, appendMs: now)], at: now)
        let deadlineMs = clock.monotonicMs() + testMs
        while !stop.isRequested, clock.monotonicMs() < deadlineMs {
            if let outcome = receiver.poll(waitMs: 50) { return outcome }
        }
        receiver.cancel()
        return .failed(reason: "stopped before there was an answer", retryAfterMs: nil)
    }

    private static func testAlert(at now: Int64) -> Alert {
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

@available(*, unavailable)
extension Notifications: Sendable {}
