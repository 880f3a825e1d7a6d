internal import CryptoCore
internal import ServiceKit
package import ServiceRuntime
internal import System

/// The alerter: records of all topics in, alerts out, in Kafka transactions; and from there to whoever is told of them.
///
/// *Thread*: one thread calls `run`; the board may be read from any.
package struct AlerterService: Sendable {
    /// What an alerter reads and writes.
    package static func topics(_ configuration: AlerterConfiguration) -> StreamTopics {
        AlertStream.topics(configuration.rules)
    }

    private let context: ServiceContext
    private let configuration: AlerterConfiguration
    private let report: ServiceReport
    private let board: AlertBoard
    private let membership: Membership

    /// - Parameters:
    ///   - report: is told of every commit.
    ///   - board: what `GET /alerts` shows.
    ///   - membership: whether the partitions are dealt out, or all its own.
    package init(
        _ context: ServiceContext, _ configuration: AlerterConfiguration, report: ServiceReport = ServiceReport(),
        board: AlertBoard = AlertBoard(), membership: Membership = .group
    ) {
        self.context = context
        self.configuration = configuration
        self.report = report
        self.board = board
        self.membership = membership
    }

    /// Runs until stop is requested.
    /// - Throws: when the process must be restarted: a fatal Kafka error, for one.
    package func run() throws {
        guard configuration.notifiers.hasTargets else { return try look() }
        guard try context.ensureTopics(Notifications.inputs, sameCounts: false) != nil else { return }
        let notifications = Notifications(context, configuration.notifiers, membership: membership)
        notifications.start()
        do {
            try look()
        } catch {
            context.stop.request()
            try? notifications.close()
            throw error
        }
        try notifications.close()
    }

    private func look() throws {
        try StreamProcessor(
            context, AlertStream(context, configuration, board), instance: configuration.instance, report: report,
            membership: membership
        ).run()
    }
}
