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

    /// One connection's part of a source.
    private typealias Feed = (status: FeedStatus, source: ProducerPlan.Source)

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
    }

    /// Runs until stop is requested or every source is at its end.
    /// - Throws: when the process must be restarted, or ticks could not be delivered in time.
    package func run() throws {
        if plan.sources.contains(where: { $0.name.venue?.markets.areCoins == true }) {
            for word in plan.unknownCoins {
                context.log.warning("an unknown coin is its own ticker", ["symbol": word])
            }
        }
        for (source, endpoint) in configuration.endpoints {
            context.log.info(
                "connects elsewhere than to the venue",
                ["source": source.rawValue, "websocket": endpoint.streamAddress, "rest": endpoint.httpAddress])
        }
        for (name, _) in plan.sources where name.isLive {
            context.notReady(name.rawValue, because: "not connected yet")
        }
        context.notReady("kafka", because: "no answer yet")
        let feeds = try findFeeds()
        for feed in feeds where feed.status.source.isLive {
            context.notReady(feed.status.name, because: "not connected yet")
        }
        guard let partitions = try context.ensureTopics(ProducerService.topics) else { return }
        let last = try lastTicks(feeds.flatMap(\.source.liveSeries), partitions)
        let shared = try FeedResources(
            configuration, series: feeds.reduce(0) { $0 + $1.source.liveSeries.count }, coins: plan.coins)
        var recording = RecordingWatch(shared.recorder, context)
        let threads = feeds.enumerated().map { index, feed in
            Thread(name: "feed-\(index)", stopping: context.stop) {
                let sender = try TickSender(
                    context, partitions: partitions,
                    whenFull: feed.status.source.isLive ? .buffer(shared.quota) : .wait,
                    oneOf: feeds.count, pace: pace)
                try self.run(feed, sender, last, shared)
            }
        }
        let statuses = feeds.map(\.status)
        watch(threads, statuses, &recording)
        defer { recording.close() }
        try waitForEnd(threads, statuses)
    }

    /// - Throws: why a feed has failed; else `UndeliveredTicks` with what all of them leave behind. A feed that still runs has ticks
    ///   that nobody will deliver.
    private func waitForEnd(_ threads: [Thread], _ statuses: [FeedStatus]) throws {
        let endMs = SystemClock().monotonicMs() + ProducerService.endMs
        var failure: (any Error)?
        var undelivered: Int?
        for (thread, status) in zip(threads, statuses) {
            switch thread.join(ms: max(0, endMs - SystemClock().monotonicMs())) {
            case .finished: break
            case .failed(let error as UndeliveredTicks): undelivered = (undelivered ?? 0) + error.count
            case .failed(let error): failure = failure ?? error
            case .running:
                context.log.error("a feed does not end", ["source": status.name, "ms": ProducerService.endMs])
                undelivered = (undelivered ?? 0) + status.snapshot.undelivered
            }
        }
        summarize(statuses)
        if let failure { throw failure }
        if let undelivered { throw UndeliveredTicks(count: undelivered) }
    }

    // MARK: Parts

    /// The feeds of all sources, with the markets that their venues' lists have for what is wanted.
    /// - Throws: `UsageError` with a line for each word that means none.
    private func findFeeds() throws(UsageError) -> [Feed] {
        let wanted = plan.sources.compactMap { if case .venue(let source) = $1 { source } else { nil } }
        let findings = SymbolCheck.findings(wanted, coins: plan.coins) { context.stop.isRequested }
        for warning in findings.warnings { context.log.warning("the symbols were not checked", ["reason": warning]) }
        if !findings.problems.isEmpty { throw UsageError(findings.problems) }
        var orders = findings.orders.makeIterator()
        return plan.sources.flatMap { name, source in
            var source = source
            if case .venue(var wanted) = source, let order = orders.next() {
                wanted.order = order
                source = .venue(wanted)
            }
            return source.connections.enumerated().map { (FeedStatus(name, connection: $0), $1) }
        }
    }

    /// Only live sources mark what they missed: a recording is taken as it is.
    private func lastTicks(_ series: [Series], _ partitions: Int) throws -> [Series: LastTick] {
        guard !series.isEmpty else { return [:] }
        return try LastTickReader(context).lastTicks(of: series, partitions: partitions)
    }

    private func run(
        _ feed: Feed, _ sender: TickSender, _ last: [Series: LastTick], _ shared: FeedResources
    ) throws {
        if feed.status.source.isLive { sender.recording = shared.recorder.map { TickRecorder($0) } }
        var loop = FeedLoop(context, feed.status, sender, report: report)
        try FeedRun(clock: SystemClock(), shared: shared, name: feed.status.name, last: last).run(feed.source, &loop)
    }

    private func watch(_ threads: [Thread], _ statuses: [FeedStatus], _ recording: inout RecordingWatch) {
        var progress = ProgressView(context.log)
        while threads.contains(where: \.isRunning), !context.stop.isRequested {
            _ = context.stop.wait(ms: 100)
            progress.update(statuses)
            recording.update()
        }
        progress.finish()
    }

    private func summarize(_ statuses: [FeedStatus]) {
        for status in statuses {
            let now = status.snapshot
            context.log.info(
                "done",
                [
                    "source": status.name, "ticks": now.counters.ticks, "delivered": now.fate.delivered,
                    "gaps": now.counters.gaps, "duplicates": now.counters.repeated,
                    "unreadable": now.badCount + now.counters.malformed, "lost": now.fate.lost,
                    "refused": now.fate.refused,
                ])
        }
    }
}
