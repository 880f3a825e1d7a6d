package import CryptoCore
internal import ServiceKit
package import ServiceRuntime
internal import Storage

/// The sink: every topic into a store, offsets committed after the store's acknowledgement.
///
/// Each of `--connections` is a member of the group with a connection of its own. Which member writes a row does not
/// matter: whatever the order, a store ends with the same content (`Store.write`).
/// *Thread*: one calls `run`; the members run in threads of their own; the report may be read from any.
package struct SinkService: Sendable {
    private let context: ServiceContext
    private let report: ServiceReport
    private let membership: Membership

    /// Topics that the sink reads.
    package static let inputs: [Topic] = [.ticks, .tumbling, .sliding, .live, .trends, .late, .deadLetter]
    /// Topics that the sink reads and writes.
    package static let topics: [Topic] = inputs

    /// - Parameters:
    ///   - report: is told of every commit: rows by table, `rejected`, and positions.
    ///   - membership: whether the partitions are dealt out, or all its own.
    package init(
        _ context: ServiceContext, report: ServiceReport = ServiceReport(), membership: Membership = .group
    ) {
        self.context = context
        self.report = report
        self.membership = membership
    }

    /// Runs until stop is requested; then writes and commits what was read, or leaves it to the next start.
    /// - Throws: when the process must be restarted: a fatal error of Kafka or the store, topics that do not fit.
    package func run() throws {
        context.notReady("store", because: "not opened yet")
        guard let location = try locate(), let partitions = try context.ensureTopics(SinkService.topics) else { return }
        let count = min(context.settings.integer("connections"), location.maximumWriters)
        context.log.info("writing", ["store": location.description, "connections": count])
        let metrics = SinkMetrics(context.metrics)
        let threads = (0..<count).map { index in
            ServiceThread(name: "sink-\(index)", stopping: context.stop) { [context, report, membership] in
                let identity = SinkMember.Identity(
                    index: index, count: count, membership: membership, partitions: partitions)
                try SinkMember(context, identity, location, metrics, report).run()
            }
        }
        context.stop.wait()
        // A write under way may wait for a server that does not answer; what it does is not committed and comes again.
        let late = ServiceThread.joinAll(threads, ms: 8_000)
        if !late.isEmpty {
            context.log.warning("the store did not answer in time", ["threads": late.joined(separator: ",")])
        }
        for thread in threads {
            if case .failed(let error) = thread.join(ms: 0) { throw error }
        }
    }

    /// Tries until DNS answers for `mongodb+srv`; nil when stop was requested first.
    private func locate() throws -> StoreLocation? {
        var backoff = Backoff(capMs: 5_000)
        while !context.stop.isRequested {
            do { return try StoreLocation(context.settings.text("store")) } catch {
                if case .badLocation(let problem) = error { throw UsageError("--store \(problem)") }
                guard case .away = error else { throw error }
                context.notReady("store", because: "\(error)")
                context.log.warning("waiting for the store", ["error": "\(error)"])
            }
            context.stop.wait(ms: backoff.next())
        }
        return nil
    }
}
