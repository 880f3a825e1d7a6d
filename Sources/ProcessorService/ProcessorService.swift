package import CryptoCore
internal import KafkaClient
internal import ServiceKit
package import ServiceRuntime
internal import System

/// The processor: ticks in, windows and trends out, in Kafka transactions.
///
/// *Thread*: one thread calls `run`; the counters may be read from any.
package struct ProcessorService: Sendable {
    private let context: ServiceContext
    private let configuration: ProcessorConfiguration
    private let report: ServiceReport
    private let openWindows: OpenWindows
    private let membership: Membership
    private let onMinutes: (@Sendable () -> Void)?

    /// Topics that the processor reads and writes.
    package static let topics: [Topic] = [
        .ticks, .tumbling, .sliding, .live, .trends, .late, .deadLetter, .state,
    ]

    /// - Parameters:
    ///   - report: is told of every commit.
    ///   - openWindows: what `GET /windows` asks.
    ///   - membership: whether the partitions are dealt out, or all its own.
    ///   - onMinutes: called when the minutes of `--minutes` are final, in place of stopping.
    package init(
        _ context: ServiceContext, _ configuration: ProcessorConfiguration, report: ServiceReport = ServiceReport(),
        openWindows: OpenWindows = OpenWindows(), membership: Membership = .group,
        onMinutes: (@Sendable () -> Void)? = nil
    ) {
        self.context = context
        self.configuration = configuration
        self.report = report
        self.openWindows = openWindows
        self.membership = membership
        self.onMinutes = onMinutes
    }

    /// Runs until stop is requested or `--minutes` are final.
    /// - Throws: when the process must be restarted: a fatal Kafka error, for one.
    package func run() throws {
        context.notReady("state", because: "not restored yet")
        while !context.stop.isRequested {
            do {
                // Each time: who mends the state may have deleted its topic.
                guard let partitions = try context.ensureTopics(ProcessorService.topics) else { return }
                var session = try ProcessorSession(
                    context, configuration, report, openWindows, membership, onMinutes)
                try session.run(partitions: partitions)
                return
            } catch let error where Mending.isNeeded(after: error) {
                Mending(context: context, configuration: configuration.windows).wait(after: error)
            }
        }
    }
}
