internal import CryptoCore
internal import ServiceKit
package import ServiceRuntime
internal import System

/// The processor: ticks in, windows, trends and indicators out, in Kafka transactions.
///
/// *Thread*: one thread calls `run`; the counters may be read from any.
package struct ProcessorService: Sendable {
    /// What the processor reads and writes.
    package static let topics = WindowStream.topics

    private let context: ServiceContext
    private let configuration: ProcessorConfiguration
    private let report: ServiceReport
    private let stateQuestions: StateQuestions
    private let membership: Membership
    private let onMinutes: (@Sendable () -> Void)?

    /// - Parameters:
    ///   - report: is told of every commit.
    ///   - stateQuestions: what `GET /windows` asks.
    ///   - membership: whether the partitions are dealt out, or all its own.
    ///   - onMinutes: called when the minutes of `--minutes` are final, in place of stopping.
    package init(
        _ context: ServiceContext, _ configuration: ProcessorConfiguration, report: ServiceReport = ServiceReport(),
        stateQuestions: StateQuestions = StateQuestions(), membership: Membership = .group,
        onMinutes: (@Sendable () -> Void)? = nil
    ) {
        self.context = context
        self.configuration = configuration
        self.report = report
        self.stateQuestions = stateQuestions
        self.membership = membership
        self.onMinutes = onMinutes
    }

    /// Runs until stop is requested or `--minutes` are final.
    /// - Throws: when the process must be restarted: a fatal Kafka error, for one.
    package func run() throws {
        let stream = WindowStream(context, configuration, stateQuestions, onMinutes: onMinutes)
        try StreamProcessor(
            context, stream, instance: configuration.instance, report: report, membership: membership
        ).run()
    }
}
