internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// All notifiers of an alerter, each on a thread of its own, and those that read and write silences.
///
/// *Thread*: one calls `start` and `close`.
final class Notifications {
    /// The topics that it reads, which must be there before `start`.
    static let inputs: [Topic] = [.alerts, .silences]
    /// The time in which `close` ends. *Units*: ms.
    private static let closeMs: Int64 = 8_000

    /// Theirs: alone they go on until `close`, as nobody tells later of what is on the topic by then.
    private let context: ServiceContext
    private let stop: StopFlag
    private let settings: NotifierSettings
    private let report: ServiceReport
    private let membership: Membership
    private var threads: [Thread] = []
    /// Who makes silences, and has read them.
    let desk: SilenceDesk

    /// - Parameters:
    ///   - report: is told, in a part for each notifier, of the positions that are done with.
    ///   - membership: whether the partitions are dealt out, or all its own; then nothing is committed, and nothing rebuilt.
    init(
        _ context: ServiceContext, _ settings: NotifierSettings, desk: SilenceDesk = SilenceDesk(SilenceBoard()),
        report: ServiceReport = ServiceReport(), membership: Membership = .group
    ) {
        stop = context.stop
        self.context = membership == .group ? context : context.ending(by: StopFlag())
        self.settings = settings
        self.desk = desk
        self.report = report
        self.membership = membership
    }

    /// Starts all threads. When one cannot go on, stop is requested and `close` throws why.
    func start() {
        let (context, settings, desk, membership) = (context, settings, desk, membership)
        threads = [
            Thread(name: "silences", stopping: stop) { try SilenceReader(context, desk.board).run() },
            Thread(name: "silence-desk", stopping: stop) { desk.run(context) },
        ]
        for (number, target) in settings.targets.enumerated() {
            let part = report.part(named: target.name)
            threads.append(
                Thread(name: "notifier-\(number)", stopping: stop) {
                    try Notifier(target, context, settings, desk.board, (part, membership)).run()
                })
        }
    }

    /// Ends all threads; stop must be requested. What was not delivered is by the next start.
    /// - Throws: why one of them could not go on.
    func close() throws {
        context.stop.request()
        let late = Thread.joinAll(threads, ms: Notifications.closeMs)
        if !late.isEmpty {
            context.log.warning("notifiers did not end in time", ["threads": late.joined(separator: ",")])
        }
        for thread in threads {
            if case .failed(let error) = thread.join(ms: 0) { throw error }
        }
    }
}

@available(*, unavailable)
extension Notifications: Sendable {}
