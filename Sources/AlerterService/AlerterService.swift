internal import CryptoCore
internal import ServiceKit
package import ServiceRuntime
internal import System

/// The alerter: records of all topics in, alerts out, in Kafka transactions; and from there to whoever is told of them.
///
/// *Thread*: one thread calls `run`; what it shows may be read from any.
package struct AlerterService: Sendable {
    /// What an alerter reads and writes.
    package static func topics(_ configuration: AlerterConfiguration) -> StreamTopics {
        AlertStream.topics(configuration.rules)
    }

    private let context: ServiceContext
    private let configuration: AlerterConfiguration
    private let report: ServiceReport
    private let http: AlerterHTTP
    private let membership: Membership

    /// - Parameters:
    ///   - report: is told of every commit.
    ///   - http: what it answers over HTTP, and is asked for.
    ///   - membership: whether the partitions are dealt out, or all its own.
    package init(
        _ context: ServiceContext, _ configuration: AlerterConfiguration, report: ServiceReport = ServiceReport(),
        http: AlerterHTTP? = nil, membership: Membership = .group
    ) {
        self.context = context
        self.configuration = configuration
        self.report = report
        self.http = http ?? AlerterHTTP(configuration.notifiers, rules: configuration.rules)
        self.membership = membership
    }

    /// Runs until stop is requested.
    /// - Throws: when the process must be restarted: a fatal Kafka error, for one.
    package func run() throws {
        // Else it would be ready between its topics and its place in the group, and what came meanwhile lies before its beginning.
        context.notReady("state", because: "not restored yet")
        guard let partitions = try context.ensureTopics(Notifications.inputs, sameCounts: false) else { return }
        let notifications = Notifications(
            context, configuration.notifiers, desk: http.desk, membership: membership)
        notifications.start()
        do {
            try look(partitions)
        } catch {
            context.stop.request()
            try? notifications.close()
            throw error
        }
        try notifications.close()
    }

    private func look(_ partitions: Int) throws {
        try StreamProcessor(
            context, AlertStream(context, configuration, http.alerts, partitions: partitions),
            instance: configuration.instance, report: report,
            membership: membership
        ).run()
    }
}
