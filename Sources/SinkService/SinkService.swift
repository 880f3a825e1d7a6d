package import CryptoCore
internal import KafkaClient
internal import ServiceKit
package import ServiceRuntime
internal import Storage
internal import System

/// The sink: every topic into each store, offsets committed after the store's acknowledgement.
///
/// A store has a group of its own and gets everything, whatever other stores do. Each of `--connections` is a member
/// of the group with a connection of its own. Which member writes a row does not matter: whatever the order, a store
/// ends with the same content (`Store.write`).
/// *Thread*: one calls `run`; stores and members run in threads of their own; the report may be read from any.
package struct SinkService: Sendable {
    private let context: ServiceContext
    private let configuration: SinkConfiguration
    private let report: ServiceReport
    private let membership: Membership

    /// Topics that the sink reads, and writes dead letters to one of: all whose records have a table.
    package static let inputs = Topic.allCases.filter { $0.table != nil }
    /// The time in which a stop ends.
    static let stopMs: Int64 = 8_000

    /// - Parameters:
    ///   - report: is told of what was stored, rows by table, `rejected`, and of positions: in a part for each store
    ///     where there are several.
    ///   - membership: whether the partitions are dealt out, or all its own; then nothing is committed, nor remembered by
    ///     the stores.
    package init(
        _ context: ServiceContext, _ configuration: SinkConfiguration, report: ServiceReport = ServiceReport(),
        membership: Membership = .group
    ) {
        self.context = context
        self.configuration = configuration
        self.report = report
        self.membership = membership
    }

    /// Runs until stop is requested; then writes and commits what was read, or leaves it to the next start.
    /// - Throws: when the process must be restarted: a fatal error of Kafka or the store, for one.
    package func run() throws {
        let targets = targets()
        for target in targets { target.context.notReady("store", because: "not opened yet") }
        guard let partitions = try context.ensureTopics(configuration.topics, sameCounts: false) else { return }
        let threads = targets.map { target in
            Thread(name: "sink-\(target.number)", stopping: context.stop) { try target.run(partitions) }
        }
        context.stop.wait()
        // A write under way may wait for a server that does not answer; what it does is not committed and comes again.
        let late = Thread.joinAll(threads, ms: SinkService.stopMs)
        if !late.isEmpty {
            context.log.warning("the store did not answer in time", ["threads": late.joined(separator: ",")])
        }
        for thread in threads {
            if case .failed(let error) = thread.join(ms: 0) { throw error }
        }
    }

    private func targets() -> [SinkTarget] {
        configuration.stores.enumerated().map { number, uri in
            guard configuration.stores.count > 1 else { return target(number, uri, label: nil, context, report) }
            let label = StoreLocation.shown(uri)
            return target(number, uri, label: label, context.part("store", label), report.part(named: label))
        }
    }

    private func target(
        _ number: Int, _ uri: String, label: String?, _ context: ServiceContext, _ report: ServiceReport
    ) -> SinkTarget {
        SinkTarget(
            context: context, configuration: configuration, uri: uri, number: number, label: label, report: report,
            membership: membership)
    }
}
