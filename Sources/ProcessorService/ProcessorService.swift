package import CryptoCore
internal import KafkaClient
internal import ServiceKit
package import ServiceRuntime

/// The processor: ticks in, windows and trends out, in Kafka transactions.
///
/// *Thread*: one thread calls `run`; the counters may be read from any.
package struct ProcessorService: Sendable {
    private let context: ServiceContext
    private let configuration: WindowConfiguration
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
        _ context: ServiceContext, report: ServiceReport = ServiceReport(), openWindows: OpenWindows = OpenWindows(),
        membership: Membership = .group, onMinutes: (@Sendable () -> Void)? = nil
    ) {
        self.context = context
        self.report = report
        self.openWindows = openWindows
        self.membership = membership
        self.onMinutes = onMinutes
        configuration = ProcessorCommand.windows(context.settings)
    }

    /// Runs until stop is requested or `--minutes` are final.
    /// - Throws: when the process must be restarted: a fatal Kafka error, topics that do not fit.
    package func run() throws {
        context.notReady("state", because: "not restored yet")
        while !context.stop.isRequested {
            // Each time: who mends the state may have deleted its topic.
            guard let partitions = try context.ensureTopics(ProcessorService.topics) else { return }
            do {
                var session = try ProcessorSession(
                    context, configuration, report, openWindows, membership, onMinutes)
                try session.run(partitions: partitions)
                return
            } catch let problem as StateProblem {
                context.notReady("state", because: problem.description)
                context.log.error("the state cannot be used", ["problem": problem.description])
                waitUntilMended(problem)
            }
        }
    }

    /// Looks every five seconds whether the state and the offsets fit again, from outside the group, which has to stay
    /// without members until somebody has mended it.
    private func waitUntilMended(_ problem: StateProblem) {
        let restorer = StateRestorer(context: context, configuration: configuration)
        while !context.stop.wait(ms: 5_000) {
            do {
                let observer = try KafkaConsumer(context.kafka, group: context.group, onLog: context.kafkaLog)
                _ = try restorer.restore([problem.partition], committedIn: observer)
                return
            } catch let problem as StateProblem {
                context.notReady("state", because: problem.description)
            } catch KafkaError.retriable {
                continue
            } catch {
                return  // no such topic, for one: the next life says what is wrong
            }
        }
    }
}
