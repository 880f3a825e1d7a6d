package import CryptoCore
internal import Feeds
internal import KafkaClient
internal import NetClient
internal import ServiceKit
package import ServiceRuntime
internal import System

/// The producer: sources in, ticks on Kafka out, a thread for each connection.
///
/// *Thread*: one thread calls `run`; the counts may be read from any.
package struct ProducerService: Sendable {
    /// Topics that the producer writes.
    package static let topics: [Topic] = [.ticks]

    /// Feeds may take so long to end after a stop request, all together. *Units*: ms.
    private static let endMs: Int64 = 9_500

    private let context: ServiceContext
    private let report: ServiceReport
    private let configuration: ProducerConfiguration
    private let pace: Pace?
    private let plan: ProducerPlan
    private let statuses: [(status: FeedStatus, source: ProducerPlan.Source)]

    /// - Parameters:
    ///   - report: is told how many `ticks` Kafka acknowledged, and how many it `refused`.
    ///   - sampleLaps: how many laps of `--sample` are history.
    ///   - pace: holds back sources that can wait, replay and synthetic; nil: as fast as Kafka takes them.
    package init(
        _ context: ServiceContext, _ configuration: ProducerConfiguration, report: ServiceReport = ServiceReport(),
        sampleLaps: Int = 1, pace: Pace? = nil
    ) {
        self.context = context
        self.configuration = configuration
        self.report = report
        self.pace = pace
        plan = ProducerPlan(configuration, sampleLaps: sampleLaps)
        statuses = plan.sources.flatMap { name, source in
            source.connections.enumerated().map { (FeedStatus(name, connection: $0), $1) }
        }
    }

    /// Runs until stop is requested or every source is at its end.
    /// - Throws: when the process must be restarted, or ticks could not be delivered in time.
    package func run() throws {
        for word in plan.unknownCoins {
            context.log.warning("an unknown coin is its own ticker", ["symbol": word])
        }
        for (source, endpoint) in configuration.endpoints {
            context.log.info(
                "connects elsewhere than to the venue",
                ["source": source.rawValue, "websocket": endpoint.streamAddress, "http": endpoint.httpAddress])
        }
        for (name, _) in plan.sources where name.isLive {
            context.notReady(name.rawValue, because: "not connected yet")
        }
        context.notReady("kafka", because: "no answer yet")
        try checkSymbols()
        guard let partitions = try context.ensureTopics(ProducerService.topics) else { return }
        let last = try lastTicks(partitions)
        let shared = try FeedResources(
            configuration, series: statuses.reduce(0) { $0 + $1.source.liveSeries.count })
        var recording = RecordingWatch(shared.recorder, context)
        let threads = statuses.enumerated().map { index, entry in
            Thread(name: "feed-\(index)", stopping: context.stop) {
                try self.runFeed(entry.status, entry.source, partitions, last, shared)
            }
        }
        watch(threads, &recording)
        defer { recording.close() }
        let endMs = SystemClock().monotonicMs() + ProducerService.endMs
        for thread in threads {
            if case .failed(let error) = thread.join(ms: max(0, endMs - SystemClock().monotonicMs())) { throw error }
        }
        summarize()
        try checkEnds(threads)
    }

    /// A feed that still runs has ticks that nobody will deliver.
    /// - Throws: `UndeliveredTicks`.
    private func checkEnds(_ threads: [Thread]) throws(UndeliveredTicks) {
        let running = zip(threads, statuses).filter { $0.0.isRunning }.map { $1.status }
        guard !running.isEmpty else { return }
        context.log.error(
            "feeds do not end", ["sources": running.map(\.name).joined(separator: " "), "ms": ProducerService.endMs])
        throw UndeliveredTicks(count: running.reduce(0) { $0 + $1.snapshot.undelivered })
    }

    // MARK: Parts

    /// - Throws: `UsageError` with a line for each symbol that its venue lacks.
    private func checkSymbols() throws(UsageError) {
        let wanted = plan.sources.compactMap { name, source in
            var wanted = source.wanted(of: name)
            // Its list is long and counts against the few requests that it allows: only what we do not know is looked up.
            if name == .coingecko { wanted?.names.removeAll { !plan.unknownCoins.contains($0) } }
            return wanted
        }
        let problems = SymbolCheck.problems(wanted, log: context.log, until: context.stop)
        if !problems.isEmpty { throw UsageError(problems) }
    }

    /// Only live sources mark what they missed: a recording is taken as it is.
    private func lastTicks(_ partitions: Int) throws -> [Series: LastTick] {
        let series = statuses.flatMap { $0.source.liveSeries }
        guard !series.isEmpty else { return [:] }
        return try TickTail(context).lastTicks(of: series, partitions: partitions)
    }

    private func runFeed(
        _ status: FeedStatus, _ source: ProducerPlan.Source, _ partitions: Int, _ last: [Series: LastTick],
        _ shared: FeedResources
    ) throws {
        let sender = try TickSender(
            context, partitions: partitions, whenFull: status.source.isLive ? .spool(shared.quota) : .wait,
            oneOf: statuses.count, pace: pace)
        var loop = FeedLoop(context, status, sender, report: report)
        try FeedRun(clock: SystemClock(), shared: shared, name: status.name, last: last).run(source, &loop)
    }

    private func watch(_ threads: [Thread], _ recording: inout RecordingWatch) {
        var progress = ProgressView(context.log)
        while threads.contains(where: \.isRunning), !context.stop.isRequested {
            _ = context.stop.wait(ms: 100)
            progress.update(statuses.map(\.status))
            recording.update()
        }
        progress.finish()
    }

    private func summarize() {
        for (status, _) in statuses {
            let now = status.snapshot
            context.log.info(
                "done",
                [
                    "source": status.name, "ticks": now.ticks, "delivered": now.delivered, "gaps": now.gaps,
                    "duplicates": now.duplicates, "unreadable": now.badFrames, "lost": now.lost,
                ])
        }
    }
}
