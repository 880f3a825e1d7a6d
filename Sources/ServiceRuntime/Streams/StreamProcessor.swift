internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// Runs a stream service exactly once: reads, lets its cores compute, writes records, changed state and input offsets in one Kafka
/// transaction, and restores the state of the partitions that the group gives it.
///
/// Killed anywhere, it goes on from the last commit, and readers with `isolation.level=read_committed` see each record once.
/// *Thread*: one thread calls `run`.
package struct StreamProcessor<Service: StreamService> {
    private let context: ServiceContext
    private let service: Service
    private let report: ServiceReport
    private let membership: Membership
    private let instance: String?
    /// What ends the process when the loop stands still for good.
    var limits = LoopWatch.Limits()

    /// - Parameters:
    ///   - instance: makes it a static member of the group, which keeps its place over a restart.
    ///   - report: is told of every commit.
    ///   - membership: whether the partitions are dealt out, or all its own.
    package init(
        _ context: ServiceContext, _ service: Service, instance: String?, report: ServiceReport = ServiceReport(),
        membership: Membership = .group
    ) {
        self.context = context
        self.service = service
        self.report = report
        self.membership = membership
        self.instance = instance
    }

    /// Runs until stop is requested or the service is done.
    /// - Throws: when the process must be restarted: a fatal Kafka error, for one.
    package func run() throws {
        context.notReady("state", because: "not restored yet")
        // Who is alone on the broker inside makes no transactions, and no call of its waits for a coordinator.
        let watch = membership == .group ? LoopWatch(context, limits) : nil
        defer { watch?.end() }
        while !context.stop.isRequested {
            do {
                // Each time: who mends the state may have deleted its topic.
                guard let partitions = try context.ensureTopics(service.topics.all) else { return }
                var session = try StreamSession(context, service, report, membership, instance: instance)
                try session.run(partitions: partitions)
                return
            } catch let error where Mending<Service>.isNeeded(after: error) {
                Mending(context: context, service: service).wait(after: error)
            }
        }
    }
}
